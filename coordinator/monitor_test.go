package coordinator

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"ringmaster/config"
	"ringmaster/coordinator/core"
	"ringmaster/coordinator/job"
	"ringmaster/coordinator/progress"
	"ringmaster/run/directory"
	"ringmaster/run/monitor"
	"ringmaster/run/protocol"
	"ringmaster/run/status"
)

// watched serves a test run's monitor, from before it is started.
func (b *testRun) watched() *monitor.Endpoint {
	b.t.Helper()
	shows := NewMonitor("test")
	e, err := shows.Serve("127.0.0.1:0", "")
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() {
		if err := e.Close(); err != nil {
			b.t.Error(err)
		}
	})
	b.more = func(o *Options) { o.Monitor, o.HTTP = shows, e.URL() }
	return e
}

// ask gets a path of the endpoint.
func (b *testRun) ask(e *monitor.Endpoint, path string) (int, string) {
	b.t.Helper()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Get(e.URL() + path)
	if err != nil {
		b.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

// document is the run's status, as anybody gets it who asks.
func (b *testRun) document() status.Run {
	b.t.Helper()
	r, err := status.OfRun(b.t.Context(), directory.Layout(b.path), time.Now(), "")
	if err != nil {
		b.t.Fatal(err)
	}
	return r
}

// A run from its preparation to its end, as its endpoint and its files show it.
func TestARunIsShownFromBeginningToEnd(t *testing.T) {
	t.Parallel()
	b := newTestRun(t)
	e := b.watched()
	if code, text := b.ask(e, "/readyz"); code != 503 || !strings.Contains(text, "prepared") {
		t.Errorf("before it begins: %d %s", code, text)
	}
	if code, _ := b.ask(e, "/livez"); code != 200 {
		t.Error("a run that is prepared counts as dead")
	}
	b.start(2, false)
	b.control()
	b.await("readiness", func() bool { code, _ := b.ask(e, "/readyz"); return code == 200 })
	if r := b.document(); r.Phase != status.Gathering || r.WaitsFor == nil || !strings.Contains(r.WaitsFor.For, "0 of 2") || r.Run != "it" {
		t.Errorf("nobody has joined: %+v", r)
	}
	hold, open := make(chan struct{}), false
	b.startWorker("a", func(_ *fakeWorker, o protocol.Order) bool {
		if o.Step != nil && o.Step.Step == 12 && !open {
			<-hold
			open = true
		}
		return false
	})
	b.startWorker("b", nil)
	b.await("12 steps", func() bool { return b.steps() >= 12 })
	b.await("what is waited for", func() bool {
		r := b.document()
		return r.Phase == status.Training && r.Stage.Done == 12 && r.WaitsFor.From != "" && r.Checkpoint != nil && r.Workers.Active == 2
	})
	r := b.document()
	if r.Stage.Name != "student" || r.Stage.Total != testSteps || r.Generation == 0 || r.Started.IsZero() || r.Workers.Members[0].Rank < 0 {
		t.Errorf("in training: %+v %+v", r, r.Stage)
	}
	if r.Checkpoint.Step%5 != 0 || r.Checkpoint.Unsaved != 12-r.Checkpoint.Step || time.Since(r.Checkpoint.Written) > late {
		t.Errorf("checkpoint %+v", r.Checkpoint)
	}
	_, text := b.ask(e, "/metrics")
	for _, line := range []string{
		`ringmaster_steps_total{stage="student"} 12`, `ringmaster_phase{phase="training"} 1`, `ringmaster_members{state="active"} 2`,
		`ringmaster_joins_total 2`, `ringmaster_step_duration_seconds_count{stage="student"} 12`,
	} {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("the metrics have no %s", line)
		}
	}
	close(hold)
	if err := b.end(late); err != nil {
		t.Fatal(err, b.screen)
	}
	r = b.document() // from files: the endpoint is no longer named
	if r.Phase != status.Finished || r.Model != directory.Layout(b.path).Model() || len(r.Workers.Members) > 0 {
		t.Errorf("at the end: %+v", r)
	}
	if _, _, err := directory.Layout(b.path).ReadHTTP(); err == nil {
		t.Error("the endpoint's address is left behind")
	}
	if code, _ := b.ask(e, "/readyz"); code != 503 {
		t.Error("a run that has ended takes workers in")
	}
}

// Workers that are lost are counted by reason, in the metrics and in the status.
func TestALostWorkerIsCounted(t *testing.T) {
	t.Parallel()
	b := newTestRun(t)
	e := b.watched()
	b.start(2, false)
	a := b.startWorker("a", stopAtStep(12))
	b.startWorker("b", nil)
	b.await("12 steps", func() bool { return b.steps() >= 12 })
	a.kill()
	if err := b.end(late); err != nil {
		t.Fatal(err, b.screen)
	}
	if _, text := b.ask(e, "/metrics"); !strings.Contains(text, `ringmaster_evictions_total{reason="silent"} 1`) {
		t.Error("no worker is counted as silent")
	}
	if r := b.document(); r.Evicted != 1 {
		t.Errorf("%d workers counted", r.Evicted)
	}
}

// A run that was stopped, one that failed and one that was killed say so without their process,
// and a run that goes on forgets how it ended before.
func TestHowARunEndedIsKept(t *testing.T) {
	t.Parallel()
	b := newTestRun(t)
	b.start(1, false)
	w := b.startWorker("a", stopAtStep(7))
	b.await("7 steps", func() bool { return b.steps() >= 7 })
	b.stop()
	w.kill()
	if err := b.end(late); !errors.Is(err, ErrStopped) {
		t.Fatal(err, b.screen)
	}
	if r := b.document(); r.Phase != status.Stopped || !strings.Contains(r.Reason, "stopped on request") || r.Stage.Done != 7 {
		t.Errorf("%+v", r)
	}
	b.start(1, true)
	b.control()
	b.await("the run to go on", func() bool { return !b.document().Phase.Ended() })
	if _, _, err := directory.Layout(b.path).ReadHTTP(); err == nil {
		t.Error("it names an endpoint, and has none")
	}
	b.startWorker("a", nil)
	if err := b.end(late); err != nil {
		t.Fatal(err, b.screen)
	}
	if r := b.document(); r.Phase != status.Finished {
		t.Errorf("%+v", r)
	}
}

// The loop of a healthy run turns; one that stands is told by /livez.
func TestALoopThatStandsIsNotLive(t *testing.T) {
	m := NewMonitor("test")
	m.post(status.Run{Phase: status.Training, Ready: true, AsOf: time.Now().Add(-2 * loopLimit)}, true)
	if err := m.live(); err == nil || !strings.Contains(err.Error(), "has not turned for 1m0s") {
		t.Error(err)
	}
	m.post(status.Run{Phase: status.Training, Ready: true}, true)
	if err := errors.Join(m.live(), m.ready()); err != nil {
		t.Error(err)
	}
	text, err := json.Marshal(m.Newest())
	if err != nil || !strings.Contains(string(text), `"kind":"run"`) {
		t.Error(string(text), err)
	}
	if problems, err := testutil.GatherAndLint(m.metrics.Registry, "ringmaster_status_age_seconds"); err != nil || len(problems) > 0 {
		t.Error(problems, err)
	}
}

// A stop ends within its grace period, though a worker does nothing.
func TestAStopEndsWithinItsGracePeriod(t *testing.T) {
	t.Parallel()
	b := newTestRun(t)
	b.more = func(o *Options) { o.Grace = 3 * time.Second }
	b.start(1, false)
	w := b.startWorker("a", stopAtStep(7)) // it lives, and does not go on
	b.await("7 steps", func() bool { return b.steps() >= 7 })
	began := time.Now()
	b.stop()
	err := b.end(late)
	if !errors.Is(err, ErrStopped) || !strings.Contains(err.Error(), "--grace 3s") {
		t.Error(err, b.screen)
	}
	if took := time.Since(began); took > 6*time.Second { // the load of the machine included
		t.Errorf("it took %s", took)
	}
	w.kill()
}

// Ten times a second the loop posts a status: of 64 workers that is a matter of microseconds.
func BenchmarkStatus(b *testing.B) {
	dir, err := directory.Create(b.TempDir() + "/it")
	if err != nil {
		b.Fatal(err)
	}
	defer dir.Close()
	shows := NewMonitor("test")
	c := newCoordinator(&setup{
		job: &job.Job{Run: &config.Run{}}, dir: dir, monitor: shows, refused: shows.refused,
		opts: Options{Name: "it", Dir: dir, Workers: 64, Report: progress.New(io.Discard, progress.Options{Now: time.Now})},
	})
	c.stages = []stage{&trainStage{title: "student"}}
	c.machine = core.New(core.Config{Workers: 65}, 1)
	for n := range 64 {
		id := core.WorkerID(fmt.Sprint("worker-", n))
		c.members.workers[id] = &protocol.Hello{Worker: string(id), Host: "here"}
		c.machine.Apply(core.Joined{Worker: id, At: time.Now()})
	}
	now := time.Now()
	for b.Loop() {
		shows.post(c.status(now, c.waitsFor()), true)
	}
}

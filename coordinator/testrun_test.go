package coordinator

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ringmaster/config"
	"ringmaster/coordinator/job"
	"ringmaster/coordinator/progress"
	"ringmaster/run/audit"
	"ringmaster/run/directory"
	"ringmaster/run/protocol"
)

// late is far beyond what anything here takes, on a machine that is busy with other tests too.
const late = 3 * time.Minute

// A testRun is a run file with its data, and the runs of it in one directory, one after
// another: the coordinator is the real one, with its own NATS server.
type testRun struct {
	t    *testing.T
	dir  string // of the run file
	path string // the run directory
	set  []string
	url  string // of a server that is named; empty is the coordinator's own
	ring fakeRing
	more func(*Options) // sets further options; may be nil

	rd     *directory.Dir
	screen *shownText
	log    *shownText // the coordinator's
	stop   context.CancelFunc
	ended  chan error
	result Result
}

// steps is how many the student's stage has on a test run.
const testSteps = 20

func newTestRun(t *testing.T, set ...string) *testRun {
	t.Helper()
	b := &testRun{t: t, dir: t.TempDir(), set: append([]string{
		fmt.Sprint("train.steps=", testSteps), "train.batch=4", "train.keep=last", "checkpoint.every=5", "cluster.topology=broker",
	}, set...)}
	b.path = filepath.Join(b.dir, "runs", "it")
	corpus := "label\ttext\n"
	for i := range 40 {
		corpus += fmt.Sprintf("%d\ttext number %d\n", i%2, i)
	}
	for name, text := range map[string]string{"a.tsv": corpus, "b.tsv": strings.ReplaceAll(corpus, "text number", "words of"), "run.yaml": `model: {arch: lstm, dim: 4}
method: mt
tasks:
  - {name: first, target: true, data: {path: a.tsv, format: tsv, text: text, label: label, labels: {"0": none, "1": some}, split: {train: 0.8, valid: 0.1, test: 0.1}}}
  - {name: second, data: {path: b.tsv, format: tsv, text: text, label: label, labels: {"0": none, "1": some}, split: {train: 0.8, valid: 0.1, test: 0.1}}}
`} {
		if err := os.WriteFile(filepath.Join(b.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

// start starts the coordinator for so many workers, or goes on with the run.
func (b *testRun) start(workers int, resume bool) {
	b.t.Helper()
	if err := b.tryStart(workers, resume); err != nil {
		b.t.Fatal(err)
	}
}

func (b *testRun) tryStart(workers int, resume bool) (err error) {
	run, err := config.Load(filepath.Join(b.dir, "run.yaml"), config.LoadOptions{Set: b.set})
	if err != nil {
		return err
	}
	run.Cluster.Workers = workers
	job, err := job.New(b.t.Context(), run, filepath.Join(b.dir, "cache"), func(string, ...any) {})
	if err != nil {
		return err
	}
	if resume {
		var resolved bytes.Buffer
		if b.rd, err = directory.Resume(b.path); err != nil {
			return err
		}
		if err = errors.Join(run.Write(&resolved), b.rd.CheckConfig(resolved.Bytes())); err != nil {
			return errors.Join(err, b.rd.Close())
		}
	} else if b.rd, err = directory.Create(b.path); err != nil {
		return err
	}
	b.screen, b.log = &shownText{}, &shownText{}
	ctx, cancel := context.WithCancel(context.Background())
	b.stop, b.ended = cancel, make(chan error, 1)
	rd, o := b.rd, Options{
		Name: "it", Dir: b.rd, Resume: resume, TeacherDir: filepath.Join(b.dir, "teachers"), Workers: workers, Host: "127.0.0.1", Port: -1,
		Report: progress.New(b.screen, progress.Options{Now: time.Now}), Log: slog.New(slog.NewTextHandler(b.log, nil)),
	}
	if b.more != nil {
		b.more(&o)
	}
	ended := b.ended
	go func() {
		var err error
		b.result, err = Run(ctx, job, o)
		ended <- errors.Join(err, rd.Close())
	}()
	b.t.Cleanup(func() {
		cancel()
		select {
		case <-ended:
		case <-time.After(late):
			b.t.Error("the coordinator does not end")
		}
		ended <- nil
	})
	return nil
}

// control waits until the coordinator can be found.
func (b *testRun) control() directory.Control {
	b.t.Helper()
	var c directory.Control
	b.await("the coordinator", func() bool {
		var err error
		c, err = directory.Layout(b.path).ReadControl()
		return err == nil
	})
	return c
}

// await waits for a condition.
func (b *testRun) await(what string, is func() bool) {
	b.t.Helper()
	for end := time.Now().Add(late); !is(); time.Sleep(2 * time.Millisecond) { // between two looks
		select {
		case err := <-b.ended:
			b.ended <- err
			if !is() {
				b.t.Fatalf("%s: the run has ended: %v\n%s", what, err, b.screen)
			}
			return
		default:
		}
		if time.Now().After(end) {
			b.t.Fatalf("no %s:\n%s", what, b.screen)
		}
	}
}

// end waits for the run's end.
func (b *testRun) end(within time.Duration) error {
	b.t.Helper()
	select {
	case err := <-b.ended:
		b.ended <- err
		return err
	case <-time.After(within):
		b.t.Fatalf("the run does not end within %s:\n%s", within, b.screen)
		return nil
	}
}

// steps is how many of the student's are in the logs.
func (b *testRun) steps() int {
	n := 0
	_, err := directory.Layout(b.path).ReadEvents(func(directory.Event) error { n++; return nil })
	if err != nil {
		b.t.Fatal(err)
	}
	return n
}

// events are the lines of the log.
func (b *testRun) events() (all []directory.Event) {
	b.t.Helper()
	_, err := directory.Layout(b.path).ReadEvents(func(e directory.Event) error { all = append(all, e); return nil })
	if err != nil {
		b.t.Fatal(err)
	}
	return all
}

// awaitText waits for a text on the screen.
func (b *testRun) awaitText(text string) {
	b.t.Helper()
	b.await(fmt.Sprintf("%q", text), func() bool { return strings.Contains(b.screen.String(), text) })
}

// verdict is the audit's.
func (b *testRun) verdict() audit.Verdict {
	b.t.Helper()
	l := directory.Layout(b.path)
	var r audit.Record
	var err error
	if r.Run, err = config.LoadResolved(l.Config()); err != nil {
		b.t.Fatal(err)
	}
	if r.Plan, err = l.ReadPlan(); err != nil {
		b.t.Fatal(err)
	}
	_, err = l.ReadEvents(func(e directory.Event) error { r.Events.Lines = append(r.Events.Lines, e); return nil })
	if err != nil {
		b.t.Fatal(err)
	}
	_, err = l.ReadLedger(func(e directory.LedgerEntry) error { r.Ledger.Lines = append(r.Ledger.Lines, e); return nil })
	if err != nil {
		b.t.Fatal(err)
	}
	if r.Reached, err = l.ReadProgress(); err != nil {
		b.t.Fatal(err)
	}
	record, _, err := l.ReadRecord()
	if err != nil {
		b.t.Fatal(err)
	}
	r.Coordinator = &record
	_, err = os.Stat(l.Metrics())
	r.Finished = err == nil
	v, err := audit.Judge(r)
	if err != nil {
		b.t.Fatal(err)
	}
	return v
}

// passes holds the run against its plan.
func (b *testRun) passes() {
	b.t.Helper()
	if v := b.verdict(); !v.OK {
		b.t.Errorf("the audit says %q\n%s", v.Problems, b.screen)
	}
}

// modelState is the state in the model that the run left.
func (b *testRun) modelState() string {
	b.t.Helper()
	text, err := os.ReadFile(filepath.Join(b.path, "model", "state"))
	if err != nil {
		b.t.Fatal(err)
	}
	return string(text)
}

// stopAtStep has a fake worker do no step from n on, and report nothing of it.
func stopAtStep(n int) func(*fakeWorker, protocol.Order) bool {
	return func(_ *fakeWorker, o protocol.Order) bool { return o.Step != nil && o.Step.Step >= n }
}

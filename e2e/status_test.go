package e2e

import (
	"encoding/json"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"

	"ringmaster/run/directory"
	"ringmaster/run/status"
)

// statusOf runs `ringmaster status --json` and reads what it prints.
func (d *desk) statusOf(t *testing.T, code int, of ...string) status.Run {
	t.Helper()
	p := d.run(t, d.ringmaster, append([]string{"status", "--json"}, of...)...)
	p.exits(t, code)
	var r status.Run
	if err := json.Unmarshal([]byte(p.stdout.String()), &r); err != nil {
		t.Fatal(err, p.said())
	}
	return r
}

// A run that is under way, killed, resumed, stopped and finished, as `ringmaster status` shows it;
// and its metrics, as Prometheus' parser reads them.
func TestStatusOfARunInEachOfItsStates(t *testing.T) {
	d := newDesk(t)
	l := directory.Layout(d.at("runs", "long"))
	p := startEndless(t, d)
	p.await(t, "5 steps in the status", func() bool { r := d.anyStatus(t); return r.Stage != nil && r.Stage.Done >= 5 })
	r := d.statusOf(t, 0) // the newest run in runs
	if r.Phase != status.Training || r.Stage.Name != "student" || r.Stage.Done < 5 || r.Stage.Total != 1000000 || r.Workers.Active != 2 || len(r.Workers.Members) != 2 || !r.Ready {
		t.Errorf("under way: %+v %+v", r, r.Stage)
	}
	text := d.run(t, d.ringmaster, "status", "runs/long")
	text.exits(t, 0)
	for _, part := range []string{"training", "student, step", "of 1000000", "local-0", "local-1"} {
		if !strings.Contains(text.stdout.String(), part) {
			t.Errorf("it does not show %q:\n%s", part, text.stdout.String())
		}
	}
	at, _, err := l.ReadHTTP()
	if err != nil {
		t.Fatal(err)
	}
	if r := d.statusOf(t, 0, at); r.Run != "long" {
		t.Errorf("asked by URL: %+v", r)
	}
	checkMetrics(t, at)

	p.signal(t, syscall.SIGKILL)
	p.wait(t, patience)
	d.noWorkerWithin(t, 15*time.Second)
	if r := d.statusOf(t, 1, "runs/long"); r.Phase != status.Dead || r.Stage.Done < 5 {
		t.Errorf("killed: %+v", r)
	}
	killed := d.run(t, d.ringmaster, "status", "runs/long")
	killed.exits(t, 1)
	killed.complains(t, 1, "was killed")

	p = d.start(t, d.ringmaster, append([]string{"train", "run.yaml", "--run-dir", "runs/long", "--resume"}, endless...)...)
	done := r.Stage.Done
	p.await(t, "the run to go on", func() bool { r := d.anyStatus(t); return r.Ready && r.Phase == status.Training && r.Stage.Done > done })
	p.signal(t, syscall.SIGTERM)
	p.wait(t, patience)
	p.exits(t, 130)
	if r := d.statusOf(t, 1, "runs/long"); r.Phase != status.Stopped || r.Checkpoint == nil || r.Checkpoint.Unsaved != 0 {
		t.Errorf("stopped: %+v %+v", r, r.Checkpoint)
	}

	p = d.run(t, d.ringmaster, "train", "run.yaml", "--run-dir", "runs/short", "--http", "off", "--set", "method=mt", "--set", "train.steps=6")
	p.exits(t, 0)
	if r := d.statusOf(t, 0, "runs/short"); r.Phase != status.Finished || r.Model != filepath.Join("runs", "short", "model") {
		t.Errorf("finished: %+v", r)
	}
	if _, _, err := directory.Layout(d.at("runs", "short")).ReadHTTP(); err == nil {
		t.Error("a run without an endpoint names one")
	}
}

// anyStatus is the status of runs/long, in whatever state it is.
func (d *desk) anyStatus(t *testing.T) (r status.Run) {
	t.Helper()
	p := d.run(t, d.ringmaster, "status", "--json", "runs/long")
	if err := json.Unmarshal([]byte(p.stdout.String()), &r); err != nil {
		t.Fatal(err, p.said())
	}
	return r
}

// checkMetrics reads a coordinator's metrics with Prometheus' parser.
func checkMetrics(t *testing.T, at string) {
	t.Helper()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Get(at + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != 200 {
		t.Fatal(answer.Status, err)
	}
	var parser expfmt.TextParser
	families, err := parser.TextToMetricFamilies(strings.NewReader(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	steps := families["ringmaster_step_duration_seconds"]
	if steps == nil || steps.GetMetric()[0].GetHistogram().GetSampleCount() < 5 || steps.GetMetric()[0].GetHistogram().GetSampleSum() <= 0 {
		t.Errorf("the times of steps: %v", steps)
	}
	for _, name := range []string{
		"ringmaster_ring_duration_seconds", "ringmaster_loss", "ringmaster_lambda_ratio", "ringmaster_examples_total", "ringmaster_members",
		"ringmaster_evictions_total", "ringmaster_refused_messages_total", "ringmaster_ring_sent_bytes_total", "process_resident_memory_bytes", "go_goroutines",
	} {
		if families[name] == nil {
			t.Errorf("there is no metric %s", name)
		}
	}
}

// A worker's endpoint: not ready before it has joined, ready in the ring; beyond loopback it
// wants a token for all but health.
func TestAWorkersEndpoint(t *testing.T) {
	d := newDesk(t)
	p := d.start(t, d.ringmaster, append([]string{"coordinator", "run.yaml", "--port", "-1", "--run-dir", "runs/long", "--workers", "2"}, endless...)...)
	url := joinURL(t, p)
	w := d.start(t, d.ringmaster, "worker", "--nats", url, "--http", "0.0.0.0:0")
	at := ""
	w.await(t, "the endpoint's address", func() bool {
		_, after, found := strings.Cut(w.stderr.String(), `msg="health, metrics and status" url=http://`)
		if found {
			_, port, _ := strings.Cut(strings.Fields(after)[0], "]:")
			at = "http://127.0.0.1:" + port
		}
		return found
	})
	get := func(path string) (int, string) {
		answer, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Get(at + path)
		if err != nil {
			return 0, err.Error()
		}
		defer answer.Body.Close()
		text, _ := io.ReadAll(answer.Body)
		return answer.StatusCode, string(text)
	}
	if code, text := get("/readyz"); code != 503 {
		t.Errorf("ready in a run that has not begun: %d %s", code, text)
	}
	d.start(t, d.ringmaster, "worker", "--nats", url)
	w.await(t, "readiness", func() bool { code, _ := get("/readyz"); return code == 200 })
	if code, text := get("/livez"); code != 200 {
		t.Error(code, text)
	}
	for _, path := range []string{"/metrics", "/status"} {
		if code, _ := get(path); code != 401 {
			t.Errorf("%s: %d for a stranger", path, code)
		}
	}
	w.signal(t, syscall.SIGTERM)
	w.wait(t, 20*time.Second)
}

// A coordinator whose credentials lie elsewhere, and whose endpoint other machines reach, answers whoever can read
// its run directory.
func TestStatusNeedsNoTokenBesideTheRunDirectory(t *testing.T) {
	d := newDesk(t)
	d.run(t, d.ringmaster, "credentials", "new", "secrets").exits(t, 0)
	args := append([]string{"coordinator", "run.yaml", "--run-dir", "runs/open", "--workers", "1", "--host", "0.0.0.0", "--port", "-1", "--http", "0.0.0.0:0", "--credentials", "secrets"}, endless...)
	p := d.start(t, d.ringmaster, args...)
	p.await(t, "that it waits", func() bool { return strings.Contains(p.stdout.String(), "waiting for 1 workers") })
	p.await(t, "what it waits for in the status", func() bool { return d.statusOf(t, 0, "runs/open").WaitsFor != nil })
	p.stop(t)
}

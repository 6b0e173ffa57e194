package e2e

import (
	"net"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// freePort is a port that nobody listened at a moment ago.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}

// supervisedRun starts programs with the same command lines again and again, as Kubernetes does.
type supervisedRun struct {
	d    *desk
	port string
	set  []string
}

func newSupervisedRun(t *testing.T, set ...string) *supervisedRun {
	d := newDesk(t)
	d.extra = []string{"RINGMASTER_TOKEN=" + networkToken}
	return &supervisedRun{d: d, port: freePort(t), set: set}
}

func (r *supervisedRun) coordinator(t *testing.T) *process {
	t.Helper()
	return r.d.start(t, r.d.ringmaster, append([]string{"coordinator", "run.yaml", "--supervised", "--run-dir", "runs/mine", "--workers", "2",
		"--port", r.port, "--set", "cluster.max_workers=4"}, r.set...)...)
}

func (r *supervisedRun) worker(t *testing.T, name string) *process {
	t.Helper()
	return r.d.start(t, r.d.worker, "join", "--supervised", "--nats", "nats://127.0.0.1:"+r.port, "--name", name, "--threads", "1")
}

func (r *supervisedRun) steps(t *testing.T) int {
	return r.d.steps(t, r.d.at("runs", "mine"), "student")
}

// A coordinator that is asked to stop leaves the workers waiting; the one that stands by goes on
// with them, at the step that they have reached.
func TestACoordinatorThatStandsByTakesOver(t *testing.T) {
	r := newSupervisedRun(t, endless...)
	first := r.coordinator(t)
	first.await(t, "the coordinator", func() bool { return strings.Contains(first.stdout.String(), "waiting for 2 workers") })
	workers := []*process{r.worker(t, "anna"), r.worker(t, "bert")}
	first.await(t, "steps", func() bool { return r.steps(t) > 20 })
	second := r.coordinator(t)
	second.await(t, "word that it stands by", func() bool { return strings.Contains(second.stdout.String(), "standing by") })
	first.signal(t, syscall.SIGTERM)
	first.wait(t, patience)
	first.exits(t, 130)
	at := r.steps(t)
	second.await(t, "further steps", func() bool { return r.steps(t) > at+20 })
	if said := second.stdout.String(); strings.Contains(said, "goes back") {
		t.Errorf("steps were lost:\n%s", said)
	}

	// A third, after a crash.
	third := r.coordinator(t)
	third.await(t, "word that it stands by", func() bool { return strings.Contains(third.stdout.String(), "standing by") })
	second.signal(t, syscall.SIGKILL)
	second.wait(t, patience)
	at = r.steps(t)
	third.await(t, "further steps", func() bool { return r.steps(t) > at+20 })

	// A worker that is asked to leave says that the run goes on without it.
	workers[0].signal(t, syscall.SIGTERM)
	workers[0].wait(t, patience)
	workers[0].exits(t, 130)
	at = r.steps(t)
	third.await(t, "steps with one worker", func() bool { return r.steps(t) > at+5 })
	third.signal(t, syscall.SIGTERM)
	third.wait(t, patience)
	third.exits(t, 130)
	r.d.passesAudit(t, "runs/mine")
}

// A finished run ends all with success, also a coordinator that is started afterwards.
func TestASupervisedRunEndsWithSuccess(t *testing.T) {
	r := newSupervisedRun(t, "--set", "method=mt", "--set", "train.steps=6")
	all := []*process{r.coordinator(t), r.coordinator(t), r.worker(t, "anna"), r.worker(t, "bert")}
	for _, p := range all {
		p.wait(t, patience)
		p.exits(t, 0)
	}
	late := r.coordinator(t)
	late.wait(t, patience)
	late.exits(t, 0)
	if said := late.stdout.String(); !strings.Contains(said, "is finished") {
		t.Errorf("it does not say why it has nothing to do:\n%s", said)
	}
	r.d.passesAudit(t, "runs/mine")
}

// A run that fails tells its workers, and they tell their supervisor.
func TestASupervisedRunThatFailsSaysSo(t *testing.T) {
	r := newSupervisedRun(t, "--set", "method=mt", "--set", "train.steps=60", "--set", "train.lr=1e30")
	coordinator := r.coordinator(t)
	workers := []*process{r.worker(t, "anna"), r.worker(t, "bert")}
	coordinator.wait(t, patience)
	coordinator.exits(t, 1)
	for _, w := range workers {
		w.wait(t, patience)
		w.exits(t, 3)
	}
}

func TestSupervisedNeedsARunDirectory(t *testing.T) {
	d := newDesk(t)
	for _, args := range [][]string{{"--supervised"}, {"--supervised", "--run-dir", "runs/mine", "--resume"}} {
		p := d.run(t, d.ringmaster, append([]string{"coordinator", "run.yaml"}, args...)...)
		p.exits(t, 2)
		if errs := p.stderr.String(); !strings.Contains(errs, "--supervised") {
			t.Errorf("%v:\n%s", args, errs)
		}
	}
}

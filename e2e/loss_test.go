package e2e

import (
	"fmt"
	"math"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats-server/v2/server"

	"ringmaster/run/directory"
)

// rankOf is the rank that a worker's log says it has.
func rankOf(t *testing.T, d *desk, run, worker string) string {
	t.Helper()
	log := readFile(t, d.at("runs", run, "logs", worker+".log"))
	rank := regexp.MustCompile(`rank=(\d)`).FindStringSubmatch(log)
	if rank == nil {
		t.Fatalf("the worker's log does not say its rank:\n%s", log)
	}
	return rank[1]
}

// world is how many ranks the last committed step had.
func world(t *testing.T, l directory.Layout) int {
	t.Helper()
	last := 0
	if _, err := l.ReadEvents(func(e directory.Event) error { last = e.World; return nil }); err != nil {
		t.Fatal(err)
	}
	return last
}

func (p *process) stop(t *testing.T) {
	t.Helper()
	p.signal(t, syscall.SIGINT)
	p.wait(t, patience)
	p.exits(t, 130)
}

// A worker that is killed is named with its rank, another takes its place, and the run
// loses nothing by it.
func TestKillingAWorkerNamesItsRankAndTheRunGoesOn(t *testing.T) {
	for _, workers := range []string{"2", "3"} {
		t.Run(workers+" workers", func(t *testing.T) {
			d := newDesk(t)
			p := startEndless(t, d, "--workers", workers)
			run := directory.Layout(d.at("runs", "long"))
			rank := rankOf(t, d, "long", "local-1")
			if err := syscall.Kill(processOf(t, p, "local-1"), syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			said := func(text string) func() bool { return func() bool { return strings.Contains(p.stdout.String(), text) } }
			p.await(t, "the loss", said("rank "+rank+" (worker local-1) was lost"))
			p.await(t, "a new worker that fetches the state", said("worker local-1-1 fetches the state"))
			before := d.steps(t, string(run), "student")
			p.await(t, "steps of all", func() bool {
				return d.steps(t, string(run), "student") > before+20 && world(t, run) == int(workers[0]-'0')
			})
			p.stop(t)
			d.noWorker(t)
			d.passesAudit(t, filepath.Join("runs", "long"))
		})
	}
}

// A worker that stands still for longer than it may be silent is given up, and is taken in
// again when it comes back.
func TestAWorkerThatIsPausedComesBack(t *testing.T) {
	d := newDesk(t)
	p := startEndless(t, d)
	victim := processOf(t, p, "local-1")
	said := func(text string) func() bool { return func() bool { return strings.Contains(p.stdout.String(), text) } }
	if err := syscall.Kill(victim, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	p.await(t, "that it is missed", said("(worker local-1) has been silent"))
	moreSteps(t, d, p, 3) // without it: who comes back before holds the same state, and has nothing to learn
	if err := syscall.Kill(victim, syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	p.await(t, "that it fetches the state", said("worker local-1 fetches the state"))
	run := directory.Layout(d.at("runs", "long"))
	p.await(t, "steps of both", func() bool { return world(t, run) == 2 })
	p.stop(t)
	d.noWorker(t)
	d.passesAudit(t, filepath.Join("runs", "long"))
}

// All workers are suspended, as on a machine that has run out of memory: the run waits for them longer than for one
// of several, since nobody could go on without them.
func TestAllWorkersPausedLoseNothing(t *testing.T) {
	d := newDesk(t)
	p := startEndless(t, d)
	all := []int{processOf(t, p, "local-0"), processOf(t, p, "local-1")}
	for _, pid := range all {
		if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
	}
	p.await(t, "word of what it waits for", func() bool { return strings.Contains(p.stdout.String(), "to be reported (4s so far)") })
	for _, pid := range all {
		if err := syscall.Kill(pid, syscall.SIGCONT); err != nil {
			t.Fatal(err)
		}
	}
	moreSteps(t, d, p, 20)
	if out := p.stdout.String(); strings.Contains(out, "has been silent") || strings.Contains(out, "goes back") {
		t.Errorf("a worker was given up:\n%s", out)
	}
	p.stop(t)
	d.noWorker(t)
	d.passesAudit(t, filepath.Join("runs", "long"))
}

// Everything dies at once, and the run goes on from its newest checkpoint: to the bit as
// if nothing had been.
func TestAResumedRunIsTheUndisturbedOne(t *testing.T) {
	d := newDesk(t)
	long := []string{"--set", "method=mt", "--set", "train.steps=150", "--set", "checkpoint.every=40"}
	args := func(dir string, more ...string) []string {
		return append(append([]string{"train", "run.yaml", "--run-dir", dir}, long...), more...)
	}
	quiet := d.start(t, d.ringmaster, args("runs/quiet")...)
	quiet.wait(t, patience)
	quiet.exits(t, 0)
	p := d.start(t, d.ringmaster, args("runs/damaged")...)
	damaged := directory.Layout(d.at("runs", "damaged"))
	p.await(t, "a checkpoint and steps after it", func() bool {
		list, err := directory.OpenCheckpoints(damaged.Checkpoints()).List()
		return err == nil && len(list) > 0 && d.steps(t, string(damaged), "student") > list[len(list)-1].Step+3
	})
	p.signal(t, syscall.SIGKILL)
	p.wait(t, patience)
	d.noWorkerWithin(t, patience)
	again := d.start(t, d.ringmaster, args("runs/damaged", "--resume")...)
	again.wait(t, patience)
	again.exits(t, 0)
	if out := again.stdout.String(); !strings.Contains(out, "goes back from step") {
		t.Errorf("it does not say where it goes on:\n%s", out)
	}
	want, got := allHashes(t, directory.Layout(d.at("runs", "quiet"))), allHashes(t, damaged)
	if diff := cmp.Diff(want, got); diff != "" || len(want) < 3 {
		t.Errorf("parameters of the quiet run and the other (-quiet +resumed):\n%s", diff)
	}
	d.passesAudit(t, filepath.Join("runs", "damaged"))
}

// The coordinator alone is killed: its workers keep their state, find the one that is
// started in its place, and go on at the next step.
func TestWorkersSurviveTheirCoordinator(t *testing.T) {
	d := newDesk(t)
	d.extra = []string{"RINGMASTER_TOKEN=sesame"}
	url := natsServer(t)
	args := append([]string{"coordinator", "run.yaml", "--run-dir", "runs/long", "--workers", "2", "--nats", url}, endless...)
	p := d.start(t, d.ringmaster, args...)
	workers := []*process{
		d.start(t, d.ringmaster, "worker", "--nats", url, "--name", "anna", "--threads", "1"),
		d.start(t, d.ringmaster, "worker", "--nats", url, "--name", "bert", "--threads", "1"),
	}
	run := directory.Layout(d.at("runs", "long"))
	p.await(t, "steps", func() bool { return d.steps(t, string(run), "student") > 10 })
	second := d.start(t, d.ringmaster, args...)
	second.wait(t, patience)
	second.exits(t, 2) // the run directory is taken
	p.signal(t, syscall.SIGKILL)
	p.wait(t, patience)
	before := d.steps(t, string(run), "student")
	again := d.start(t, d.ringmaster, append(args, "--resume")...)
	again.await(t, "more steps", func() bool { return d.steps(t, string(run), "student") > before+10 })
	if out := again.stdout.String(); strings.Contains(out, "goes back") || strings.Contains(out, "fetches the state") {
		t.Errorf("state was lost:\n%s", out)
	}
	again.stop(t)
	for _, w := range workers {
		w.wait(t, patience)
		w.exits(t, 0)
	}
	d.noWorker(t)
	d.passesAudit(t, filepath.Join("runs", "long"))
}

// A worker is asked to leave while its run has no coordinator: it joins the next one with what it
// holds, and leaves in order, so that nobody waits for it.
func TestAWorkerLeavesWhileItsCoordinatorIsRestarted(t *testing.T) {
	d := newDesk(t)
	d.extra = []string{"RINGMASTER_TOKEN=sesame"}
	url := natsServer(t)
	args := append([]string{"coordinator", "run.yaml", "--run-dir", "runs/long", "--workers", "3", "--nats", url}, endless...)
	p := d.start(t, d.ringmaster, args...)
	workers := map[string]*process{}
	for _, name := range []string{"anna", "bert", "carl"} {
		workers[name] = d.start(t, d.ringmaster, "worker", "--nats", url, "--name", name, "--threads", "1")
	}
	run := directory.Layout(d.at("runs", "long"))
	p.await(t, "steps", func() bool { return d.steps(t, string(run), "student") > 10 })
	p.signal(t, syscall.SIGKILL)
	p.wait(t, patience)
	carl := workers["carl"]
	carl.signal(t, syscall.SIGTERM)
	carl.await(t, "that it was asked", func() bool { return strings.Contains(carl.stderr.String(), "asked to leave") })
	before := d.steps(t, string(run), "student")
	again := d.start(t, d.ringmaster, append(args, "--resume")...)
	carl.wait(t, patience)
	carl.exits(t, 0)
	again.await(t, "more steps", func() bool { return d.steps(t, string(run), "student") > before+10 })
	out := again.stdout.String()
	if !strings.Contains(out, "worker carl leaves") || strings.Contains(out, "cannot join yet") || strings.Contains(out, "goes back") {
		t.Errorf("it did not leave in order:\n%s", out)
	}
	again.stop(t)
	for _, name := range []string{"anna", "bert"} {
		workers[name].wait(t, patience)
		workers[name].exits(t, 0)
	}
	d.noWorker(t)
	d.passesAudit(t, filepath.Join("runs", "long"))
}

// Two coordinators of one name on one NATS server: the second refuses, wherever it is.
func TestASecondCoordinatorOfARunRefuses(t *testing.T) {
	d := newDesk(t)
	url := natsServer(t)
	args := func(dir string) []string {
		return []string{"coordinator", "run.yaml", "--run-dir", dir, "--nats", url}
	}
	first := d.start(t, d.ringmaster, args("here/long")...)
	first.await(t, "that it waits", func() bool { return strings.Contains(first.stdout.String(), "waiting for") })
	second := d.run(t, d.ringmaster, args("there/long")...)
	second.exits(t, 2)
	if errs := second.stderr.String(); !strings.Contains(errs, "already has a coordinator") || !strings.Contains(errs, "process ") {
		t.Errorf("it does not say who is there:\n%s", errs)
	}
	first.stop(t)
}

// A step that is not finite ends the run before it touches the parameters, or is skipped
// and counted, as the run file says.
func TestAStepThatIsNotFinite(t *testing.T) {
	far := []string{"--set", "method=mt", "--set", "train.steps=6", "--set", "train.lr=1e30", "--set", "train.warmup=0", "--set", "train.clip_norm=0"}
	d := newDesk(t)
	p := d.run(t, d.ringmaster, append([]string{"train", "run.yaml", "--run-dir", "runs/stops"}, far...)...)
	p.exits(t, 1)
	if errs := p.stderr.String(); !strings.Contains(errs, "student: loss or gradient is not finite at step 1") || !strings.Contains(errs, "of task ") {
		t.Errorf("it does not say what happened where:\n%s", errs)
	}
	p = d.run(t, d.ringmaster, append([]string{"train", "run.yaml", "--run-dir", "runs/skips", "--set", "train.not_finite=skip"}, far...)...)
	skipped := 0
	if _, err := directory.Layout(d.at("runs", "skips")).ReadEvents(func(e directory.Event) error {
		if e.Skipped {
			skipped++
		}
		return nil
	}); err != nil || skipped != 5 {
		t.Errorf("%d of 6 steps skipped (%v), want 5\n%s", skipped, err, p.said())
	}
}

// A run that everything died in goes on with another number of workers, and from the
// checkpoint before where the newest is damaged: with exactly the examples that are left,
// and the same losses to rounding.
func TestAResumeWithAnotherWorldFromTheCheckpointBefore(t *testing.T) {
	d := newDesk(t)
	args := func(dir string, more ...string) []string {
		return append([]string{"train", "run.yaml", "--run-dir", dir, "--set", "method=mt", "--set", "train.steps=150",
			"--set", "checkpoint.every=20", "--set", "model.dropout=0"}, more...)
	}
	quiet := d.start(t, d.ringmaster, args("runs/quiet")...)
	quiet.wait(t, patience)
	quiet.exits(t, 0)
	damaged := directory.Layout(d.at("runs", "damaged"))
	p := d.start(t, d.ringmaster, args("runs/damaged")...)
	var list []directory.Checkpoint
	p.await(t, "two checkpoints", func() bool {
		var err error
		list, err = directory.OpenCheckpoints(damaged.Checkpoints()).List()
		return err == nil && len(list) == 2
	})
	p.signal(t, syscall.SIGKILL)
	p.wait(t, patience)
	d.noWorkerWithin(t, patience)
	list, err := directory.OpenCheckpoints(damaged.Checkpoints()).List() // as it was left
	if err != nil || len(list) < 2 {
		t.Fatalf("%v (%v)", list, err)
	}
	newest, before := list[len(list)-1], list[len(list)-2]
	if progress, err := newest.Progress(); err != nil || progress.Score == nil || progress.World != 2 {
		t.Errorf("the checkpoint says of itself %+v (%v), want a score and two shards", progress, err)
	}
	shards, err := filepath.Glob(filepath.Join(newest.Dir, "state-*.safetensors"))
	if err != nil || len(shards) != 2 {
		t.Fatalf("shards %v (%v)", shards, err)
	}
	if err := os.Truncate(shards[0], 100); err != nil {
		t.Fatal(err)
	}
	again := d.start(t, d.ringmaster, args("runs/damaged", "--resume", "--workers", "3")...)
	again.wait(t, patience)
	again.exits(t, 0)
	out := again.stdout.String()
	for _, want := range []string{"checkpoint skipped", filepath.Base(newest.Dir), fmt.Sprintf("to the checkpoint at step %d", before.Step)} {
		if !strings.Contains(out, want) {
			t.Errorf("it does not say %q:\n%s", want, out)
		}
	}
	d.passesAudit(t, filepath.Join("runs", "damaged"))
	calm, other := losses(t, directory.Layout(d.at("runs", "quiet"))), losses(t, damaged)
	if len(calm) != 150 || len(other) != len(calm) {
		t.Fatalf("%d and %d steps", len(calm), len(other))
	}
	for step, want := range calm {
		for task, loss := range want {
			if got := other[step][task]; math.Abs(got-loss) > 2e-3*loss {
				t.Errorf("step %d: loss of %s is %v, undisturbed %v", step, task, got, loss)
			}
		}
	}
}

// losses are a run's, by step and task.
func losses(t *testing.T, l directory.Layout) []map[string]float64 {
	t.Helper()
	var all []map[string]float64
	if _, err := l.ReadEvents(func(e directory.Event) error { all = append(all, e.Loss); return nil }); err != nil {
		t.Fatal(err)
	}
	return all
}

// A killed teacher phase does not begin again at zero: the teacher that was done is taken,
// the one under way goes on from its checkpoint, and all that follows has the same bits.
func TestAKilledTeacherPhaseGoesOn(t *testing.T) {
	d := newDesk(t)
	// Teachers are kept beside runs: two places, so that one run does not take the other's.
	args := func(dir string, more ...string) []string {
		return append([]string{"train", "run.yaml", "--run-dir", dir, "--set", "train.steps=60", "--set", "checkpoint.every=20"}, more...)
	}
	quiet := d.start(t, d.ringmaster, args("quiet/run")...)
	quiet.wait(t, patience)
	quiet.exits(t, 0)
	p := d.start(t, d.ringmaster, args("damaged/run")...)
	damaged := directory.Layout(d.at("damaged", "run"))
	const stage = "teacher/sentiment"
	p.await(t, "a checkpoint of the second teacher", func() bool {
		list, err := directory.OpenCheckpoints(damaged.Checkpoints()).Of(stage)
		return err == nil && len(list) > 0
	})
	p.signal(t, syscall.SIGKILL)
	p.wait(t, patience)
	d.noWorkerWithin(t, patience)
	again := d.start(t, d.ringmaster, args("damaged/run", "--resume")...)
	again.wait(t, patience)
	again.exits(t, 0)
	if out := again.stdout.String(); strings.Contains(out, "[1/") || strings.Contains(out, "to the checkpoint at step 0") {
		t.Errorf("what was done is done again:\n%s", out)
	}
	want, got := allHashes(t, directory.Layout(d.at("quiet", "run"))), allHashes(t, damaged)
	if diff := cmp.Diff(want, got); diff != "" || len(want) < 8 {
		t.Errorf("parameters of the quiet run and the other (-quiet +resumed):\n%s", diff)
	}
	d.passesAudit(t, filepath.Join("damaged", "run"))
}

// allHashes are the parameters' hashes of every stage's steps, where they were asked for.
func allHashes(t *testing.T, l directory.Layout) map[string]string {
	t.Helper()
	all := map[string]string{}
	if _, err := l.ReadEvents(func(e directory.Event) error {
		if e.Hash != "" {
			all[fmt.Sprintf("%s step %d", e.Stage, e.Step)] = e.Hash
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

// A coordinator that stands still for longer than a worker may be silent has heard nobody
// meanwhile, which is nobody's silence.
func TestACoordinatorThatStandsStillBlamesNobody(t *testing.T) {
	d := newDesk(t)
	d.extra = []string{"RINGMASTER_TOKEN=sesame"}
	url := natsServer(t)
	p := d.start(t, d.ringmaster, append([]string{"coordinator", "run.yaml", "--run-dir", "runs/long", "--workers", "2", "--nats", url}, endless...)...)
	for _, name := range []string{"anna", "bert"} {
		d.start(t, d.ringmaster, "worker", "--nats", url, "--name", name, "--threads", "1")
	}
	run := d.at("runs", "long")
	p.await(t, "steps", func() bool { return d.steps(t, run, "student") > 10 })
	p.signal(t, syscall.SIGSTOP)
	<-time.After(4 * time.Second) // is the fault itself
	before := d.steps(t, run, "student")
	p.signal(t, syscall.SIGCONT)
	p.await(t, "more steps", func() bool { return d.steps(t, run, "student") > before+20 })
	if out := p.stdout.String(); strings.Contains(out, "silent") || strings.Contains(out, "fetches the state") {
		t.Errorf("somebody was blamed:\n%s", out)
	}
	p.stop(t)
	d.passesAudit(t, filepath.Join("runs", "long"))
}

// Workers may be started before what they join.
func TestAWorkerWaitsForTheServer(t *testing.T) {
	d := newDesk(t)
	early := startServer(t, &server.Options{})
	url := early.ClientURL()
	early.Shutdown()
	early.WaitForShutdown()
	d.extra = []string{"RINGMASTER_TOKEN=closed"}
	w := d.start(t, d.ringmaster, "worker", "--nats", url, "--name", "anna", "--threads", "1")
	d.extra = nil
	w.await(t, "that it waits", func() bool { return strings.Contains(w.said(), "waiting for the NATS server") })
	at, err := netip.ParseAddrPort(strings.TrimPrefix(url, "nats://"))
	if err != nil {
		t.Fatal(err)
	}
	p := d.start(t, d.ringmaster, "coordinator", "run.yaml", "--run-dir", "runs/apart", "--workers", "1", "--port", fmt.Sprint(at.Port()),
		"--token", "open", "--set", "method=mt", "--set", "train.steps=3")
	p.await(t, "the server", func() bool { return strings.Contains(p.stdout.String(), "waiting for") })
	w.wait(t, patience)
	w.exits(t, 2) // it has another token, and says so
	w.complains(t, 3, "is wrong")
	d.extra = []string{"RINGMASTER_TOKEN=open"}
	d.run(t, d.ringmaster, "worker", "--nats", url, "--threads", "1").exits(t, 0)
	p.wait(t, patience)
	p.exits(t, 0)
}

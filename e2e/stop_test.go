package e2e

import (
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"ringmaster/model/weights"
	"ringmaster/run/directory"
)

// endless are the settings of a run that no test waits for the end of.
var endless = []string{"--set", "method=mt", "--set", "train.steps=1000000"}

// startEndless starts such a run in runs/long and waits for its first steps.
func startEndless(t *testing.T, d *desk, args ...string) *process {
	t.Helper()
	p := d.start(t, d.ringmaster, slices.Concat([]string{"train", "run.yaml", "--run-dir", "runs/long"}, endless, args)...)
	p.await(t, "5 steps of the student", func() bool { return d.steps(t, d.at("runs", "long"), "student") >= 5 })
	return p
}

func TestOneInterruptStopsCleanlyWithACheckpointOfTheStepsSoFar(t *testing.T) {
	for name, s := range map[string]syscall.Signal{"SIGINT": syscall.SIGINT, "SIGTERM": syscall.SIGTERM, "SIGHUP": syscall.SIGHUP} {
		t.Run(name, func(t *testing.T) {
			if signal.Ignored(s) { // and so do its children, as they should: nohup asks for that
				t.Skipf("SKIPPED: this test was started with %s ignored, as by nohup", name)
			}
			d := newDesk(t)
			p := startEndless(t, d)
			p.signal(t, s)
			p.wait(t, patience)
			p.exits(t, 130)
			d.noWorker(t)
			d.nothingInTmp(t)
			errs := p.stderr.String()
			first, second, _ := strings.Cut(errs, "\n")
			if !strings.Contains(first, "stopped on request") || !strings.Contains(first, "runs/long") {
				t.Errorf("standard error does not begin with what was asked and where things are:\n%s", errs)
			}
			goesOn := d.ringmaster + " train run.yaml --set method=mt --set train.steps=1000000 --run-dir runs/long --resume"
			if strings.TrimSpace(second) != goesOn {
				t.Errorf("standard error does not end with the command that goes on:\n%s\nwant\n%s", errs, goesOn)
			}
			r := readRecord(t, d.at("runs", "long"))
			checkStopped(t, r)
			d.passesAudit(t, filepath.Join("runs", "long"))
			r.checkLedger(t, "student", r.trainingRows(t))
		})
	}
}

// checkStopped checks that there is one checkpoint, whole, of all the steps in the log.
func checkStopped(t *testing.T, r *record) {
	t.Helper()
	list, err := directory.OpenCheckpoints(r.Checkpoints()).List()
	if err != nil || len(list) != 1 || list[0].Step != len(r.events) {
		t.Fatalf("checkpoints are %v (%v), want step-%d", list, err, len(r.events))
	}
	if err := list[0].Verify(); err != nil {
		t.Error(err)
	}
	if _, err := weights.Open(list[0].Dir); err != nil {
		t.Error(err)
	}
}

// A teacher that was stopped half-way is no teacher: the next run must not find it.
func TestAnInterruptedTeacherIsNotKeptForLaterRuns(t *testing.T) {
	d := newDesk(t)
	p := d.start(t, d.ringmaster, "train", "run.yaml", "--run-dir", "runs/long", "--set", "train.steps=1000000")
	p.await(t, "5 steps of a teacher", func() bool { return d.steps(t, d.at("runs", "long"), "teacher/empathy") >= 5 })
	p.signal(t, syscall.SIGINT)
	p.wait(t, patience)
	p.exits(t, 130)
	d.noWorker(t)
	checkStopped(t, readRecord(t, d.at("runs", "long")))
	d.passesAudit(t, filepath.Join("runs", "long"))
	if kept, err := filepath.Glob(d.at("runs", "teachers", "*")); err != nil || len(kept) > 0 {
		t.Errorf("teachers kept: %v, %v", kept, err)
	}
	if _, err := os.Stat(d.at("runs", "long", "model")); err == nil {
		t.Error("a student was written, but none was trained")
	}
}

func TestAnInterruptWhileNobodyHasJoinedEndsAtOnce(t *testing.T) {
	d := newDesk(t)
	p := d.start(t, d.ringmaster, "coordinator", "run.yaml", "--port", "-1")
	joinURL(t, p)
	p.signal(t, syscall.SIGINT)
	p.wait(t, patience)
	p.exits(t, 130)
}

// While files are read nothing is lost by an end, so that it comes at once, and leaves nothing.
func TestAnInterruptWhileFilesAreReadEndsAtOnce(t *testing.T) {
	d := newDesk(t)
	var rows strings.Builder
	for i := range 400_000 {
		fmt.Fprintf(&rows, "row %d of a corpus that takes a while to read, said %d\t%s\n", i, i%7, []string{"bad", "good"}[i%2])
	}
	writeFile(t, d.at("sentiment-train.tsv"), "text\tlabel\n"+rows.String())
	p := d.start(t, d.ringmaster, "train", "run.yaml", "--run-dir", "runs/none")
	p.await(t, "the corpus to be opened", func() bool {
		open, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", p.cmd.Process.Pid))
		return slices.ContainsFunc(open, func(fd string) bool {
			file, err := os.Readlink(fd)
			return err == nil && strings.HasSuffix(file, "sentiment-train.tsv")
		})
	})
	p.signal(t, syscall.SIGTERM)
	p.wait(t, 5*time.Second)
	p.exits(t, 130)
	p.complains(t, 1, "stopped on request")
	if _, err := os.Stat(d.at("runs")); err == nil {
		t.Error("a run directory was made")
	}
}

// Asked to stop, and then without workers: nobody is waited for.
func TestWorkersThatDieAfterAnInterruptAreNotWaitedFor(t *testing.T) {
	d := newDesk(t)
	p := d.start(t, d.ringmaster, slices.Concat([]string{"coordinator", "run.yaml", "--port", "-1", "--run-dir", "runs/long"}, endless)...)
	url := joinURL(t, p)
	workers := []*process{d.start(t, d.ringmaster, "worker", "--nats", url), d.start(t, d.ringmaster, "worker", "--nats", url)}
	p.await(t, "5 steps of the student", func() bool { return d.steps(t, d.at("runs", "long"), "student") >= 5 })
	for _, w := range workers { // they do not do what they were dealt
		w.signal(t, syscall.SIGSTOP)
	}
	p.signal(t, syscall.SIGTERM)
	p.await(t, "the stop", func() bool { return strings.Contains(p.stdout.String(), "stopping after") })
	for _, w := range workers {
		w.signal(t, syscall.SIGKILL)
	}
	p.wait(t, 20*time.Second)
	p.exits(t, 130)
	p.complains(t, 2, "stopped on request", "--resume")
}

func TestKillingRingmasterLeavesNoWorkerBehind(t *testing.T) {
	d := newDesk(t)
	p := startEndless(t, d)
	if n := len(d.workers(t)); n != 2 {
		t.Fatalf("%d workers found while training, want 2", n)
	}
	p.signal(t, syscall.SIGKILL)
	d.noWorkerWithin(t, 15*time.Second)
	p.wait(t, patience)
	readRecord(t, d.at("runs", "long")) // whole as far as it goes
}

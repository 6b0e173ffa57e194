package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"ringmaster/coordinator/rundir"
	"ringmaster/model/weights"
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
	for name, s := range map[string]syscall.Signal{"SIGINT": syscall.SIGINT, "SIGTERM": syscall.SIGTERM} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			p := startEndless(t, d)
			p.signal(t, s)
			p.wait(t, patience)
			p.exits(t, 130)
			d.noWorker(t)
			d.nothingInTmp(t)
			errs := p.stderr.String()
			if !strings.Contains(errs, "stopped on request") || !strings.Contains(errs, "runs/long") || strings.Count(errs, "\n") != 1 {
				t.Errorf("standard error is not one line that says what was asked and where things are:\n%s", errs)
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
	list, err := rundir.OpenCheckpoints(r.Checkpoints()).List()
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

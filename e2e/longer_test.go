package e2e

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"ringmaster/run/directory"
	"ringmaster/run/plan"
)

// A finished run that is resumed with more epochs goes on from the very state that it ended with:
// the steps that are done stay as they are, later ones have the schedules of the new length, and
// the audit agrees. Teachers, trained before, are left alone.
func TestAFinishedRunGoesOnWithMoreEpochs(t *testing.T) {
	d := newDesk(t)
	before := d.train(t, "longer")
	short, _ := before.stage("student")
	after := d.train(t, "longer", "--resume", "--set", "train.epochs=3")
	long, _ := after.stage("student")
	if want := (3*(48+48+40) + 7) / 8; len(short) != 34 || len(long) != want {
		t.Fatalf("%d steps, then %d, want 34 and %d", len(short), len(long), want)
	}
	if !strings.Contains(after.said, "the length of the run changes from 2 epochs to 3 epochs") || !strings.Contains(after.said, "student continues at step 34") {
		t.Errorf("what is done with the steps is not said:\n%s", after.said)
	}
	for i, e := range long {
		total := len(long)
		if i < len(short) {
			total = len(short)
			if e.Hash != short[i].Hash || e.Loss["empathy"] != short[i].Loss["empathy"] {
				t.Errorf("step %d was done anew", i)
			}
		}
		if e.Total != total || e.LR != plan.LearningRate("", i, total, 0.1, 5e-4) || math.Abs(e.Lambda-plan.Lambda(i, total)) > 1e-15 {
			t.Errorf("step %d has rate %v and λ %v of %d steps, want those of %d", i, e.LR, e.Lambda, e.Total, total)
		}
	}
	if _, err := os.Stat(d.at("runs", "longer", "metrics-after-34-steps.json")); err != nil {
		t.Error(err)
	}

	dir := filepath.Join("runs", "longer")
	for name, c := range map[string]struct{ set, want string }{
		"the same":  {"train.epochs=3", "it is finished"},
		"fewer":     {"train.epochs=1", "which the stage has behind it"},
		"otherwise": {"train.lr=1e-3", "train.lr"},
	} {
		t.Run(name, func(t *testing.T) {
			p := d.run(t, d.ringmaster, "train", "run.yaml", "--run-dir", dir, "--resume", "--set", "train.epochs=3", "--set", c.set)
			if p.code == 0 || !strings.Contains(p.stderr.String(), c.want) {
				t.Errorf("ended with %d\n%s", p.code, p.said())
			}
			d.passesAudit(t, dir)
		})
	}
}

// A run that was stopped on its way may go on with another length, and ends with what a run has
// that nothing interrupted but the length: the state is the one that it stopped with.
func TestAStoppedRunGoesOnWithAnotherLength(t *testing.T) {
	d := newDesk(t)
	p := startEndless(t, d)
	p.signal(t, syscall.SIGINT)
	p.wait(t, patience)
	p.exits(t, 130)
	stopped := readRecord(t, d.at("runs", "long"))
	done := len(stopped.events)
	after := d.train(t, "long", "--resume", "--set", "method=mt", "--set", "train.steps="+fmt.Sprint(done+9))
	if len(after.events) != done+9 {
		t.Errorf("%d steps, want %d", len(after.events), done+9)
	}
	planned, err := directory.Layout(d.at("runs", "long")).ReadPlan()
	if err != nil || len(planned.Before) != 1 || planned.Before[0] != (plan.Length{Until: done, Steps: 1000000}) {
		t.Errorf("plan.json says %+v of the lengths before, %v", planned.Before, err)
	}
}

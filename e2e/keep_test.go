package e2e

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringmaster/run/directory"
)

// best are settings under which hardly anything is learnt, so that one state after another is
// better and worse by chance.
var best = []string{"--set", "method=single", "--set", "train.keep=best", "--set", "train.steps=60", "--set", "train.lr=1e-1", "--set", "checkpoint.every=10", "--set", "checkpoint.keep=1"}

// The student with the best F1 on validation rows is delivered, its scores are those of the
// delivered folder, and every validation stands on the screen and in the log.
func TestTheBestStudentIsDelivered(t *testing.T) {
	d := newDesk(t)
	for seed := range 8 {
		if d.deliversTheBest(t, fmt.Sprint("seed-", seed), append([]string{"--set", fmt.Sprint("train.seed=", seed)}, best...)) {
			return
		}
	}
	t.Error("the last student is the best of every seed: this shows nothing")
}

// deliversTheBest checks a run, and says whether it delivered another student than the last.
func (d *desk) deliversTheBest(t *testing.T, name string, args []string) bool {
	t.Helper()
	r := d.train(t, name, args...)
	top, at := -1.0, 0
	measured := 0
	for _, e := range r.events {
		v := e.Validation
		if v == nil {
			continue
		}
		measured++
		if v.Steps != e.Step || v.Task != "empathy" || v.Rows != 6 {
			t.Errorf("step %d has the validation %+v", e.Step, *v)
		}
		if line := fmt.Sprintf("student after step %d of 60: F1 %.1f on 6 validation rows of empathy", v.Steps, 100*v.F1); !strings.Contains(r.said, line) {
			t.Errorf("the screen does not say %q", line)
		}
		if v.F1 > top {
			top, at = v.F1, v.Steps
		}
	}
	if measured != 5 { // before steps 10 to 50
		t.Errorf("%d validations, want 5", measured)
	}
	record, _, err := r.ReadRecord()
	if err != nil || record.Delivered == nil {
		t.Fatalf("nothing says which student was delivered (%v)", err)
	}
	chosen := *record.Delivered
	want := directory.Delivered{Step: at, Score: top, LastScore: chosen.LastScore}
	if chosen.LastScore >= top {
		want.Step, want.Score = 60, chosen.LastScore
	}
	if diff := cmp.Diff(want, chosen); diff != "" {
		t.Errorf("delivered: %s", diff)
	}
	scores, err := r.ReadMetrics()
	if err != nil {
		t.Fatal(err)
	}
	if valid := scores[0].Valid.F1; valid != chosen.Score {
		t.Errorf("the delivered student has F1 %v on validation rows, and was chosen by %v", valid, chosen.Score)
	}
	if chosen.Step == 60 {
		return false
	}
	d.run(t, d.ringmaster, "model", "export", "runs/"+name, "--step", fmt.Sprint(chosen.Step), "--out", name).exits(t, 0)
	if readFile(t, d.at(name, "model.safetensors")) != readFile(t, filepath.Join(r.Model(), "model.safetensors")) {
		t.Error("the delivered folder is not the export of that step")
	}
	again := d.train(t, name+"-again", args...)
	other, _, err := again.ReadRecord()
	if err != nil || other.Delivered == nil || *other.Delivered != chosen {
		t.Errorf("the same run delivers %+v, then %+v (%v)", chosen, other.Delivered, err)
	}
	return true
}

// Where the last student is asked for, it is delivered; so it is where there is nothing to
// choose from.
func TestTheLastStudentIsDelivered(t *testing.T) {
	for name, more := range map[string][]string{
		"asked for":         {"--set", "train.keep=last"},
		"no checkpoints":    {"--set", "checkpoint.every=0"},
		"no validation row": {"--set", "tasks.empathy.data.split.train=0.9", "--set", "tasks.empathy.data.split.valid=0"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			r := d.train(t, "last", append(append([]string{}, best...), more...)...)
			if record, _, err := r.ReadRecord(); err != nil || record.Delivered != nil {
				t.Errorf("a student was chosen: %+v (%v)", record.Delivered, err)
			}
			if got, want := flatHash(t, r.Model()), r.events[len(r.events)-1].Hash; got != want {
				t.Errorf("the student has hash %s, the last step %s", got, want)
			}
		})
	}
}

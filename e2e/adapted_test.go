package e2e

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringmaster/model/weights"
	"ringmaster/run/directory"
	"ringmaster/run/plan"
)

// resumed is a run that was killed after its first checkpoint and went on, beside an undisturbed
// one of the same settings. It checks that both have the same parameters after every step.
func (d *desk) resumed(t *testing.T, settings ...string) (quiet, hurt directory.Layout) {
	t.Helper()
	args := func(dir string, more ...string) []string {
		all := append([]string{"train", "run.yaml", "--run-dir", dir, "--workers", "2", "--set", "train.steps=60", "--set", "checkpoint.every=20"}, settings...)
		return append(all, more...)
	}
	d.run(t, d.ringmaster, args("runs/quiet")...).exits(t, 0)
	quiet, hurt = directory.Layout(d.at("runs", "quiet")), directory.Layout(d.at("runs", "hurt"))
	p := d.start(t, d.ringmaster, args("runs/hurt")...)
	p.await(t, "a checkpoint", func() bool {
		list, err := directory.OpenCheckpoints(hurt.Checkpoints()).List()
		return err == nil && len(list) > 0
	})
	p.signal(t, syscall.SIGKILL)
	p.wait(t, patience)
	d.noWorkerWithin(t, patience)
	d.run(t, d.ringmaster, args("runs/hurt", "--resume")...).exits(t, 0)
	want, got := allHashes(t, quiet), allHashes(t, hurt)
	maps.DeleteFunc(want, func(step, _ string) bool { return strings.HasPrefix(step, "teacher/") }) // which are reused
	if diff := cmp.Diff(want, got); diff != "" || len(want) < 3 {
		t.Errorf("parameters of the quiet run and the other (-quiet +resumed):\n%s", diff)
	}
	d.passesAudit(t, filepath.Join("runs", "hurt"))
	return quiet, hurt
}

// tensorsOf are a folder's tensors by name.
func tensorsOf(t *testing.T, dir string) map[string]weights.Tensor {
	t.Helper()
	f, err := weights.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	all, err := f.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// sent is what the ranks of a run sent of its student's steps, on average.
func sent(t *testing.T, l directory.Layout) float64 {
	t.Helper()
	var sum, steps float64
	if _, err := l.ReadEvents(func(e directory.Event) error {
		if e.Stage == plan.StudentStage {
			sum, steps = sum+float64(e.RingBytes), steps+1
		}
		return nil
	}); err != nil || steps == 0 {
		t.Fatalf("%v steps (%v)", steps, err)
	}
	return sum / steps
}

// A run whose first layers are frozen leaves them as they were, bit by bit, in student and
// teachers, resumes to the same bits, and sends less.
func TestFrozenLayersStayAsTheyWere(t *testing.T) {
	d := newDesk(t)
	_, run := d.resumed(t, "--set", "train.freeze=1")
	base, trained := tensorsOf(t, d.at("model")), tensorsOf(t, run.Model())
	changed := 0
	for name, x := range base {
		same := slices.Equal(x.Data, trained[name].Data)
		frozen := strings.HasPrefix(name, "bert.embeddings.") || strings.HasPrefix(name, "bert.encoder.layer.0.")
		if frozen && !same {
			t.Errorf("%s is frozen and has changed", name)
		}
		if !same {
			changed++
		}
	}
	if changed == 0 {
		t.Error("nothing was trained")
	}
	whole := d.train(t, "whole", "--workers", "2", "--set", "train.steps=5", "--set", "method=mt")
	if part, all := sent(t, run), sent(t, whole.Layout); part > 0.7*all {
		t.Errorf("%.0f bytes a step where the whole model's take %.0f", part, all)
	}
}

// An adapted run leaves the encoder's other weights as they were, bit by bit, resumes to the same bits, delivers a folder
// of the base's own tensors, from its last state and from a checkpoint, and sends less.
func TestAdaptersAreTrainedAlone(t *testing.T) {
	d := newDesk(t)
	_, run := d.resumed(t, "--set", "train.lora.rank=2", "--set", "train.lr=5e-3", "--set", "method=mt", "--set", "train.keep=last")
	base := tensorsOf(t, d.at("model"))
	check := func(dir string) {
		trained, adapted := tensorsOf(t, dir), 0
		if len(trained) != len(base) {
			t.Errorf("%s has %d tensors, the base %d", dir, len(trained), len(base))
		}
		for name, x := range base {
			switch same := slices.Equal(x.Data, trained[name].Data); {
			case strings.HasSuffix(name, ".self.query.weight") || strings.HasSuffix(name, ".self.value.weight"):
				if !same {
					adapted++
				}
			case !same && !strings.Contains(name, "pooler"):
				t.Errorf("%s: %s is not adapted and has changed", dir, name)
			}
		}
		if adapted < 4 {
			t.Errorf("%s: only %d weights were adapted", dir, adapted)
		}
	}
	check(run.Model())
	d.run(t, d.ringmaster, "model", "export", string(run), "--step", "60", "--out", "exported").exits(t, 0)
	check(d.at("exported"))
	whole := d.train(t, "whole", "--workers", "2", "--set", "train.steps=5", "--set", "method=mt")
	if part, all := sent(t, run), sent(t, whole.Layout); part > 0.5*all {
		t.Errorf("%.0f bytes a step where the whole model's take %.0f", part, all)
	}
}

// What cannot be adapted is refused before anything is written.
func TestWhatCannotBeAdaptedIsRefused(t *testing.T) {
	d := newDesk(t)
	for _, c := range []struct {
		set  []string
		want string
	}{
		{[]string{"train.lora.rank=4000"}, "rank 4000"},
		{[]string{"train.lora.rank=-1"}, "train.lora.rank"},
		{[]string{"train.lora.alpha=4"}, "train.lora.rank"},
		{[]string{"train.lora.rank=2", "train.freeze=1"}, "train.freeze"},
		{[]string{"train.lora.rank=2", "method=mlm"}, "train.lora"},
	} {
		args := []string{"train", "run.yaml", "--run-dir", "runs/none"}
		for _, set := range c.set {
			args = append(args, "--set", set)
		}
		p := d.run(t, d.ringmaster, args...)
		p.exits(t, 2)
		p.complains(t, 1, c.want)
	}
}

// What cannot be frozen is refused before anything is written.
func TestWhatCannotBeFrozenIsRefused(t *testing.T) {
	d := newDesk(t)
	p := d.run(t, d.ringmaster, "train", "run.yaml", "--run-dir", "runs/none", "--set", "train.freeze=9")
	p.exits(t, 2)
	p.complains(t, 1, "train.freeze is 9", "first 9 layers cannot be frozen", "the model has")
	d.asBaseline(t, "cnn", ", dim: 8")
	p = d.run(t, d.ringmaster, "train", "run.yaml", "--run-dir", "runs/none", "--set", "train.freeze=1")
	p.exits(t, 2)
	p.complains(t, 1, "train.freeze", "of a baseline only embeddings can be frozen")
	r := d.train(t, "static", "--set", "train.freeze=embeddings", "--set", "train.steps=6", "--set", "method=mt")
	if len(r.events) != 6 {
		t.Errorf("%d steps", len(r.events))
	}
}

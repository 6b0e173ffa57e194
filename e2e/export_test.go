package e2e

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cespare/xxhash/v2"

	"ringmaster/model/weights"
)

// flatHash is the hash that events.jsonl has of a model's parameters, of a folder's tensors.
func flatHash(t *testing.T, dir string) string {
	t.Helper()
	f, err := weights.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	tensors, err := f.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	heads, err := f.Heads()
	if err != nil {
		t.Fatal(err)
	}
	sum := xxhash.New()
	add := func(values []float32) {
		for _, v := range values {
			_ = binary.Write(sum, binary.LittleEndian, math.Float32bits(v)) // a hash never fails
		}
	}
	for _, spec := range f.Config.Tensors() {
		add(tensors[spec.Name].Data)
	}
	for _, h := range heads {
		add(h.Weight.Data)
		add(h.Bias.Data)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// The folder of a checkpoint has the very parameters that the run had after that step.
func TestExportOfACheckpoint(t *testing.T) {
	d := newDesk(t)
	r := d.train(t, "kept", "--set", "method=mt", "--set", "train.steps=60", "--set", "checkpoint.every=51", "--set", "checkpoint.keep=3")
	p := d.run(t, d.ringmaster, "predict", "--model", "runs/kept/checkpoints/step-51")
	p.exits(t, 2)
	p.complains(t, 1, "is a training checkpoint", "ringmaster model export runs/kept --step 51")

	d.run(t, d.ringmaster, "model", "export", "runs/kept", "--step", "51", "--out", "early").exits(t, 0)
	if got, want := flatHash(t, d.at("early")), r.events[50].Hash; got != want || want == "" {
		t.Errorf("the exported parameters have hash %s, the run had %q after 51 steps", got, want)
	}
	d.run(t, d.ringmaster, "model", "export", "runs/kept").exits(t, 0)
	if got, want := flatHash(t, d.at("runs", "kept", "export", "student-empathy")), r.events[59].Hash; got != want {
		t.Errorf("the exported parameters have hash %s, the run had %q at its end", got, want)
	}

	for name, c := range map[string]struct {
		args []string
		want []string
	}{
		"no such step":    {[]string{"runs/kept", "--step", "50"}, []string{"step 50", "at steps 51, 60"}},
		"no such task":    {[]string{"runs/kept", "--task", "anger"}, []string{"anger", "empathy, sentiment, emotion"}},
		"no teachers":     {[]string{"runs/kept", "--task", "emotion", "--teacher"}, []string{"mt", "no teachers"}},
		"no run":          {[]string{"home"}, []string{"home", "no run"}},
		"taken":           {[]string{"runs/kept", "--step", "51", "--out", "early"}, []string{"early", "already exists"}},
		"teacher of whom": {[]string{"runs/kept", "--teacher"}, []string{"--task"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := d.run(t, d.ringmaster, append([]string{"model", "export"}, c.args...)...)
			p.exits(t, 2)
			p.complains(t, 1, c.want...)
		})
	}
}

// Any head of a run, and its teachers, become what transformers loads.
func TestExportOfAnotherHeadAndOfATeacher(t *testing.T) {
	d, r := finishedRun(t)
	out := t.TempDir()
	for name, args := range map[string][]string{"student": nil, "teacher": {"--teacher"}} {
		dir := filepath.Join(out, name)
		d.run(t, d.ringmaster, append([]string{"model", "export", string(r.Layout), "--task", "emotion", "--out", dir}, args...)...).exits(t, 0)
		f, err := weights.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		config := f.Config.(weights.BertConfig)
		if got := strings.Join(config.Classes(), " "); got != "joy fear anger" {
			t.Errorf("%s: transformers reads the classes %s", name, got)
		}
		asked := d.runWith(t, "the dark made me scared", d.ringmaster, "predict", "--model", dir)
		asked.exits(t, 0)
		answers(t, asked.stdout.String())[0].check(t, "emotion", "joy", "fear", "anger")
	}
	student := d.runWith(t, "the dark made me scared", d.ringmaster, "predict", "--model", r.Model(), "--task", "emotion")
	again := d.runWith(t, "the dark made me scared", d.ringmaster, "predict", "--model", filepath.Join(out, "student"))
	if student.stdout.String() != again.stdout.String() {
		t.Errorf("the student answers %s, its export %s", student.stdout.String(), again.stdout.String())
	}
}

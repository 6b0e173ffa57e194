package config

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const adaptation = `model: {base: minilm}
source: news
tasks:
  - {name: news, data: {path: a.csv, format: csv, text: essay, label: l, labels: {"0": none, "1": empathy}}}
  - {name: tweets, target: true, data: {path: b.csv, format: csv, text: content, label: label, labels: {none: none, seeking: empathy}}}
  - {name: talk, pretrain: true, data: {path: names.txt, format: lines}}
  - {name: posts, pretrain: true, data: {path: c.tsv, format: tsv, text: post}}
train: {epochs: 3, steps: 40, batch: 8, lr: 1e-3, max_length: 32}
pretrain: {epochs: 2, batch: 16, max_length: 64}
`

// load loads adaptation, with one line replaced by another.
func loadAdaptation(t *testing.T, from, to string, set ...string) *Run {
	t.Helper()
	path := write(t, filepath.Join(folder(t), "run.yaml"), strings.Replace(adaptation, from, to, 1))
	run, err := Load(path, LoadOptions{Set: set})
	if err != nil {
		t.Fatal(err)
	}
	return run
}

func taskNames(tasks []Task) string {
	var all []string
	for _, t := range tasks {
		all = append(all, t.Name)
	}
	return strings.Join(all, " ")
}

func TestWhoLearnsWhat(t *testing.T) {
	for _, c := range []struct {
		what, from, to                string
		set                           []string
		student, pretraining, vectors string
		reads                         string
	}{
		{"the source", "", "", nil, "news", "talk posts", "", "news tweets"},
		{"the target alone", "source: news\n", "method: single\n", nil, "tweets", "talk posts", "", "tweets"},
		{"a baseline", "", "", []string{"model.base=", "model.arch=lstm"}, "news", "talk posts", "tweets talk posts", "news tweets talk posts"},
		{"several tasks", "source: news\n", "method: mt\n", nil, "news tweets", "talk posts", "", "news tweets"},
		{"pretraining", "", "", []string{"method=mlm"}, "news tweets", "talk posts", "", "talk posts"},
		{"pretraining on all", "  - {name: talk, pretrain: true, data: {path: names.txt, format: lines}}\n  - {name: posts, pretrain: true, data: {path: c.tsv, format: tsv, text: post}}\n",
			"method: mlm\n", nil, "news tweets", "news tweets", "", "news tweets"},
	} {
		run := loadAdaptation(t, c.from, strings.TrimPrefix(c.to, "method: mlm\n"), c.set...)
		if c.to == "method: mlm\n" {
			run.Method = MaskedLM
		}
		var read []Task
		for _, task := range run.Tasks {
			if run.reads(task) {
				read = append(read, task)
			}
		}
		got := []string{taskNames(run.StudentTasks()), taskNames(run.PretrainTasks()), taskNames(run.VectorTasks()), taskNames(read)}
		if diff := cmp.Diff([]string{c.student, c.pretraining, c.vectors, c.reads}, got); diff != "" {
			t.Errorf("%s: student, pretraining, vectors, reads (-want +got):\n%s", c.what, diff)
		}
	}
}

func TestPretrainingHasNumbersOfItsOwn(t *testing.T) {
	plain := loadAdaptation(t, "", "").Train
	if plain.Epochs != 3 || plain.Steps != 40 || plain.Batch != 8 || plain.MaxLength != 32 {
		t.Errorf("fine-tuning has %+v", plain)
	}
	run := loadAdaptation(t, "", "", "method=mlm")
	want := plain
	want.Epochs, want.Steps, want.Batch, want.MaxLength = 2, 0, 16, 64
	if diff := cmp.Diff(want, run.Train); diff != "" {
		t.Errorf("pretraining (-want +got):\n%s", diff)
	}
	if lr := loadAdaptation(t, ", lr: 1e-3", "", "method=mlm").Train.LR; lr != maskedLR {
		t.Errorf("without a rate, pretraining has %v", lr)
	}
	if lr := loadAdaptation(t, "", "", "method=mlm", "pretrain.lr=2e-4", "pretrain.steps=7").Train; lr.LR != 2e-4 || lr.Steps != 7 || lr.Epochs != 2 {
		t.Errorf("pretraining has %+v", lr)
	}
	// What is not used is not there, so that it is part of no identity.
	if both := loadAdaptation(t, "epochs: 2, batch: 16", "steps: 7", "method=mlm").Train; both.Steps != 7 || both.Epochs != 0 {
		t.Errorf("pretraining by steps has %+v", both)
	}
	var text bytes.Buffer
	if err := run.Write(&text); err != nil {
		t.Fatal(err)
	}
	again, err := LoadResolved(write(t, filepath.Join(t.TempDir(), "config.yaml"), text.String()))
	if err != nil {
		t.Fatal(err)
	}
	again.BaseDir = ""
	whole := run.Absolute()
	whole.BaseDir = ""
	if diff := cmp.Diff(whole, *again); diff != "" {
		t.Errorf("read back (-written +read):\n%s", diff)
	}
}

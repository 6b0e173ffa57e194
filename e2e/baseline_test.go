package e2e

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringmaster/model/weights"
	"ringmaster/model/weights/tinybert"
	"ringmaster/run/directory"
)

// archs are the baselines by their names in a run file.
var archs = []string{"cnn", "lstm", "bilstm", "convlstm"}

// asBaseline makes the desk's run file that of a baseline, learnt alone.
func (d *desk) asBaseline(t *testing.T, arch, more string) {
	t.Helper()
	replaceIn(t, d.at("run.yaml"), "model: {base: ./model}", fmt.Sprintf("model: {arch: %s%s}", arch, more))
	replaceIn(t, d.at("run.yaml"), "method: kd-annealed", "method: single")
	replaceIn(t, d.at("run.yaml"), "lr: 5e-4", "lr: 5e-3")
}

// The project's own sample, as a person would run a baseline on it: it learns, is scored,
// and what it leaves answers texts.
func TestABaselineLearnsTheSample(t *testing.T) {
	d := newDesk(t)
	sample, err := filepath.Abs("../examples/sample/synthetic_empathy.csv")
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, d.at("cnn.yaml"), fmt.Sprintf(`model: {arch: cnn, vectors: train, dim: 30}
tasks:
  - name: empathy
    target: true
    data: {path: %s, format: csv, text: text, label: empathy, labels: {"0": none, "1": empathy}, split: {train: 0.7, valid: 0.1, test: 0.2, seed: 13}}
train: {epochs: 8, lr: 3e-3, max_length: 48, keep: last}
cluster: {workers: 2}
device: cpu
`, sample))
	p := d.run(t, d.ringmaster, "train", "cnn.yaml", "--run-dir", "run")
	p.exits(t, 0)
	var scores map[string]map[string]struct{ F1 float64 }
	if err := json.Unmarshal([]byte(readFile(t, d.at("run", "metrics.json"))), &scores); err != nil {
		t.Fatal(err)
	}
	if f1 := scores["empathy"]["test"].F1; !(f1 > 0.8) {
		t.Errorf("F1 on the sample's test rows is %v, want more than 0.8\n%s", f1, p.said())
	}
	q := d.runWith(t, "I am so sorry, that must be hard for you.\n\n", d.ringmaster, "predict", "--model", d.at("run", "model"))
	q.exits(t, 0)
	list := answers(t, q.stdout.String())
	if len(list) != 2 {
		t.Fatalf("%d answers to 2 lines", len(list))
	}
	for _, a := range list {
		a.check(t, "empathy", "none", "empathy")
	}
	if list[0].Label != "empathy" {
		t.Errorf("%+v", list[0])
	}
	r := d.run(t, d.ringmaster, "model", "inspect", "run/model")
	r.exits(t, 0)
	if said := r.stdout.String(); !strings.Contains(said, "cnn baseline, windows 3 4 5 of 100 maps") || !strings.Contains(said, "trained here by GloVe") {
		t.Errorf("model inspect says\n%s", said)
	}
	d.run(t, d.ringmaster, "audit", "run").exits(t, 0)
}

// The batch belongs to the run for the baselines too. Their words are those of the training
// rows, whatever else the file of vectors has.
func TestBaselinesWalkTheSamePathOnOneAndTwoWorkers(t *testing.T) {
	for _, arch := range archs {
		t.Run(arch, func(t *testing.T) {
			d := newDesk(t)
			writeFile(t, d.at("vectors.txt"), "sorry 0.5 -0.25 1 0.125\nnews -0.5 0.25 -1 0.5\nunused 1 1 1 1\n")
			d.asBaseline(t, arch, ", vectors: vectors.txt")
			args := []string{"--set", "model.dropout=0", "--set", "train.weight_decay=0", "--set", "train.steps=30", "--workers"}
			one := d.train(t, "one", append(args, "1")...)
			two := d.train(t, "two", append(args, "2")...)
			events, _ := one.stage("student")
			others, _ := two.stage("student")
			if len(events) != 30 || len(others) != 30 {
				t.Fatalf("%d and %d steps, want 30", len(events), len(others))
			}
			for i, a := range events {
				loss, other := a.Loss["empathy"], others[i].Loss["empathy"]
				if off := math.Abs(other-loss) / loss; !(off <= 1e-4) {
					t.Errorf("step %d: loss %v with 1 worker, %v with 2", i, loss, other)
				}
			}
			mean := func(from int) float64 {
				sum := 0.0
				for _, e := range events[from : from+6] {
					sum += e.Loss["empathy"] / 6
				}
				return sum
			}
			if before, after := mean(0), mean(24); !(after < 0.9*before) {
				t.Errorf("the mean loss of the last 6 steps is %.3f, of the first %.3f: nothing was learned", after, before)
			}
			list := strings.Split(strings.TrimSpace(readFile(t, filepath.Join(one.Model(), "words.txt"))), "\n")
			if !slices.Contains(list, "sorry") || slices.Contains(list, "unused") || slices.Contains(list, "smile") {
				t.Errorf("the words of the model are %v, want those of the training rows", list)
			}
			folder, err := weights.Open(one.Model())
			if err != nil {
				t.Fatal(err)
			}
			if c := folder.Config.(weights.BaselineConfig); string(c.Arch()) != arch || c.EmbeddingSize != 4 || c.VocabSize != len(list) {
				t.Errorf("%+v", c)
			}
		})
	}
}

// Scores are of the exported model read back; predict asks it once more by itself: its
// answers to the test rows must give the same accuracy.
func TestABaselinesExportAnswersAsItWasScored(t *testing.T) {
	for _, arch := range archs {
		t.Run(arch, func(t *testing.T) {
			d := newDesk(t)
			d.asBaseline(t, arch, ", dim: 8")
			// Rows that are divided already: the test rows are known.
			r := d.train(t, "run", "--set", "tasks.empathy.target=false", "--set", "tasks.sentiment.target=true", "--set", "train.epochs=3", "--workers", "1")
			var texts []string
			var gold []string
			for i, line := range strings.Split(strings.TrimSpace(readFile(t, d.at("sentiment-test.tsv"))), "\n") {
				text, label, _ := strings.Cut(line, "\t")
				if i > 0 {
					texts, gold = append(texts, text), append(gold, map[string]string{"bad": "negative", "good": "positive"}[label])
				}
			}
			p := d.runWith(t, strings.Join(texts, "\n")+"\n", d.ringmaster, "predict", "--model", r.Model())
			p.exits(t, 0)
			right := 0
			for i, a := range answers(t, p.stdout.String()) {
				a.check(t, "sentiment", "negative", "positive")
				if a.Label == gold[i] {
					right++
				}
			}
			scores, err := r.ReadMetrics()
			if err != nil {
				t.Fatal(err)
			}
			task, _ := scores.Task("sentiment")
			if want := task.Test.Accuracy; math.Abs(float64(right)/float64(len(gold))-want) > 1e-9 {
				t.Errorf("%d of %d answers are right, the run's accuracy is %v", right, len(gold), want)
			}
		})
	}
}

// Multi-task learning and distillation cost a baseline nothing: its teachers are baselines.
func TestBaselinesLearnByEveryMethod(t *testing.T) {
	for _, method := range []string{"mt", "kd-annealed"} {
		t.Run(method, func(t *testing.T) {
			d := newDesk(t)
			d.asBaseline(t, "bilstm", ", dim: 8")
			r := d.train(t, method, "--set", "method="+method, "--set", "train.steps=6", "--workers", "2")
			for _, task := range taskNames {
				p := d.runWith(t, "so sorry\n", d.ringmaster, "predict", "--model", r.Model(), "--task", task)
				p.exits(t, 0)
			}
		})
	}
}

// A baseline's run that was killed goes on to the same bits, also where the cache that it
// began from is gone meanwhile: what it begins with is decided by its run file.
func TestAResumedBaselineIsTheUndisturbedOne(t *testing.T) {
	d := newDesk(t)
	d.asBaseline(t, "cnn", ", dim: 8")
	args := func(dir string, more ...string) []string {
		return append([]string{"train", "run.yaml", "--run-dir", dir, "--set", "train.steps=120", "--set", "checkpoint.every=40"}, more...)
	}
	d.run(t, d.ringmaster, args("runs/quiet")...).exits(t, 0)
	p := d.start(t, d.ringmaster, args("runs/hurt")...)
	hurt := directory.Layout(d.at("runs", "hurt"))
	p.await(t, "a checkpoint", func() bool {
		list, err := directory.OpenCheckpoints(hurt.Checkpoints()).List()
		return err == nil && len(list) > 0
	})
	p.signal(t, syscall.SIGKILL)
	p.wait(t, patience)
	d.noWorkerWithin(t, patience)
	for _, part := range []string{"baselines", "vectors"} {
		if err := os.RemoveAll(d.at("home", "cache", "ringmaster", part)); err != nil {
			t.Fatal(err)
		}
	}
	d.run(t, d.ringmaster, args("runs/hurt", "--resume")...).exits(t, 0)
	want, got := allHashes(t, directory.Layout(d.at("runs", "quiet"))), allHashes(t, hurt)
	if diff := cmp.Diff(want, got); diff != "" || len(want) < 3 {
		t.Errorf("parameters of the quiet run and the other (-quiet +resumed):\n%s", diff)
	}
	d.passesAudit(t, filepath.Join("runs", "hurt"))
}

// A second run with the same words takes the vectors and the folder that are there.
func TestVectorsAreTrainedOnce(t *testing.T) {
	d := newDesk(t)
	d.asBaseline(t, "lstm", ", dim: 8")
	said := func(run string, args ...string) string {
		t.Helper()
		p := d.run(t, d.ringmaster, append([]string{"train", "run.yaml", "--run-dir", run, "--workers", "1", "--set", "train.steps=1"}, args...)...)
		p.exits(t, 0)
		return p.stdout.String()
	}
	const training = "training word vectors on 136 texts" // of all three corpora
	if out := said("first"); !strings.Contains(out, training) {
		t.Errorf("the first run says\n%s", out)
	}
	for i, args := range [][]string{nil, {"--set", "model.arch=cnn"}} {
		if out := said("again"+strconv.Itoa(i), args...); strings.Contains(out, training) {
			t.Errorf("%v: vectors are trained again\n%s", args, out)
		}
	}
	if out := said("seed", "--set", "train.seed=9"); !strings.Contains(out, training) {
		t.Error("another seed takes the vectors of the first")
	}
	// A folder that was damaged in the cache is made again.
	bases, err := filepath.Glob(d.at("home", "cache", "ringmaster", "baselines", "lstm-*", "model.safetensors"))
	if err != nil || len(bases) != 2 {
		t.Fatalf("folders in the cache: %v, %v", bases, err)
	}
	for _, path := range bases {
		if err := os.Truncate(path, 100); err != nil {
			t.Fatal(err)
		}
	}
	said("mended")
}

func TestBaselineRunsThatCannotBe(t *testing.T) {
	for name, c := range map[string]struct {
		model, vectors string
		want           []string
	}{
		"dimension":     {"arch: cnn, vectors: v.txt, dim: 3", "a 1 2\n", []string{"v.txt:1", "2 numbers", "model.dim is 3"}},
		"a broken line": {"arch: cnn, vectors: v.txt", "a 1 2\nb 1 x\n", []string{"v.txt:2", `"x"`}},
		"no vectors":    {"arch: cnn, vectors: v.txt", "", []string{"v.txt", "no vector"}},
		"no such file":  {"arch: cnn, vectors: w.txt", "", []string{"model.vectors", "w.txt"}},
		"both":          {"arch: cnn, base: ./model", "", []string{"model.base", "arch"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			writeFile(t, d.at("v.txt"), c.vectors)
			replaceIn(t, d.at("run.yaml"), "base: ./model", c.model)
			p := d.run(t, d.ringmaster, "train", "run.yaml", "--run-dir", "run")
			p.exits(t, 2)
			p.complains(t, 1, c.want...)
			if _, err := os.Stat(d.at("run")); !os.IsNotExist(err) {
				t.Error("a run directory was made")
			}
		})
	}
}

// A BERT teaches an LSTM: it reads its own tokens of the same texts.
func TestATeacherWithAVocabularyOfItsOwn(t *testing.T) {
	d := newDesk(t)
	d.asBaseline(t, "lstm", ", dim: 8")
	writeBert(t, d.at("teacher"), tinybert.Head("empathy", true, width, "none", "empathy"))
	p := d.run(t, d.ringmaster, "train", "run.yaml", "--run-dir", "run", "--set", "method=kd-annealed", "--set", "tasks.empathy.teacher.path=./teacher", "--set", "train.steps=8")
	p.exits(t, 0)
	if !strings.Contains(p.stdout.String(), "a vocabulary of its own") {
		t.Errorf("nothing is said of the teacher's vocabulary:\n%s", p.stdout.String())
	}
	d.run(t, d.ringmaster, "audit", "run").exits(t, 0)
}

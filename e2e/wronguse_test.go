package e2e

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"ringmaster/model/weights"
	"ringmaster/model/weights/tinybert"
)

// complains checks that standard error holds so many lines at most, which say all that
// is wanted.
func (p *process) complains(t *testing.T, lines int, want ...string) {
	t.Helper()
	errs := p.stderr.String()
	if n := strings.Count(errs, "\n"); n == 0 || n > lines || strings.Contains(errs, "goroutine ") {
		t.Errorf("%d lines of complaint, want 1 to %d", n, lines)
	}
	for _, decoder := range []string{" json: ", "strconv.", "Go struct", "Go value"} {
		if strings.Contains(errs, decoder) {
			t.Errorf("the complaint has the words of a decoder: %q", decoder)
		}
	}
	for _, w := range want {
		if !strings.Contains(errs, w) {
			t.Errorf("the complaint lacks %q", w)
		}
	}
	if t.Failed() {
		t.Log(p.said())
	}
}

// withDummyWorker puts a program in the worker's place that only notes that it was
// started.
func withDummyWorker(t *testing.T, d *desk) (started func() bool) {
	t.Helper()
	bin := t.TempDir()
	program, err := os.ReadFile(d.ringmaster)
	if err != nil {
		t.Fatal(err)
	}
	d.ringmaster = filepath.Join(bin, "ringmaster")
	if err := os.WriteFile(d.ringmaster, program, 0o755); err != nil {
		t.Fatal(err)
	}
	mark := filepath.Join(bin, "started")
	script := "#!/bin/sh\necho started >" + mark + "\necho 'I am a dummy' >&2\nexit 3\n"
	if err := os.WriteFile(filepath.Join(bin, "ringmaster-worker"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return func() bool {
		_, err := os.Stat(mark)
		return err == nil
	}
}

// TestAWorkerThatCannotStartEndsTheRun is the wrong-use tests' counterpart too: with
// nothing wrong, the dummy worker is started.
func TestAWorkerThatCannotStartEndsTheRun(t *testing.T) {
	d := newDesk(t)
	started := withDummyWorker(t, d)
	p := d.run(t, d.ringmaster, "train", "run.yaml")
	p.exits(t, 1)
	p.complains(t, 2, "local-", "exit status 3", "I am a dummy", "logs")
	if !started() {
		t.Error("the dummy worker was not started")
	}
}

func TestWrongUseIsToldInASentenceAndStartsNothing(t *testing.T) {
	edit := func(old, new string) func(*testing.T, *desk) {
		return func(t *testing.T, d *desk) { replaceIn(t, d.at("run.yaml"), old, new) }
	}
	train := []string{"train", "run.yaml"}
	for _, c := range []struct {
		name  string
		spoil func(*testing.T, *desk)
		args  []string
		lines int // of complaint, at most
		want  []string
	}{
		{"unknown key", edit("warmup:", "warmpu:"), train, 1, []string{"run.yaml:11", "warmpu", "warmup"}},
		{"resume of what", nil, []string{"train", "run.yaml", "--resume"}, 1, []string{"--resume", "--run-dir"}},
		{"resume of nothing", nil, []string{"train", "run.yaml", "--resume", "--run-dir", "runs/none"}, 1, []string{"runs/none", "no run"}},
		{"more workers needed than taken", nil, []string{"train", "run.yaml", "--set", "cluster.min_workers=3"}, 1, []string{"cluster.min_workers"}},
		{"missing run file", nil, []string{"train", "walk.yaml"}, 1, []string{"walk.yaml"}},
		{"not YAML", edit("cluster: {workers: 2}", "cluster: {workers: 2"), train, 1, []string{"run.yaml"}},
		{"missing data file", edit("path: empathy.csv", "path: sympathy.csv"), train, 1, []string{"sympathy.csv"}},
		{"missing column", edit("text: text, label: empathy", "text: essay, label: empathy"), train, 2, []string{"empathy.csv", "essay"}},
		{"label the map lacks", edit(`"1": empathy}`, `"2": empathy}`), train, 5, []string{"empathy.csv:", `"1"`}},
		{"missing model", edit("base: ./model", "base: ./models"), train, 1, []string{"models"}},
		{"model that nobody fetched", edit("base: ./model", "base: minilm"), train, 2, []string{"minilm", "ringmaster model fetch minilm"}},
		{"model with a missing tensor", dropTensor, train, 2, []string{"model", "encoder.layer.1.output.dense.bias is missing"}},
		{"model with misshapen tensors", misshape, train, 14, []string{"encoder.layer.0.intermediate.dense.weight has shape", "64", "48"}},
		{"longer than the model", edit("max_length: 32", "max_length: 65"), train, 2, []string{"train.max_length", "65", "64"}},
		{"teacher of other classes", wrongTeacher, train, 2, []string{"teacher", "sentiment", "mixed"}},
		{"missing teacher", nil, append([]string{"--set", "tasks.emotion.teacher.path=./nobody"}, train...), 1, []string{"nobody"}},
		{"two problems at once", func(t *testing.T, d *desk) {
			edit("batch: 8", "batch: 0")(t, d)
			edit("method: kd-annealed", "method: kd-annealled")(t, d)
		}, train, 2, []string{"train.batch", "kd-annealled", "kd-annealed"}},
		{"a bad model and a bad corpus", func(t *testing.T, d *desk) {
			dropTensor(t, d)
			edit("text: text, label: empathy", "text: essay, label: empathy")(t, d)
		}, train, 3, []string{"is missing", "essay"}},
		{"a corpus of another kind", func(t *testing.T, d *desk) { writeFile(t, d.at("empathy.csv"), "PAR1\x00\x00PAR1") }, train, 1, []string{"empathy.csv is a Parquet file"}},
		{"a corpus cut short", func(t *testing.T, d *desk) { writeFile(t, d.at("empathy.csv"), gzipped(t, "text,empathy\na,0\n")[:20]) }, train, 1, []string{"empathy.csv cannot be decompressed"}},
		{"a pipe for a corpus", func(t *testing.T, d *desk) {
			if err := errors.Join(os.Remove(d.at("empathy.csv")), syscall.Mkfifo(d.at("empathy.csv"), 0o600)); err != nil {
				t.Fatal(err)
			}
		}, train, 1, []string{"empathy.csv is a pipe, but a regular file is expected"}},
		{"texts in Latin-1", func(t *testing.T, d *desk) {
			writeTalk(t, d)
			writeFile(t, d.at("talk.txt"), "caf\xe9\n\nhope\n")
		}, []string{"pretrain", "pretrain.yaml"}, 1, []string{"talk.txt:1: the text is not UTF-8; save texts as UTF-8"}},
		{"an empty cell among texts", func(t *testing.T, d *desk) {
			writeTalk(t, d)
			writeFile(t, d.at("emotion-train.jsonl"), `[{"text": "hope"}, {"text": ""}]`)
		}, []string{"pretrain", "pretrain.yaml"}, 1, []string{`emotion-train.jsonl:1: "text" is empty`}},
		{"unknown flag", nil, append(train, "--wrokers", "2"), 1, []string{"--wrokers", "--help"}},
		{"bad flag value", nil, append(train, "--workers", "two"), 1, []string{"--workers", "two"}},
		{"negative workers", nil, append(train, "--workers", "-1"), 1, []string{"workers"}},
		{"unknown key in --set", nil, append(train, "--set", "train.lrr=1"), 1, []string{"train.lrr", "train.lr"}},
		{"unknown command", nil, []string{"nonsense"}, 1, []string{"nonsense", "train"}},
		{"unknown subcommand", nil, []string{"data", "nonsense"}, 1, []string{"nonsense", "tokenize"}},
		{"no run file", nil, []string{"train"}, 1, []string{"train", "--help"}},
		{"worker without address", nil, []string{"worker"}, 1, []string{"--nats"}},
		{"coordinator's bad file", edit("batch: 8", "batch: 0"), []string{"coordinator", "run.yaml"}, 1, []string{"train.batch"}},
		{"run directory in use", func(t *testing.T, d *desk) { writeFile(t, d.at("taken", "events.jsonl"), "") },
			append(train, "--run-dir", "taken"), 1, []string{"taken"}},
		{"run directory of something else", func(t *testing.T, d *desk) { writeFile(t, d.at("taken", "thesis.txt"), "") },
			append(train, "--run-dir", "taken"), 1, []string{"taken"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			started := withDummyWorker(t, d)
			if c.spoil != nil {
				c.spoil(t, d)
			}
			began := time.Now()
			p := d.run(t, d.ringmaster, c.args...)
			if took := time.Since(began); took > 10*time.Second {
				t.Errorf("it took %s to say so", took)
			}
			p.exits(t, 2)
			p.complains(t, c.lines, c.want...)
			if started() {
				t.Error("a worker was started")
			}
			if _, err := os.Stat(d.at("runs")); err == nil {
				t.Error("a folder for runs was made")
			}
		})
	}
}

// dropTensor renames a tensor in the model's file, so that the one wanted is missing.
func dropTensor(t *testing.T, d *desk) {
	t.Helper()
	replaceIn(t, d.at("model", "model.safetensors"), `"bert.encoder.layer.1.output.dense.bias"`, `"bert.encoder.layer.1.output.dense.bios"`)
}

// misshape has the configuration ask for other shapes than the file has.
func misshape(t *testing.T, d *desk) {
	t.Helper()
	replaceIn(t, d.at("model", "config.json"), `"intermediate_size": 64`, `"intermediate_size": 48`)
}

// wrongTeacher gives sentiment a teacher of three classes.
func wrongTeacher(t *testing.T, d *desk) {
	t.Helper()
	writeBert(t, d.at("teacher"), []weights.Head{tinybert.Head("sentiment", true, width, "negative", "mixed", "positive")}...)
	replaceIn(t, d.at("run.yaml"), "name: sentiment\n", "name: sentiment\n    teacher: {path: ./teacher}\n")
}

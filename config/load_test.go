package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// head is a run with one task and nothing else said.
const head = `model: {base: minilm}
tasks:
  - name: empathy
    target: true
    data: {path: a.csv, format: csv, text: essay, label: y, labels: {"0": none, "1": empathy}}
`

func load(t *testing.T, text string, options LoadOptions) *Run {
	t.Helper()
	run, err := Load(write(t, filepath.Join(folder(t), "run.yaml"), text), options)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

func TestDefaults(t *testing.T) {
	run := load(t, head, LoadOptions{})
	header := true
	want := Run{
		Model:  Model{Base: "minilm"},
		Method: Single,
		Tasks: []Task{{Name: "empathy", Target: true, Data: Data{
			Path: Files{"a.csv"}, Format: CSV, Delimiter: ",", Header: &header, ExtraFields: "error",
			Text: "essay", Label: "y", Labels: Labels{{"0", "none"}, {"1", "empathy"}}, SeveralLabels: "error",
			Split: Split{Train: 0.8, Valid: 0.1, Test: 0.1, Seed: 13},
			Clean: Clean{Dedup: true, URLs: true, Users: true}, MaxBad: 0.01,
		}}},
		Train: Train{Epochs: 3, Batch: 32, LR: 2e-5, Warmup: 0.1, WeightDecay: 0.01, ClipNorm: 1,
			MaxLength: 128, Seed: 1, SamplingExponent: 0.75, NotFinite: StopNotFinite, MaxSkipped: 0.1, MaxSkippedInARow: 10, Keep: KeepBest, Precision: Float32},
		Checkpoint: Checkpoint{Every: 500, Keep: 2, Best: true},
		Cluster:    Cluster{MinWorkers: 1, NATS: "embedded", GradientDtype: "float32", Topology: Mesh, TLS: TLSAuto, HTTP: "127.0.0.1:0", Pin: true},
		Device:     "auto",
		BaseDir:    run.BaseDir,
	}
	if diff := cmp.Diff(want, *run); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if !filepath.IsAbs(run.BaseDir) {
		t.Errorf("BaseDir %q is not absolute", run.BaseDir)
	}
	two := load(t, head+"  - name: b\n    data: {path: b.csv, format: tsv, text: t, label: y, labels: {a: a, b: b}}\n", LoadOptions{})
	if two.Method != DistillAnn || two.Tasks[1].Data.Delimiter != "\t" {
		t.Errorf("two tasks: method %s, tsv's delimiter %q", two.Method, two.Tasks[1].Data.Delimiter)
	}
}

// Each layer wins over all before it.
func TestLayers(t *testing.T) {
	options := LoadOptions{}
	check := func(layer string, text string, want float64) {
		t.Helper()
		if got := load(t, text, options).Train.LR; got != want {
			t.Errorf("%s: lr %v, want %v", layer, got, want)
		}
	}
	check("default", head, 2e-5)
	file := head + "train: {lr: 1}\n"
	check("file", file, 1)
	t.Setenv("RINGMASTER_TRAIN_LR", "2e-0")
	check("environment", file, 2)
	check("environment without file", head, 2)
	options.Set = []string{"train.lr=9", "train.lr=3"}
	check("set", file, 3)
	options.Flags = map[string]string{"train.lr": "4"}
	check("flag", file, 4)
}

func TestLayersKeepTypes(t *testing.T) {
	t.Setenv("RINGMASTER_TRAIN_SEED", "18446744073709551615")
	t.Setenv("RINGMASTER_TRAIN_STEPS", "0x10")
	t.Setenv("RINGMASTER_MODEL_DROPOUT", "0")
	t.Setenv("RINGMASTER_DEVICE", "cpu")
	t.Setenv("RINGMASTER_METHOD", "")
	run := load(t, head+"train: {epochs: 2}\n", LoadOptions{
		Set: []string{"train.warmup=0", "model.base=A=b", "cluster.workers=3", `cluster.nats="embedded"`},
	})
	if run.Train.Seed != 1<<64-1 || run.Train.Steps != 16 || run.Device != "cpu" || run.Method != Single {
		t.Errorf("environment: %+v %+v %s %q", run.Train, run.Model, run.Device, run.Method)
	}
	if run.Model.Dropout == nil || *run.Model.Dropout != 0 {
		t.Errorf("dropout 0 must not be taken for unset: %v", run.Model.Dropout)
	}
	if run.Train.Warmup != 0 || run.Model.Base != "A=b" || run.Cluster.Workers != 3 || run.Cluster.NATS != "embedded" {
		t.Errorf("set: %+v %+v %+v", run.Train, run.Model, run.Cluster)
	}
	if run.Train.Epochs != 2 || run.Train.Batch != 32 {
		t.Errorf("keys beside: %+v", run.Train)
	}
}

// Labels keep their case, their dots and their order; Set reaches them too.
func TestLabelsAsWritten(t *testing.T) {
	text := strings.Replace(head, `{"0": none, "1": empathy}`, `{"1.0": x, Joy: joy, joy: Freude, 1: "1", yes: no, Null: , "": joy}`, 1)
	run := load(t, text, LoadOptions{Set: []string{"tasks.empathy.data.labels.A.b=C.d", "tasks.empathy.data.labels.Joy=z"}})
	want := Labels{{"1.0", "x"}, {"Joy", "z"}, {"joy", "Freude"}, {"1", "1"}, {"yes", "no"}, {"Null", ""}, {"", "joy"}, {"A.b", "C.d"}}
	if diff := cmp.Diff(want, run.Tasks[0].Data.Labels); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]string{"x", "z", "Freude", "1", "no", "joy", "C.d"}, run.Tasks[0].Data.Labels.Classes()); diff != "" {
		t.Errorf("classes (-want +got)\n%s", diff)
	}
}

func TestSetInTask(t *testing.T) {
	run := load(t, head, LoadOptions{Set: []string{
		"tasks.empathy.data.limit=500", "tasks.empathy.data.path=[a.csv, b.csv]", "tasks.empathy.teacher.lr=1e-4",
		"tasks.empathy.data.split.seed=7", "tasks.empathy.data.delimiter=|", "tasks.empathy.data.clean.replace.a.b=c=d",
	}})
	d := run.Tasks[0].Data
	if d.Limit != 500 || len(d.Path) != 2 || run.Tasks[0].Teacher.LR != 1e-4 || d.Delimiter != "|" {
		t.Errorf("%+v %+v", d, run.Tasks[0].Teacher)
	}
	if want := (Split{Train: 0.8, Valid: 0.1, Test: 0.1, Seed: 7}); d.Split != want {
		t.Errorf("split %+v", d.Split)
	}
	if diff := cmp.Diff(Labels{{"a.b", "c=d"}}, d.Clean.Replace); diff != "" {
		t.Error(diff)
	}
}

func TestSplitSharesAreGivenTogether(t *testing.T) {
	run := load(t, head, LoadOptions{Set: []string{"tasks.empathy.data.split.train=0.9", "tasks.empathy.data.split.test=0.1"}})
	if want := (Split{Train: 0.9, Test: 0.1, Seed: 13}); run.Tasks[0].Data.Split != want {
		t.Errorf("split %+v", run.Tasks[0].Data.Split)
	}
}

func TestAliases(t *testing.T) {
	run := load(t, `model: {base: minilm}
tasks:
  - name: a
    target: true
    data: &data {path: a.csv, format: csv, text: essay, label: y, labels: &l {"0": none, "1": empathy}, split: {seed: 5}}
  - name: b
    data: *data
  - name: c
    data: {path: b.csv, <<: *data, labels: {<<: *l, "2": other, "1": one}}
`, LoadOptions{Set: []string{"tasks.b.data.limit=3"}})
	a, b, c := run.Tasks[0].Data, run.Tasks[1].Data, run.Tasks[2].Data
	if a.Limit != 0 || b.Limit != 3 {
		t.Errorf("limit of a is %d, of b %d: --set must reach b alone", a.Limit, b.Limit)
	}
	b.Limit = 0
	if diff := cmp.Diff(a, b); diff != "" {
		t.Errorf("b shares a's data (-a +b)\n%s", diff)
	}
	if c.Path[0] != "b.csv" || c.Split.Seed != 5 || c.Text != "essay" {
		t.Errorf("c %+v", c)
	}
	if diff := cmp.Diff(Labels{{"0", "none"}, {"2", "other"}, {"1", "one"}}, c.Labels); diff != "" {
		t.Errorf("merged labels (-want +got)\n%s", diff)
	}
}

func TestAliasBomb(t *testing.T) {
	var text strings.Builder
	text.WriteString("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := '1'; i <= '8'; i++ {
		text.WriteString("a" + string(i) + ": &a" + string(i) + " [" + strings.Repeat("*a"+string(i-1)+", ", 10) + "]\n")
	}
	_, err := Load(write(t, filepath.Join(t.TempDir(), "run.yaml"), text.String()), LoadOptions{})
	if !errors.Is(err, ErrSyntax) || !strings.Contains(err.Error(), "expand to more than") {
		t.Errorf("got %v", err)
	}
}

func TestKinds(t *testing.T) {
	dir := folder(t)
	text := strings.Replace(head, "a.csv", "gone.csv", 1) + "train: {lr: x, lr: 1, batch: 0, rl: 1}\n"
	_, err := Load(write(t, filepath.Join(dir, "run.yaml"), text), LoadOptions{})
	for _, kind := range []error{ErrInvalid, ErrUnknownKey, ErrDuplicateKey, ErrType, ErrValue, ErrMissingFile} {
		if !errors.Is(err, kind) {
			t.Errorf("%v is not told by errors.Is", kind)
		}
	}
	if errors.Is(err, ErrSyntax) {
		t.Error("ErrSyntax is told of a readable file")
	}
	var problems *Problems
	if !errors.As(err, &problems) || len(problems.List) != 5 {
		t.Fatalf("want 5 problems, got %v", err)
	}
	for _, path := range []string{filepath.Join(dir, "none.yaml"), dir} {
		if _, err := Load(path, LoadOptions{}); !errors.Is(err, ErrMissingFile) || !errors.As(err, &problems) {
			t.Errorf("%s: got %v", path, err)
		}
	}
}

func TestValidateWithoutFile(t *testing.T) {
	run := load(t, head, LoadOptions{})
	if err := run.Validate(); err != nil {
		t.Error(err)
	}
	run.Train.LR = -1
	if err := run.Validate(); !errors.Is(err, ErrValue) || err.Error() != "train.lr: -1 is not above 0" {
		t.Errorf("got %v", err)
	}
}

func TestStudentTasks(t *testing.T) {
	run := Run{Method: Single, Tasks: []Task{{Name: "a"}, {Name: "b", Target: true}}}
	if got := run.StudentTasks(); len(got) != 1 || got[0].Name != "b" {
		t.Errorf("single: %v", got)
	}
	run.Method = MultiTask
	if got := run.StudentTasks(); len(got) != 2 {
		t.Errorf("mt: %v", got)
	}
}

// FuzzLoad: whatever stands in a file, Load returns a run or *Problems.
func FuzzLoad(f *testing.F) {
	scripts, err := filepath.Glob("testdata/*")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range scripts {
		script, err := os.ReadFile(path)
		if err != nil {
			continue // a folder of the fuzzer's own
		}
		for part := range strings.SplitSeq(string(script), "\n----\n") {
			f.Add(part, "tasks.empathy.data.labels.x=y")
		}
	}
	f.Add(head, "train.lr=&a [*a]")
	path := filepath.Join(f.TempDir(), "run.yaml")
	f.Fuzz(func(t *testing.T, text, set string) {
		run, err := Load(write(t, path, text), LoadOptions{Set: []string{set}})
		var problems *Problems
		if (run == nil) == (err == nil) || err != nil && !errors.As(err, &problems) {
			t.Errorf("run %v, error %v", run, err)
		}
		if err != nil && strings.Contains(err.Error(), "cannot be read: ") && !errors.Is(err, ErrMissingFile) {
			t.Errorf("a checked file must decode: %v", err)
		}
	})
}

// A baseline learns from its word vectors up, and what is said counts all the same.
func TestDefaultsOfABaseline(t *testing.T) {
	baseline := strings.Replace(head, "{base: minilm}", "{arch: bilstm}", 1)
	run := load(t, baseline, LoadOptions{})
	if m := run.Model; m.Arch != BiLSTM || m.Vectors != TrainVectors || m.Base != "" || !m.TrainsVectors() {
		t.Errorf("%+v", m)
	}
	if run.Train.Epochs != 10 || run.Train.LR != 1e-3 || run.Train.Batch != 32 {
		t.Errorf("%+v", run.Train)
	}
	t.Setenv("RINGMASTER_TRAIN_EPOCHS", "3")
	run = load(t, baseline, LoadOptions{Set: []string{"train.lr=2e-05", "model.vectors=names.txt"}})
	if run.Train.Epochs != 3 || run.Train.LR != 2e-5 || run.Model.TrainsVectors() {
		t.Errorf("%+v, %+v", run.Train, run.Model)
	}
	if got, want := run.Absolute().Model.Vectors, filepath.Join(run.BaseDir, "names.txt"); got != want {
		t.Errorf("vectors from %q, want %q", got, want)
	}
}

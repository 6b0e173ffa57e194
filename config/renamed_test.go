package config

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The table is one of keys that exist, by names that do not, within one section.
func TestRenamedKeysAreKeys(t *testing.T) {
	for old, now := range renamed {
		if slices.Contains(allKeys(), old) {
			t.Errorf("%s is a key again: it cannot also stand for %s", old, now)
		}
		if !slices.Contains(allKeys(), now) {
			t.Errorf("%s stands for %s, which is no key", old, now)
		}
		if parentOf(old) != parentOf(now) {
			t.Errorf("%s and %s are of two sections", old, now)
		}
	}
}

func TestFormerNamesAreRead(t *testing.T) {
	t.Setenv("RINGMASTER_CLUSTER_GRADIENT_DTYPE", "") // an empty variable sets nothing
	for name, c := range map[string]struct {
		file string
		env  map[string]string
		options
		exponent float64
		dtype    string
		notices  []string
	}{
		"present names": {file: "train: {sampling_exponent: 0.5}\ncluster: {gradient_dtype: bfloat16}", exponent: 0.5, dtype: "bfloat16"},
		"file": {file: "train: {mix: 0.5}\ncluster: {wire: bfloat16}", exponent: 0.5, dtype: "bfloat16", notices: []string{
			"run.yaml:6: train.mix is now called train.sampling_exponent; the old name still works",
			"run.yaml:7: cluster.wire is now called cluster.gradient_dtype; the old name still works",
		}},
		"anchor": {file: "train: &t {mix: 0.5}\npretrain: {}\n", exponent: 0.5, dtype: "float32",
			notices: []string{"run.yaml:6: train.mix is now called train.sampling_exponent; the old name still works"}},
		"environment": {env: map[string]string{"RINGMASTER_TRAIN_MIX": "0.5", "RINGMASTER_CLUSTER_WIRE": "bfloat16"}, exponent: 0.5, dtype: "bfloat16", notices: []string{
			"environment: RINGMASTER_CLUSTER_WIRE is now called RINGMASTER_CLUSTER_GRADIENT_DTYPE; the old name still works",
			"environment: RINGMASTER_TRAIN_MIX is now called RINGMASTER_TRAIN_SAMPLING_EXPONENT; the old name still works",
		}},
		"--set": {options: options{set: []string{"train.mix=0.5"}}, exponent: 0.5, dtype: "float32",
			notices: []string{"--set: train.mix is now called train.sampling_exponent; the old name still works"}},
		"flag": {options: options{flags: map[string]string{"cluster.wire": "bfloat16"}}, exponent: 0.75, dtype: "bfloat16",
			notices: []string{"command line: cluster.wire is now called cluster.gradient_dtype; the old name still works"}},
		"both, alike": {file: "train: {mix: 0.50, sampling_exponent: 0.5}", exponent: 0.5, dtype: "float32",
			notices: []string{"run.yaml:6: train.mix is now called train.sampling_exponent; the old name still works"}},
		// A stronger layer wins, by whichever name.
		"--set over the file":         {file: "train: {mix: 0.5}", options: options{set: []string{"train.sampling_exponent=1"}}, exponent: 1, dtype: "float32", notices: []string{"run.yaml:6: train.mix is now called train.sampling_exponent; the old name still works"}},
		"--set of old over the file":  {file: "train: {sampling_exponent: 0.5}", options: options{set: []string{"train.mix=1"}}, exponent: 1, dtype: "float32", notices: []string{"--set: train.mix is now called train.sampling_exponent; the old name still works"}},
		"environment over the file":   {file: "train: {sampling_exponent: 0.5}", env: map[string]string{"RINGMASTER_TRAIN_MIX": "1"}, exponent: 1, dtype: "float32", notices: []string{"environment: RINGMASTER_TRAIN_MIX is now called RINGMASTER_TRAIN_SAMPLING_EXPONENT; the old name still works"}},
		"flag over --set":             {options: options{set: []string{"cluster.wire=float32"}, flags: map[string]string{"cluster.gradient_dtype": "bfloat16"}}, exponent: 0.75, dtype: "bfloat16", notices: []string{"--set: cluster.wire is now called cluster.gradient_dtype; the old name still works"}},
		"the last --set, by one name": {options: options{set: []string{"train.mix=0.5", "train.mix=1"}}, exponent: 1, dtype: "float32", notices: []string{"--set: train.mix is now called train.sampling_exponent; the old name still works"}},
	} {
		t.Run(name, func(t *testing.T) {
			for key, value := range c.env {
				t.Setenv(key, value)
			}
			dir := folder(t)
			path := write(t, filepath.Join(dir, "run.yaml"), head+c.file)
			var notices []string
			run, err := Load(path, LoadOptions{Set: c.set, Flags: c.flags, Notice: func(text string) {
				notices = append(notices, strings.ReplaceAll(text, dir+string(filepath.Separator), ""))
			}})
			if err != nil {
				t.Fatal(err)
			}
			if run.Train.SamplingExponent != c.exponent || run.Cluster.GradientDtype != c.dtype {
				t.Errorf("got %v and %s", run.Train.SamplingExponent, run.Cluster.GradientDtype)
			}
			if !slices.Equal(notices, c.notices) {
				t.Errorf("notices %q, want %q", notices, c.notices)
			}
		})
	}
}

type options struct {
	set   []string
	flags map[string]string
}

// The file that an earlier version left in a run directory is read without a notice: nobody
// is to change it.
func TestResolvedFileOfAnEarlierVersionIsRead(t *testing.T) {
	path := write(t, filepath.Join(folder(t), "config.yaml"), head+"train: {mix: 0.5}\ncluster: {wire: bfloat16}\n")
	run, err := LoadResolved(path)
	if err != nil {
		t.Fatal(err)
	}
	if run.Train.SamplingExponent != 0.5 || run.Cluster.GradientDtype != "bfloat16" {
		t.Errorf("got %v and %s", run.Train.SamplingExponent, run.Cluster.GradientDtype)
	}
}

// The mechanism is for keys of tasks too, and for whole sections.
func TestAnyKeyMayBeRenamed(t *testing.T) {
	was := renamed
	defer func() { renamed = was }()
	renamed = map[string]string{
		"tasks.NAME.data.text_field": "tasks.NAME.data.text",
		"tasks.NAME.source":          "tasks.NAME.data",
		"checkpoints":                "checkpoint",
		"accelerator":                "device",
	}
	for key, want := range map[string]string{
		"tasks.empathy.source.text_field": "tasks.empathy.data.text",
		"tasks[1].data.text_field":        "tasks[1].data.text",
		"checkpoints.keep":                "checkpoint.keep",
		"accelerator":                     "device",
		"train.lr":                        "train.lr",
		"tasks.empathy":                   "tasks.empathy",
		"tasks":                           "tasks",
	} {
		if got := CurrentKey(key); got != want {
			t.Errorf("%s is %s now, want %s", key, got, want)
		}
	}
	t.Setenv("RINGMASTER_ACCELERATOR", "cpu")
	old := strings.NewReplacer("data:", "source:", "text:", "text_field:").Replace(head)
	run := load(t, old+"checkpoints: {keep: 7}\n", LoadOptions{Set: []string{"tasks.empathy.source.text_field=body"}})
	if d := run.Tasks[0].Data; d.Text != "body" || run.Checkpoint.Keep != 7 || run.Device != "cpu" {
		t.Errorf("got text %q, keep %d, device %s", d.Text, run.Checkpoint.Keep, run.Device)
	}
}

// Runs that are kept for tables are known by a hash of this text: a change of it has all of
// them computed anew..
func TestTrainKeepsItsJSON(t *testing.T) {
	train := Defaults().Train
	train.Steps, train.MicroBatch = 5, 2
	got, err := json.Marshal(train)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"epochs":3,"steps":5,"batch":32,"micro_batch":2,"lr":0.00002,"warmup":0.1,"weight_decay":0.01,"clip_norm":1,"max_length":128,"seed":1,"mix":0.75,"not_finite":"stop","max_skipped":0.1,"max_skipped_in_a_row":10,"keep":"best","precision":"float32"}`
	if string(got) != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

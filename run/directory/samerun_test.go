package directory_test

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"

	"ringmaster/config"
	"ringmaster/run/directory"
)

// resolved is a run's configuration as it is written, changed.
func resolved(t *testing.T, change func(r *config.Run)) []byte {
	t.Helper()
	r := config.Defaults()
	task := func(name string) config.Task {
		return config.Task{Name: name, Data: config.Data{Path: config.Files{"/data/" + name + ".csv"}, Labels: config.Labels{{From: "0", To: "none"}, {From: "1", To: "some"}}}}
	}
	r.Tasks = []config.Task{task("empathy"), task("emotion")}
	r.Tasks[0].Target = true
	r.Model.Base = "minilm"
	change(&r)
	var text bytes.Buffer
	if err := r.Write(&text); err != nil {
		t.Fatal(err)
	}
	return text.Bytes()
}

func TestOnlyTheSameRunIsResumed(t *testing.T) {
	d := create(t, t.TempDir())
	defer closeDir(t, d)
	if err := d.CheckSameRun(nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("without a configuration: %v", err)
	}
	write(t, d.Config(), string(resolved(t, func(*config.Run) {})))
	for name, c := range map[string]struct {
		change func(r *config.Run)
		want   string // what the error says; empty when it is the same run
	}{
		"nothing":    {func(*config.Run) {}, ""},
		"cluster":    {func(r *config.Run) { r.Cluster.Workers, r.Cluster.GradientDtype = 7, "bfloat16" }, ""},
		"new key":    {func(r *config.Run) { r.Cluster.MaxWorkers = 9 }, ""},
		"checkpoint": {func(r *config.Run) { r.Checkpoint.Every, r.Checkpoint.Best = 3, true }, ""},
		"device":     {func(r *config.Run) { r.Device = "cuda:0,cuda:1" }, ""},

		"length": {func(r *config.Run) { r.Train.Epochs, r.Train.Steps = 7, 70 }, ""},

		"learning rate": {func(r *config.Run) { r.Train.LR = 3e-5 }, "train.lr is 3e-05, but was 2e-05:"},
		"two keys":      {func(r *config.Run) { r.Train.Seed, r.Train.Batch = 9, 8 }, "train.batch is 8, but was 32; train.seed is 9, but was 1:"},
		"a task's key":  {func(r *config.Run) { r.Tasks[1].Data.Path[0] = "/data/other.csv" }, "tasks.emotion.data.path.0 is /data/other.csv, but was /data/emotion.csv:"},
		"a task less":   {func(r *config.Run) { r.Tasks = r.Tasks[:1] }, "tasks.emotion.name is not set, but was emotion;"},
		"a limit":       {func(r *config.Run) { r.Tasks[0].Data.Limit = 5 }, "tasks.empathy.data.limit is 5, but was not set:"},
		"a group":       {func(r *config.Run) { r.Tasks[0].Data.Split.Group = "article" }, "tasks.empathy.data.split.group is article, but was not set:"},
		"contained":     {func(r *config.Run) { r.Tasks[0].Data.Split.Contained = true }, "tasks.empathy.data.split.contained is true, but was not set:"},
		"tasks' order":  {func(r *config.Run) { r.Tasks[0], r.Tasks[1] = r.Tasks[1], r.Tasks[0] }, "the order has changed: tasks.emotion.name is in the place of tasks.empathy.name:"},
		"labels' order": {func(r *config.Run) {
			l := r.Tasks[0].Data.Labels
			l[0], l[1] = l[1], l[0]
		}, "the order has changed: tasks.empathy.data.labels.1 is in the place of tasks.empathy.data.labels.0:"},
	} {
		t.Run(name, func(t *testing.T) {
			err := d.CheckSameRun(resolved(t, c.change))
			if c.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if !errors.Is(err, directory.ErrOtherRun) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
	earlier := strings.NewReplacer("sampling_exponent:", "mix:", "gradient_dtype:", "wire:").Replace(string(resolved(t, func(*config.Run) {})))
	write(t, d.Config(), earlier)
	if err := d.CheckSameRun(resolved(t, func(*config.Run) {})); err != nil {
		t.Errorf("a run of an earlier version, whose keys had other names: %v", err)
	}
	err := d.CheckSameRun(resolved(t, func(r *config.Run) { r.Train.SamplingExponent = 1 }))
	if want := "train.sampling_exponent is 1, but was 0.75"; !errors.Is(err, directory.ErrOtherRun) || !strings.Contains(err.Error(), want) {
		t.Errorf("a run of an earlier version: %v, want %q", err, want)
	}
	if err := d.CheckSameRun([]byte("- a list")); err == nil || errors.Is(err, directory.ErrOtherRun) {
		t.Errorf("what is no configuration: %v", err)
	}
	write(t, d.Config(), "model: [")
	if err := d.CheckSameRun(resolved(t, func(*config.Run) {})); !errors.Is(err, directory.ErrDamaged) {
		t.Errorf("a damaged configuration: %v", err)
	}
}

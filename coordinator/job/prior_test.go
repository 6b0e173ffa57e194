package job

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"ringmaster/config"
	"ringmaster/data"
	"ringmaster/data/datatest"
	"ringmaster/data/tokens"
	"ringmaster/run/plan"
)

// A head that is to begin with frequencies begins with those of the rows as they are dealt and weighted; without that nothing
// of a job changes, and with it teachers and tables know.
func TestBiasOfNewHeads(t *testing.T) {
	rows := []data.Example{{Class: 0, Set: []int32{0}}, {Class: 0, Set: []int32{0, 1}}, {Class: 0, Set: []int32{0}}, {Class: 1, Set: []int32{2}}}
	odds := func(p float64) float64 { return math.Log(p / (1 - p)) }
	for name, c := range map[string]struct {
		task config.Task
		want []float64
	}{
		"off":              {config.Task{}, nil},
		"zero":             {config.Task{HeadBias: config.HeadBiasZero}, nil},
		"a value":          {config.Task{Kind: config.KindValue}, nil},
		"classes":          {config.Task{HeadBias: config.HeadBiasPrior}, []float64{math.Log(0.75), math.Log(0.25), math.Log(0.125)}},
		"balanced weights": {config.Task{HeadBias: config.HeadBiasPrior, ClassWeights: config.ClassWeights{{To: config.Balanced}}}, []float64{math.Log(0.5), math.Log(0.5), math.Log(0.125)}},
		"balanced rows":    {config.Task{HeadBias: config.HeadBiasPrior, Sampling: config.SamplingBalanced}, []float64{math.Log(0.5), math.Log(0.5), math.Log(0.125)}},
		"labels":           {config.Task{HeadBias: config.HeadBiasPrior, Kind: config.KindLabels}, []float64{odds(0.75), odds(0.25), odds(0.25)}},
		// the rarest labels are 0, 1, 0 and 2: the second row and the fourth are each a third
		"labels, balanced rows": {config.Task{HeadBias: config.HeadBiasPrior, Kind: config.KindLabels, Sampling: config.SamplingBalanced}, []float64{odds(2. / 3), odds(1. / 3), odds(1. / 3)}},
	} {
		c.task.Data.Labels = config.Labels{{From: "a", To: "a"}, {From: "b", To: "b"}, {From: "c", To: "c"}}
		c.task.Data.Label = "label"
		task := &Task{Task: c.task, Corpus: &data.Corpus{Classes: []string{"a", "b", "c"}, Train: datatest.Part(t, rows...)}}
		task.Corpus.Report.Train = data.PartSize{Rows: 4, Classes: []int{3, 1, 0}}
		if c.task.Kind.Is(config.KindLabels) {
			task.Corpus.Report.Train.Classes = []int{3, 1, 1}
		}
		task.setSettings(0)
		if diff := cmp.Diff(c.want, task.Settings.Bias, cmpopts.EquateApprox(0, 1e-12)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		run := config.Defaults()
		j := &Job{Run: &run, Tokenizer: &tokens.Tokenizer{}, Tasks: []*Task{task}}
		teacher, cell := keysOf(t, j)
		task.Settings.Bias = nil
		plainTeacher, plainCell := keysOf(t, j)
		if (teacher != plainTeacher) != (c.want != nil) || (cell != plainCell) != (c.want != nil) {
			t.Errorf("%s: the keys of teacher and cell do not follow the head's beginning", name)
		}
	}
}

func keysOf(t *testing.T, j *Job) (teacher, cell string) {
	t.Helper()
	teacher, err := j.TeacherKey(j.Tasks[0], plan.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	cell, err = j.Identity()
	if err != nil {
		t.Fatal(err)
	}
	return teacher, cell
}

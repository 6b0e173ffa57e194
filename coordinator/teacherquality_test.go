package coordinator

import (
	"errors"
	"math"
	"testing"

	"ringmaster/config"
	"ringmaster/coordinator/job"
	"ringmaster/data"
	"ringmaster/kinds"
)

func TestTeacherQuality(t *testing.T) {
	logit := func(p float64) float32 { return float32(math.Log(p / (1 - p))) } // of the second of two classes
	for _, c := range []struct {
		name   string
		second []float64 // the teacher's probability of the second class
		class  []int
		want   string
		learnt bool
	}{
		{"one that knows the commonest class", []float64{0.1, 0.9, 0.8, 0.4}, []int{0, 1, 1, 1}, "accuracy 75.0% on its 4 training rows (most frequent class: 75.0%), mean confidence 80%", false},
		{"one that is right", []float64{0.1, 0.9, 0.2, 0.8}, []int{0, 1, 0, 1}, "accuracy 100.0% on its 4 training rows (most frequent class: 50.0%), mean confidence 85%", true},
		{"one that guesses", []float64{0.5, 0.5, 0.5, 0.5}, []int{0, 1, 0, 1}, "accuracy 50.0% on its 4 training rows (most frequent class: 50.0%), mean confidence 50%", false},
	} {
		task := &job.Task{Task: config.Task{Name: "t"}, Corpus: &data.Corpus{Classes: []string{"none", "some"}}}
		var rows []job.Row
		for i, class := range c.class {
			rows = append(rows, job.Row{Number: i, Gold: kinds.Gold{Class: class}})
		}
		task.Train = job.RowsOf(rows)
		got, err := qualityOf(task, func(r job.Row) ([]float32, error) { return []float32{0, logit(c.second[r.Number])}, nil })
		if err != nil {
			t.Fatal(err)
		}
		if got.String() != c.want || got.useful() != c.learnt {
			t.Errorf("%s: %s, learnt %v; want %s, %v", c.name, got, got.useful(), c.want, c.learnt)
		}
	}
	missing := errors.New("no logits")
	task := &job.Task{Corpus: &data.Corpus{Classes: []string{"a", "b"}}, Train: job.RowsOf([]job.Row{{}})}
	if _, err := qualityOf(task, func(job.Row) ([]float32, error) { return nil, missing }); !errors.Is(err, missing) {
		t.Errorf("without logits: %v", err)
	}
}

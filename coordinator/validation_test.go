package coordinator

import (
	"errors"
	"math"
	"strings"
	"testing"

	"ringmaster/config"
	"ringmaster/coordinator/job"
	"ringmaster/data"
	"ringmaster/run/directory"
)

// validated is a validation of ten rows, eight of the class none and two of empathy, of which
// the model calls the given ones empathy.
func validated(t *testing.T, empathy ...int) *validation {
	t.Helper()
	task := &job.Task{Corpus: &data.Corpus{Classes: []string{"none", "empathy"}, Report: data.Report{Positive: &data.Positive{Class: "empathy"}}}}
	v := &validation{task: task, got: map[int][][]float32{}, batches: [][]int{{9, 8, 7, 6}, {5, 4, 3, 2, 1, 0}}}
	said := map[int]bool{}
	for _, row := range empathy {
		said[row] = true
	}
	var rows []job.Row
	for row := range 10 {
		r := job.Row{Number: row}
		if row >= 8 {
			r.Class = 1
		}
		rows = append(rows, r)
	}
	task.Valid = job.RowsOf(rows)
	for n, positions := range v.batches {
		for _, p := range positions {
			logits := []float32{1, 0}
			if said[p] {
				logits = []float32{0, 1}
			}
			v.got[n] = append(v.got[n], logits)
		}
	}
	return v
}

// A checkpoint's score is the positive class's F1. Accuracy would prefer a model that never
// finds the class.
func TestCheckpointsAreScoredByF1(t *testing.T) {
	never, finds := validated(t).score(), validated(t, 0, 1, 2, 8, 9).score()
	if never == nil || finds == nil || *never != 0 || math.Abs(*finds-4.0/7) > 1e-12 {
		t.Fatalf("scores %v and %v, want 0 and 4/7", never, finds)
	}
	if *finds <= *never {
		t.Error("the model that never finds the class, right on 80%, is the better one")
	}
}

// Of an answer that is no number there is no score.
func TestLogitsThatAreNoNumbersAreNoScore(t *testing.T) {
	v := validated(t, 8)
	v.got[1][2] = nil
	if score := v.score(); score != nil {
		t.Errorf("the score is %v", *score)
	}
	e := &evaluation{partOf: make([]int, 5), parts: []scoredPart{{EvalPart: job.EvalPart{Task: &job.Task{Task: config.Task{Name: "empathy"}}, Rows: job.RowsOf([]job.Row{4: {Number: 17}})}}}}
	s := &inferStage{title: "evaluate", batches: [][]int{{3, 4}}, inference: e}
	err := s.commit(0, [][]float32{{1, 0}, nil}, []int{1})
	if !errors.Is(err, ErrAnswers) || !strings.Contains(err.Error(), "row 17 of task empathy") || !strings.Contains(err.Error(), "train.lr") {
		t.Errorf("got %v", err)
	}
}

// The best checkpoint is the one with the highest score, of equals the earliest.
func TestBestCheckpoint(t *testing.T) {
	dir, err := directory.Create(t.TempDir() + "/run")
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	if best, err := bestCheckpoint(dir); best != nil || err != nil {
		t.Fatalf("%v (%v), where there is none", best, err)
	}
	for step, score := range map[int]float64{10: 0.2, 20: 0.7, 30: 0.7, 40: 0.1} {
		p := directory.Progress{Stage: "student", Steps: step, Total: 50, Complete: true, Score: &score}
		if _, err := directory.OpenCheckpoints(dir.Checkpoints()).Save(p, directory.Keep{Last: 9}, func(*directory.CheckpointWriter) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	best, err := bestCheckpoint(dir)
	if err != nil || best == nil || best.Step != 20 || best.score != 0.7 {
		t.Errorf("the best is %+v (%v), want step 20", best, err)
	}
}

package e2e

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"ringmaster/run/directory"
)

// Going on from a finished student keeps its heads: after a step at a rate of next to nothing it
// answers every row as before. The classes may have other numbers.
func TestGoingOnFromAFinishedStudentKeepsItsHeads(t *testing.T) {
	d := newDesk(t)
	before := d.train(t, "before", "--set", "method=mt", "--set", "train.epochs=4")
	again := []string{"--set", "method=mt", "--set", "model.base=./runs/before/model", "--set", "train.steps=1", "--set", "train.lr=1e-12"}
	after := d.train(t, "after", again...)
	sameAnswers(t, before, after)
	for _, task := range taskNames {
		if want := "the head of task " + task + " continues from"; !strings.Contains(after.said, want) {
			t.Errorf("nothing is said of %q:\n%s", want, after.said)
		}
	}
	if log := readFile(t, d.at("runs", "after", "coordinator.log")); !strings.Contains(log, "the head of task emotion continues from") {
		t.Error("the log does not say which heads go on")
	}

	replaceIn(t, d.at("run.yaml"), `labels: {joy: joy, fear: fear, anger: anger}`, `labels: {anger: anger, joy: joy, fear: fear}`)
	sameAnswers(t, before, d.train(t, "numbered-otherwise", again...))

	// Another class: the head is begun anew, and that is said; the others go on.
	replaceIn(t, d.at("run.yaml"), `labels: {bad: negative, good: positive}`, `labels: {bad: negative, good: nice}`)
	other := d.train(t, "other", again...)
	if want := "the head of task sentiment is newly initialised"; !strings.Contains(other.said, want) || !strings.Contains(other.said, "negative, positive") {
		t.Errorf("nothing is said of %q:\n%s", want, other.said)
	}
	if !strings.Contains(other.said, "the head of task empathy continues from") {
		t.Errorf("the head of empathy does not go on:\n%s", other.said)
	}
}

// sameAnswers holds two runs' answers to every scored row against each other.
func sameAnswers(t *testing.T, one, other *record) {
	t.Helper()
	read := func(r *record) map[string]directory.Prediction {
		predictions, err := r.ReadPredictions()
		if err != nil {
			t.Fatal(err)
		}
		all := map[string]directory.Prediction{}
		for _, p := range predictions {
			all[fmt.Sprint(p.Task, p.Part, p.Row)] = p
		}
		return all
	}
	ones, others := read(one), read(other)
	if len(ones) == 0 || len(ones) != len(others) {
		t.Fatalf("%d and %d answers", len(ones), len(others))
	}
	for k, p := range ones {
		q := others[k]
		if p.Predicted != q.Predicted || math.Abs(slices.Max(p.Probabilities)-slices.Max(q.Probabilities)) > 1e-5 {
			t.Errorf("%s: %s (%v) and %s (%v)", k, p.Predicted, p.Probabilities, q.Predicted, q.Probabilities)
		}
	}
}

package e2e

import (
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"ringmaster/model/weights/tinybert"
	"ringmaster/run/directory"
	"ringmaster/run/plan"
)

// A student of two trained teachers, softened, with a bound on their weight: both are trained and asked once, λ begins
// where the bound says, and the same command trains neither again.
func TestSeveralTeachersAndATemperature(t *testing.T) {
	d := newDesk(t)
	args := []string{"--set", "method=kd-annealed", "--set", "train.steps=12", "--set", "tasks.empathy.teacher.count=2",
		"--set", "distill.temperature=2", "--set", "distill.teacher_weight=0.5", "--set", "distill.standardize=true"}
	r := d.train(t, "first", args...)
	stages := map[string]int{}
	for _, e := range r.events {
		if stages[e.Stage]++; e.Stage == plan.StudentStage && e.Step == 0 && e.Lambda != 0.5 {
			t.Errorf("λ begins at %v", e.Lambda)
		}
	}
	for _, stage := range []string{"teacher/empathy", "teacher2/empathy", "student"} {
		if stages[stage] != 12 {
			t.Errorf("%s has %d steps", stage, stages[stage])
		}
	}
	again := d.train(t, "again", args...)
	for _, e := range again.events {
		if e.Stage != plan.StudentStage {
			t.Fatalf("%s is trained again", e.Stage)
		}
	}
	if a, b := r.events[len(r.events)-1].Hash, again.events[len(again.events)-1].Hash; a != b {
		t.Errorf("the same run ends in %s and %s", a, b)
	}
}

// Born again: the student of one run teaches the next, of the same architecture, by its run directory.
func TestARunTeachesTheNext(t *testing.T) {
	d := newDesk(t)
	d.train(t, "old", "--set", "method=single", "--set", "train.steps=8")
	r := d.train(t, "new", "--set", "method=kd", "--set", "train.steps=8", "--set", "tasks.empathy.teacher.path=./runs/old")
	if strings.Contains(r.said, "teacher/empathy") {
		t.Errorf("a teacher is trained:\n%s", r.said)
	}
}

// Probabilities made elsewhere teach a student; they are in the store of logits, and a changed file is no longer
// taken when the run goes on.
func TestAnswersTeach(t *testing.T) {
	d := newDesk(t)
	var text strings.Builder
	text.WriteString("row,none,empathy\n")
	for row := range 400 {
		fmt.Fprintf(&text, "%d,0.3,0.7\n", row)
	}
	writeFile(t, d.at("answers.csv"), text.String())
	args := []string{"--set", "method=kd", "--set", "train.steps=30", "--set", "train.lr=1e-2", "--set", "tasks.empathy.teacher.answers=answers.csv"}
	r := d.train(t, "run", args...)
	if strings.Contains(r.said, "teacher/empathy") || !strings.Contains(r.said, "answers.csv has an answer for each of the") {
		t.Errorf("what is said:\n%s", r.said)
	}
	mean, n := 0.0, 0.0
	if err := eachPrediction(r.Layout, func(p directory.Prediction) {
		if p.Task == "empathy" {
			mean, n = mean+p.Probabilities[1], n+1
		}
	}); err != nil {
		t.Fatal(err)
	}
	if n == 0 || math.Abs(mean/n-0.7) > 0.12 {
		t.Errorf("the student gives empathy %.2f on average, its teacher 0.7", mean/n)
	}
	if _, err := os.Stat(r.Teachers()); err != nil {
		t.Error(err)
	}
}

func eachPrediction(l directory.Layout, do func(directory.Prediction)) error {
	all, err := l.ReadPredictions()
	for _, p := range all {
		do(p)
	}
	return err
}

// A teacher with other words than the student reads its own tokens.
func TestATeacherOfOtherWords(t *testing.T) {
	d := newDesk(t)
	writeBert(t, d.at("teacher"), tinybert.Head("emotion", true, width, "joy", "fear", "anger"))
	replaceIn(t, d.at("teacher", "vocab.txt"), "\nstorm\n", "\nstrom\n")
	r := d.train(t, "run", "--set", "method=kd-annealed", "--set", "train.steps=8", "--set", "tasks.emotion.teacher.path=./teacher")
	if !strings.Contains(r.said, "a vocabulary of its own") {
		t.Errorf("nothing is said of the teacher's vocabulary:\n%s", r.said)
	}
}

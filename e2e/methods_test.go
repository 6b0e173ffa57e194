package e2e

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEveryMethodRunsToItsEnd(t *testing.T) {
	d := newDesk(t)
	for _, c := range []struct {
		method string
		stages []string
		tasks  []string // of the student
		lambda float64
	}{
		{"single", []string{"student"}, []string{"empathy"}, 1},
		{"mt", []string{"student"}, taskNames, 1},
		{"kd", []string{"teacher/empathy", "teacher/sentiment", "teacher/emotion", "student"}, taskNames, 0},
	} {
		t.Run(c.method, func(t *testing.T) {
			r := d.train(t, c.method, "--set", "method="+c.method, "--set", "train.steps=6", "--workers", "1")
			if diff := cmp.Diff(c.stages, r.stages()); diff != "" {
				t.Errorf("stages with steps (-want +got):\n%s", diff)
			}
			seen := map[string]bool{}
			student, _ := r.stage("student")
			for _, e := range student {
				if e.Lambda != c.lambda {
					t.Errorf("λ of step %d is %v, want %v", e.Step, e.Lambda, c.lambda)
				}
				for task := range e.Loss {
					seen[task] = true
				}
			}
			scores, err := r.ReadMetrics()
			if err != nil {
				t.Fatal(err)
			}
			for _, task := range taskNames {
				_, scored := scores.Task(task)
				if want := slices.Contains(c.tasks, task); seen[task] != want || scored != want {
					t.Errorf("%s: dealt %v, scored %v, want %v", task, seen[task], scored, want)
				}
			}
		})
	}
}

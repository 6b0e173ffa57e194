package progress_test

import (
	"slices"
	"testing"

	"ringmaster/coordinator/progress"
)

func TestFewerWorkersThanAskedForAreNamed(t *testing.T) {
	type step struct {
		stage       string
		n, to, with int
	}
	for _, c := range []struct {
		name  string
		asked int
		steps []step
		want  []string
	}{
		{"all the time", 2, []step{{"student", 0, 9, 2}}, nil},
		{"more than asked for", 2, []step{{"student", 0, 9, 3}}, nil},
		{"never", 2, []step{{"student", 0, 29, 1}}, []string{"1 of 2 workers took part in steps 1 to 30 of student"}},
		{"for a while", 3, []step{{"teacher empathy", 0, 4, 3}, {"student", 0, 4, 3}, {"student", 5, 6, 1}, {"student", 7, 7, 2}, {"student", 8, 9, 3}},
			[]string{"1 of 3 workers took part in steps 6 to 7 of student", "2 of 3 workers took part in step 8 of student"}},
		{"steps that were done again count as they were done last", 2,
			[]step{{"student", 0, 9, 2}, {"student", 10, 15, 1}, {"student", 8, 20, 2}}, nil},
		{"done again by fewer", 2,
			[]step{{"student", 0, 9, 2}, {"student", 10, 15, 1}, {"student", 4, 20, 1}}, []string{"1 of 2 workers took part in steps 5 to 21 of student"}},
		{"again and again", 2, []step{{"s", 0, 0, 1}, {"s", 1, 1, 2}, {"s", 2, 2, 1}, {"s", 3, 3, 2}, {"s", 4, 4, 1}, {"s", 5, 5, 2}, {"s", 6, 6, 1}, {"s", 7, 7, 2}, {"s", 8, 8, 1}, {"s", 9, 9, 2}, {"s", 10, 12, 1}},
			[]string{"1 of 2 workers took part in step 1 of s", "1 of 2 workers took part in step 3 of s", "1 of 2 workers took part in step 5 of s", "1 of 2 workers took part in step 7 of s", "1 of 2 workers took part in step 9 of s", "and fewer than 2 in 3 more steps"}},
	} {
		p := progress.TakingPart{Asked: c.asked}
		for _, s := range c.steps {
			for n := s.n; n <= s.to; n++ {
				p.Step(s.stage, n, s.with)
			}
		}
		if got := p.Fewer(); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

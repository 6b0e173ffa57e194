package metrics_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"ringmaster/run/metrics"
)

// reference is one case of testdata/reference.json, scored by scikit-learn.
type reference struct {
	Name      string
	Classes   int
	Positive  int
	Gold      []int
	Predicted []int
	Precision float64
	Recall    float64
	F1        float64
	Accuracy  float64
	Confusion [][]int
	PerClass  []struct {
		Precision, Recall, F1 float64
		Support               int
	} `json:"per_class"`
}

func TestScoresAgreeWithScikitLearn(t *testing.T) {
	raw, err := os.ReadFile("testdata/reference.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []reference
	if err := json.Unmarshal(raw, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) < 300 {
		t.Fatalf("only %d reference cases", len(cases))
	}
	for _, ref := range cases {
		t.Run(ref.Name, func(t *testing.T) {
			c, err := metrics.FromPredictions(names(ref.Classes), ref.Gold, ref.Predicted)
			if err != nil {
				t.Fatal(err)
			}
			if err := c.JudgeBy(names(ref.Classes)[ref.Positive]); err != nil {
				t.Fatal(err)
			}
			s := c.Scores()
			near(t, "precision", s.Precision, ref.Precision)
			near(t, "recall", s.Recall, ref.Recall)
			near(t, "f1", s.F1, ref.F1)
			near(t, "accuracy", s.Accuracy, ref.Accuracy)
			if diff := cmp.Diff(ref.Confusion, s.Confusion); diff != "" {
				t.Error(diff)
			}
			for i, want := range ref.PerClass {
				got := s.PerClass[i]
				near(t, got.Class+" precision", got.Precision, want.Precision)
				near(t, got.Class+" recall", got.Recall, want.Recall)
				near(t, got.Class+" f1", got.F1, want.F1)
				if got.Support != want.Support {
					t.Errorf("%s: support %d, want %d", got.Class, got.Support, want.Support)
				}
			}
		})
	}
}

func TestBinaryTaskIsJudgedByTheClassThatIsNamed(t *testing.T) {
	c, _ := metrics.FromPredictions([]string{"none", "empathy"}, []int{0, 0, 0, 1, 1}, []int{0, 0, 1, 1, 0})
	if err := c.JudgeBy("none"); err != nil {
		t.Fatal(err)
	}
	s := c.Scores()
	if s.Positive != "none" || s.Support != 3 {
		t.Errorf("judged by %q, of %d rows", s.Positive, s.Support)
	}
	near(t, "f1", s.F1, 2.0/3)
	if err := c.JudgeBy("other"); !errors.Is(err, metrics.ErrClasses) {
		t.Errorf("a class that is not there: %v", err)
	}
}

func TestBinaryTaskIsJudgedByTheLastClassOtherwise(t *testing.T) {
	c, _ := metrics.FromPredictions([]string{"none", "empathy"}, []int{0, 0, 0, 1, 1}, []int{0, 0, 1, 1, 0})
	s := c.Scores()
	if s.Averaging != metrics.PositiveClass || s.Positive != "empathy" {
		t.Errorf("judged by %q %q", s.Averaging, s.Positive)
	}
	if s.Support != 2 || s.Rows != 5 {
		t.Errorf("support %d of %d rows, want 2 of 5", s.Support, s.Rows)
	}
	near(t, "f1", s.F1, 0.5)
	near(t, "majority", s.Majority, 0.6)
}

func TestUndefinedRatiosAreZeroAndCounted(t *testing.T) {
	for _, tc := range []struct {
		name            string
		classes         int
		gold, predicted []int
		want            int
	}{
		{"no rows", 2, nil, nil, 2},
		{"never predicted", 2, []int{0, 1}, []int{0, 0}, 1},
		{"never gold", 2, []int{0, 0}, []int{0, 1}, 1},
		{"well defined", 2, []int{0, 1}, []int{0, 1}, 0},
		{"macro: a class absent from both counts twice", 4, []int{0, 1, 3}, []int{0, 0, 3}, 3},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c, err := metrics.FromPredictions(names(tc.classes), tc.gold, tc.predicted)
			if err != nil {
				t.Fatal(err)
			}
			s := c.Scores()
			if s.ZeroDivisions != tc.want {
				t.Errorf("%d zero divisions, want %d", s.ZeroDivisions, tc.want)
			}
			if math.IsNaN(s.Precision + s.Recall + s.F1 + s.Accuracy + s.Majority) {
				t.Errorf("not a number in %+v", s)
			}
		})
	}
}

// Scoring in parts and merging is the same as scoring all at once, and as reading
// the merged counts back.
func TestMergeOfParts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.IntRange(2, 6).Draw(t, "classes")
		n := rapid.IntRange(0, 40).Draw(t, "rows")
		class := rapid.IntRange(0, k-1)
		gold := rapid.SliceOfN(class, n, n).Draw(t, "gold")
		predicted := rapid.SliceOfN(class, n, n).Draw(t, "predicted")
		cut := rapid.IntRange(0, n).Draw(t, "cut")

		whole, _ := metrics.FromPredictions(names(k), gold, predicted)
		merged, _ := metrics.FromPredictions(names(k), gold[:cut], predicted[:cut])
		rest, _ := metrics.FromPredictions(names(k), gold[cut:], predicted[cut:])
		if err := merged.Merge(rest); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(whole.Scores(), merged.Scores()); diff != "" {
			t.Fatal(diff)
		}
		again, err := metrics.FromCounts(names(k), merged.Counts())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(whole.Scores(), again.Scores()); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestWrongUse(t *testing.T) {
	two, _ := metrics.NewConfusion(names(2))
	three, _ := metrics.NewConfusion(names(3))
	for name, tc := range map[string]struct {
		err, want error
	}{
		"one class":    {second(metrics.NewConfusion(names(1))), metrics.ErrClasses},
		"lengths":      {second(metrics.FromPredictions(names(2), []int{0}, nil)), metrics.ErrLengths},
		"index":        {second(metrics.FromPredictions(names(2), []int{0}, []int{2})), metrics.ErrClassIndex},
		"negative":     {two.Add(-1, 0), metrics.ErrClassIndex},
		"merge":        {two.Merge(three), metrics.ErrClasses},
		"not square":   {second(metrics.FromCounts(names(2), [][]int{{1, 2}, {3}})), metrics.ErrMatrix},
		"few rows":     {second(metrics.FromCounts(names(2), [][]int{{1, 2}})), metrics.ErrMatrix},
		"below zero":   {second(metrics.FromCounts(names(2), [][]int{{1, 2}, {-3, 1}})), metrics.ErrMatrix},
		"counted none": {nil, nil},
	} {
		if !errors.Is(tc.err, tc.want) {
			t.Errorf("%s: got %v, want %v", name, tc.err, tc.want)
		}
	}
	if diff := cmp.Diff([][]int{{0, 0}, {0, 0}}, two.Counts()); diff != "" {
		t.Errorf("a refused row was counted: %s", diff)
	}
}

func names(k int) []string {
	out := make([]string, k)
	for i := range out {
		out[i] = fmt.Sprintf("c%d", i)
	}
	return out
}

func second(_ *metrics.Confusion, err error) error { return err }

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-12 {
		t.Errorf("%s = %v, want %v", what, got, want)
	}
}

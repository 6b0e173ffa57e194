package metrics_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringmaster/run/metrics"
)

// The scores of scikit-learn and SciPy over random cases (bench/peer/kinds_reference.py).
func TestScoresOfOtherKindsAreThoseOfTheReference(t *testing.T) {
	var cases []struct {
		Labels            int
		Gold              [][]int32
		Probabilities     [][]float64
		Threshold         float64
		Micro             []float64
		MacroF1           float64 `json:"macro_f1"`
		Subset            float64
		BestF1            float64 `json:"best_f1"`
		Counts            [][]int
		Kappa             *float64
		Value, Predicted  []float64
		Pearson, Spearman float64
		RMSE, MAE         float64
	}
	text, err := os.ReadFile("testdata/kinds.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) < 20 {
		t.Fatalf("only %d cases", len(cases))
	}
	for n, c := range cases {
		near := func(what string, got, want float64) {
			t.Helper()
			if !(math.Abs(got-want) < 1e-9) {
				t.Errorf("case %d: %s %v, the reference has %v", n, what, got, want)
			}
		}
		names := make([]string, c.Labels)
		for i := range names {
			names[i] = fmt.Sprint("label ", i)
		}
		l, err := metrics.NewLabelled(names)
		if err != nil {
			t.Fatal(err)
		}
		for i, gold := range c.Gold {
			if err := l.Add(gold, c.Probabilities[i]); err != nil {
				t.Fatal(err)
			}
		}
		s := l.Scores(c.Threshold)
		near("micro precision", s.Precision, c.Micro[0])
		near("micro recall", s.Recall, c.Micro[1])
		near("micro F1", s.F1, c.Micro[2])
		near("macro F1", *s.MacroF1, c.MacroF1)
		near("subset accuracy", s.Accuracy, c.Subset)
		near("micro F1 at the best threshold", l.Scores(l.BestThreshold()).F1, c.BestF1)
		near("micro F1 of all labels", s.AllGiven(), l.Scores(0).F1)

		classes := make([]string, len(c.Counts))
		for i := range classes {
			classes[i] = fmt.Sprint("level ", i)
		}
		confusion, err := metrics.FromCounts(classes, c.Counts)
		if err != nil {
			t.Fatal(err)
		}
		if kappa, defined := confusion.QuadraticKappa(); defined != (c.Kappa != nil) {
			t.Errorf("case %d: kappa %v is defined: %v", n, kappa, defined)
		} else if defined {
			near("quadratic kappa", kappa, *c.Kappa)
		}

		v := metrics.NewValued("value")
		for i, gold := range c.Value {
			if err := v.Add(gold, c.Predicted[i]); err != nil {
				t.Fatal(err)
			}
		}
		values := v.Scores().Value
		near("Pearson's r", values.Pearson, c.Pearson)
		near("Spearman's rho", values.Spearman, c.Spearman)
		near("RMSE", values.RMSE, c.RMSE)
		near("MAE", values.MAE, c.MAE)
	}
}

func otherKinds(t *testing.T) metrics.Report {
	t.Helper()
	v := metrics.NewValued("distress")
	for _, pair := range [][2]float64{{1, 1.5}, {4, 3}, {6.5, 7}} {
		if err := v.Add(pair[0], pair[1]); err != nil {
			t.Fatal(err)
		}
	}
	l, err := metrics.NewLabelled([]string{"joy", "fear"})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		gold []int32
		p    []float64
	}{{[]int32{0}, []float64{0.9, 0.2}}, {[]int32{}, []float64{0.3, 0.4}}, {[]int32{0, 1}, []float64{0.8, 0.2}}} {
		if err := l.Add(row.gold, row.p); err != nil {
			t.Fatal(err)
		}
	}
	values, labels := v.Scores(), l.Scores(0.5)
	return metrics.Report{{Task: "essays", Test: &values}, {Task: "posts", Test: &labels}}
}

// What is written of each kind is read back, and a value has no numbers of classes.
func TestReportOfOtherKinds(t *testing.T) {
	r := otherKinds(t)
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var back metrics.Report
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(r, back); diff != "" {
		t.Error(diff)
	}
	if value, _, _ := strings.Cut(string(text), "posts"); strings.Contains(value, "precision") || !strings.Contains(value, `"value_of":"distress"`) {
		t.Errorf("%s", value)
	}
	want := `
 task   part  precision  recall    F1  accuracy  majority  support  rows  macro F1
───────────────────────────────────────────────────────────────────────────────────
 posts  test      100.0    66.7  80.0      66.7      33.3        3     3      50.0

 task    part  Pearson's r  Spearman's ρ    RMSE     MAE  std of gold  rows
────────────────────────────────────────────────────────────────────────────
 essays  test        0.953         1.000  0.7071  0.6667        2.248     3`
	if diff := cmp.Diff(want, "\n"+metrics.Table(r, 100)); diff != "" {
		t.Error(diff)
	}
	legend := []string{
		`essays: correlations and errors of the predicted "distress"`,
		`posts: precision, recall and F1: micro average over 2 labels, given from a probability of 0.50; accuracy: texts whose labels are all right`,
		`warning: posts, test: "fear" never predicted; 0/0 counts as 0`,
	}
	if diff := cmp.Diff(legend, metrics.Legend(r)); diff != "" {
		t.Error(diff)
	}
	for i, want := range []string{"Pearson's r 0.953", "micro F1 80.0"} {
		name, score := r[i].Test.Main()
		if got := name + " " + metrics.ShownScore(name, score); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// Values so near to one another that their squares vanish have no correlation, and no NaN, which JSON cannot hold.
func TestCorrelationOfValuesThatBarelyDiffer(t *testing.T) {
	v := metrics.NewValued("score")
	for i := range 4 {
		if err := v.Add(float64(i)*1e-200, float64(i*i)); err != nil {
			t.Fatal(err)
		}
	}
	s := v.Scores().Value
	if _, err := json.Marshal(s); err != nil || s.Pearson != 0 || !s.Constant {
		t.Errorf("%+v, %v", s, err)
	}
}

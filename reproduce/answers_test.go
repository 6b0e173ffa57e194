package reproduce

import (
	"math"
	"math/rand/v2"
	"testing"

	"ringmaster/config"
	"ringmaster/kinds"
	"ringmaster/run/directory"
)

// What the statistics compute of predictions is the main score that the scorers of kinds compute.
func TestStatisticsComputeTheMainScore(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 1))
	names := []string{"a", "b", "c"}
	for _, kind := range config.Kinds() {
		for range 40 {
			outputs := names
			if kind == config.KindValue {
				outputs = names[:1]
			}
			scorer, err := kinds.Of(kind).NewScorer(outputs, "")
			if err != nil {
				t.Fatal(err)
			}
			var said []directory.Prediction
			for row := range 2 + r.IntN(60) {
				gold := kinds.Gold{Class: r.IntN(3), Value: 1e4 + r.NormFloat64()}
				logits := []float32{float32(1e4 + 2*r.NormFloat64())}
				if kind != config.KindValue {
					logits = []float32{float32(r.NormFloat64()), float32(r.NormFloat64()), float32(r.NormFloat64())}
				}
				for i := range int32(3) {
					if r.IntN(3) == 0 {
						gold.Set = append(gold.Set, i)
					}
				}
				if err := scorer.Add(gold, logits); err != nil {
					t.Fatal(err)
				}
				p := directory.PredictionOf(kind, outputs, gold, kinds.Of(kind).Answer(logits, 0.5))
				p.Row = row
				said = append(said, p)
			}
			scores := scorer.Scores(0.5)
			a := newAnswers(scores)
			for _, p := range said {
				a.add(p)
			}
			_, want := scores.Main()
			if got := system([]outcome{{test: scores, answers: a.run}}).Scores()[0]; math.Abs(got-want) > 1e-9 {
				t.Fatalf("%s of %d rows: %v, want %v", kind, len(said), got, want)
			}
		}
	}
}

// Values that are all equal have no correlation, whatever rounding leaves of their variance.
func TestNoCorrelationOfConstants(t *testing.T) {
	for _, c := range []float64{0, 0.1, 1e6, -1e-6} {
		scores := kindsScores(t, c)
		if got := system([]outcome{scores}).Scores()[0]; got != 0 {
			t.Errorf("all answers are %v: r = %v", c, got)
		}
	}
}

func kindsScores(t *testing.T, answer float64) outcome {
	t.Helper()
	scorer, err := kinds.Of(config.KindValue).NewScorer([]string{"a"}, "")
	if err != nil {
		t.Fatal(err)
	}
	var o outcome
	for row := range 30 {
		gold := 1 + float64(row)/7
		if err := scorer.Add(kinds.Gold{Value: gold}, []float32{float32(answer)}); err != nil {
			t.Fatal(err)
		}
		said := float64(float32(answer))
		o.answers.Rows = append(o.answers.Rows, row)
		o.answers.Terms = append(o.answers.Terms, valueTerms(gold, said))
	}
	o.test = scorer.Scores(0.5)
	return o
}

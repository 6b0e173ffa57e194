package metrics_test

import (
	"math"
	"testing"

	"ringmaster/run/metrics"
)

// A model that finds all of n words equally likely has perplexity n, by definition: its loss
// is that of a uniform choice, in nats as transformers' is.
func TestPerplexityOfAUniformModelIsTheVocabularysSize(t *testing.T) {
	for _, words := range []float64{2, 1000, 30522} {
		p := metrics.Perplexity{Masked: 7}
		p.SetBefore(7 * -math.Log(1/words))
		p.SetAfter(7 * math.Log(words/2))
		for what, got := range map[string][2]float64{
			"before": {p.Before, words}, "after": {p.Perplexity, words / 2},
			"loss before": {p.LossBefore, math.Log(words)}, "loss": {p.Loss, math.Log(words / 2)},
		} {
			if math.Abs(got[0]-got[1]) > 1e-9*got[1] {
				t.Errorf("%g words: %s is %v, want %v", words, what, got[0], got[1])
			}
		}
	}
}

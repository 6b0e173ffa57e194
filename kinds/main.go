package kinds

import "ringmaster/config"

// Main names the score by which states of a model, and settings of a search, are chosen for a task of a kind: that of
// [metrics.Scores.Main] of scores as the kind's scorer makes them.
func Main(name config.Kind) string {
	scorer, err := Of(name).NewScorer([]string{"no", "yes"}, "")
	if err != nil {
		return "" // two names suit every kind
	}
	scores := scorer.Scores(scorer.Threshold())
	measure, _ := scores.Main()
	return measure
}

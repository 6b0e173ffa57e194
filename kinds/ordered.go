package kinds

import "ringmaster/run/metrics"

// ordered: one class a text, of classes that have an order.
type ordered struct{ classes }

func (ordered) NewScorer(names []string, positive string) (Scorer, error) {
	s, err := classes{}.NewScorer(names, positive)
	if err != nil {
		return nil, err
	}
	return orderedScorer{s.(classScorer)}, nil
}

type orderedScorer struct{ classScorer }

// Scores has the quadratic kappa besides, by which states are chosen.
func (s orderedScorer) Scores(threshold float64) metrics.Scores {
	scores := s.classScorer.Scores(threshold)
	kappa, _ := s.QuadraticKappa()
	scores.Kappa = &kappa
	return scores
}

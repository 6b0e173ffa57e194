package metrics

// QuadraticKappa is Cohen's kappa with quadratic weights, over the classes in their order: 1 less the mean squared
// distance between gold and predicted class, divided by that of independent answers with the
// same counts (J. Cohen 1968; scikit-learn's cohen_kappa_score with weights="quadratic"). defined is false where all
// rows are of one class and predicted so, which leaves 0/0; it counts as ZeroDivision.
func (c *Confusion) QuadraticKappa() (score float64, defined bool) {
	n := len(c.classes)
	gold, predicted, rows := make([]float64, n), make([]float64, n), 0.0
	for g := range c.counts {
		for p, count := range c.counts[g] {
			gold[g] += float64(count)
			predicted[p] += float64(count)
			rows += float64(count)
		}
	}
	var observed, expected float64
	for g := range c.counts {
		for p, count := range c.counts[g] {
			weight := float64((g - p) * (g - p))
			observed += weight * float64(count)
			if rows > 0 {
				expected += weight * gold[g] * predicted[p] / rows
			}
		}
	}
	if expected == 0 {
		return ZeroDivision, false
	}
	return 1 - observed/expected, true
}

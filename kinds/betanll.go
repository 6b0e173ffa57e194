package kinds

import "math"

// Beta is the β of the β-NLL loss: the weight of an example is its predicted variance to this power. Seitzer et al. (2022,
// "On the Pitfalls of Heteroscedastic Uncertainty Estimation with Probabilistic Neural Networks") recommend 0.5: at 0 it is the
// likelihood, which neglects examples that are badly predicted, and at 1 the mean learns as from the squared error.
const Beta = 0.5

// A head of kind value with two outputs gives the mean and the logarithm of the variance.
const meanAndVariance = 2

// deviationOf is the standard deviation that such a head's outputs say.
func deviationOf(outputs []float32) *float64 {
	if len(outputs) < meanAndVariance {
		return nil
	}
	deviation := min(math.Exp(float64(outputs[1])/2), math.MaxFloat64)
	return &deviation
}

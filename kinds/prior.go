package kinds

import "math"

// Of labels and classes that no row has, or every row, half a row is taken to have them, or not to.
const half = 0.5

// Prior is the logarithm of each class's share of the targets, whose softmax is those shares.
func (classes) Prior(mean []float64, rows int) []float64 {
	sum := 0.0
	for _, y := range mean {
		sum += y
	}
	bias := make([]float64, len(mean))
	for i, y := range mean {
		share := y / sum
		if y == 0 {
			share = half / float64(rows)
		}
		bias[i] = math.Log(share)
	}
	return bias
}

// Prior is the log odds of each label, as Lin et al. (2017, "Focal Loss for Dense Object Detection", section 3.3) begin the
// outputs for rare classes: a loss of sigmoids that begin at 0.5 teaches at first little but that labels are rare.
func (labels) Prior(mean []float64, rows int) []float64 {
	bias := make([]float64, len(mean)/2)
	for i := range bias {
		least := half / float64(rows)
		yes, no := mean[2*i], mean[2*i+1]
		present := yes / (yes + no)
		switch {
		case yes == 0:
			present = least
		case no == 0:
			present = 1 - least
		}
		bias[i] = math.Log(present) - math.Log1p(-present)
	}
	return bias
}

// Prior is zero: standardised values have mean 0 and variance 1.
func (value) Prior(mean []float64, _ int) []float64 { return make([]float64, len(mean)) }

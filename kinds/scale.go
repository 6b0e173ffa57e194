package kinds

import "math"

// Scale standardises values: training sees (value − Mean) / Deviation. The zero Scale changes nothing.
type Scale struct {
	Mean      float64 `json:"mean"`
	Deviation float64 `json:"deviation"`
}

// ScaleOf is the scale that gives values mean 0 and standard deviation 1; ok is false where all are equal.
func ScaleOf(values []float64) (s Scale, ok bool) {
	for _, v := range values {
		s.Mean += v / float64(len(values))
	}
	for _, v := range values {
		s.Deviation += (v - s.Mean) * (v - s.Mean) / float64(len(values))
	}
	s.Deviation = math.Sqrt(s.Deviation)
	ok = false
	for _, v := range values {
		ok = ok || v != values[0]
	}
	return s, ok && s.Deviation > 0 && !math.IsInf(s.Deviation, 0)
}

// None says that the scale changes nothing.
func (s Scale) None() bool { return s == Scale{} }

// Standardised is a value as training sees it.
func (s Scale) Standardised(value float64) float64 {
	if s.None() {
		return value
	}
	return (value - s.Mean) / s.Deviation
}

// Value is the value of a standardised one.
func (s Scale) Value(standardised float64) float64 {
	if s.None() {
		return standardised
	}
	return standardised*s.Deviation + s.Mean
}

// Outputs brings a head's outputs for standardised values into the data's unit: the value, and the logarithm of its
// variance where there is one.
func (s Scale) Outputs(outputs []float32) {
	if s.None() {
		return
	}
	outputs[0] = float32(s.Value(float64(outputs[0])))
	for i := range outputs[1:] {
		outputs[1+i] += s.logVariance()
	}
}

// logVariance is by how much the logarithm of a variance is larger in the data's unit.
func (s Scale) logVariance() float32 { return float32(2 * math.Log(s.Deviation)) }

// FoldInto makes the weights and bias of a linear head of standardised values those of a head in the data's unit. The value's
// weights come first.
func (s Scale) FoldInto(weight, bias []float32) {
	if s.None() {
		return
	}
	for i, w := range weight[:len(weight)/len(bias)] {
		weight[i] = float32(float64(w) * s.Deviation)
	}
	s.Outputs(bias)
}

// Unfold undoes FoldInto, but for rounding.
func (s Scale) Unfold(weight, bias []float32) {
	if s.None() {
		return
	}
	for i, w := range weight[:len(weight)/len(bias)] {
		weight[i] = float32(float64(w) / s.Deviation)
	}
	bias[0] = float32(s.Standardised(float64(bias[0])))
	for i := range bias[1:] {
		bias[1+i] -= s.logVariance()
	}
}

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

// FoldInto makes the weights and bias of a linear head of standardised values those of a head in the data's unit.
func (s Scale) FoldInto(weight, bias []float32) {
	if s.None() {
		return
	}
	for i, w := range weight {
		weight[i] = float32(float64(w) * s.Deviation)
	}
	for i, b := range bias {
		bias[i] = float32(s.Value(float64(b)))
	}
}

// Unfold undoes FoldInto, but for rounding.
func (s Scale) Unfold(weight, bias []float32) {
	if s.None() {
		return
	}
	for i, w := range weight {
		weight[i] = float32(float64(w) / s.Deviation)
	}
	for i, b := range bias {
		bias[i] = float32(s.Standardised(float64(b)))
	}
}

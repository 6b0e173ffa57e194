package allreduce

import (
	"math"

	"ringmaster/allreduce/schedule"
)

// bfloat16 sends the upper half of a float32, rounded to nearest, ties to even: float32's
// range with 8 bits of precision. NaN stays NaN.
type bfloat16 struct{}

func (bfloat16) ID() WireID { return WireBFloat16 }

func (bfloat16) Packing() schedule.Packing { return WireBFloat16.Packing() }

func (bfloat16) Encode(payload []byte, src, lost []float32) uint64 {
	if view, ok := viewElements[uint16](payload); ok {
		return encodeBFloat16(view, src, lost)
	}
	halves := make([]uint16, len(src))
	encodeBFloat16Go(halves, src, lost)
	return recode(payload, halves)
}

func (bfloat16) Add(dst []float32, payload []byte) uint64 {
	if view, ok := viewElements[uint16](payload); ok {
		return addBFloat16(dst, view)
	}
	halves, sum := decode[uint16](payload)
	addBFloat16Go(dst, halves)
	return sum
}

func (w bfloat16) AddEncode(dst []float32, payload []byte, lost []float32) (before, after uint64) {
	if view, ok := viewElements[uint16](payload); ok {
		return addBothBFloat16(dst, view, lost)
	}
	return w.Add(dst, payload), w.Encode(payload, dst, lost)
}

func (bfloat16) Copy(dst []float32, payload []byte) uint64 {
	if view, ok := viewElements[uint16](payload); ok {
		return copyBFloat16(dst, view)
	}
	halves, sum := decode[uint16](payload)
	copyBFloat16Go(dst, halves)
	return sum
}

func (bfloat16) Memory([]float32) []byte { return nil }

// roundBFloat16 adds half a unit of the last place that is kept, or a hair less where
// that place is even, and cuts.
func roundBFloat16(v float32) uint16 {
	bits := math.Float32bits(v)
	if v != v {
		return uint16(bits>>16) | 0x40 // quiet, and not an infinity when the payload is cut off
	}
	return uint16((bits + 0x7fff + bits>>16&1) >> 16)
}

func widenBFloat16(half uint16) float32 { return math.Float32frombits(uint32(half) << 16) }

// finiteDifference is what rounding v to r lost. Where either is not finite nothing is
// kept: an infinity in a residual would come back in every later sum.
func finiteDifference(v, r float32) float32 {
	d := v - r
	if math.Float32bits(d)&0x7f800000 == 0x7f800000 {
		return 0
	}
	return d
}

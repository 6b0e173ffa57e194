package allreduce

import (
	"encoding/binary"
	"math"
)

// bfloat16 sends the upper half of a float32, rounded to nearest, ties to even: float32's
// range with 8 bits of precision. NaN stays NaN.
type bfloat16 struct{}

func (bfloat16) ID() WireID { return WireBFloat16 }

func (bfloat16) Width() int { return 2 }

func (bfloat16) Encode(dst []byte, src, lost []float32) {
	view, ok := viewElements[uint16](dst)
	switch {
	case !ok:
		for i, v := range src {
			half := roundBFloat16(v)
			binary.LittleEndian.PutUint16(dst[2*i:], half)
			src[i] = widenBFloat16(half)
			if lost != nil {
				lost[i] = finiteDifference(v, src[i])
			}
		}
	case lost != nil:
		encodeBFloat16Keeping(view, src, lost)
	default:
		encodeBFloat16(view, src)
	}
}

func (bfloat16) Add(dst []float32, src []byte) {
	if view, ok := viewElements[uint16](src); ok {
		addBFloat16(dst, view)
		return
	}
	for i := range dst {
		dst[i] += widenBFloat16(binary.LittleEndian.Uint16(src[2*i:]))
	}
}

func (bfloat16) Copy(dst []float32, src []byte) {
	if view, ok := viewElements[uint16](src); ok {
		copyBFloat16(dst, view)
		return
	}
	for i := range dst {
		dst[i] = widenBFloat16(binary.LittleEndian.Uint16(src[2*i:]))
	}
}

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

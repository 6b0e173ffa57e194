package allreduce

import (
	"encoding/binary"
	"math"
)

// The loops of int8Wire in plain Go, which int8_amd64.s has in vector instructions. A test
// holds one to the bits of the other.

const (
	infinityBits  = 0x7f800000
	smallestScale = 0x0080 // the least bfloat16 that is a normal number, 2^-126
	scaleNaN      = 0x7fc0
)

// scaleInt8 is the scale of a block by its largest magnitude's bits, and what its elements are
// multiplied by to be bytes. Both are 0 where the block is too small for a scale, and NaN
// where it is not finite.
func scaleInt8(largest uint32) (half uint16, scale, inverse float32) {
	if largest >= infinityBits {
		scale = widenBFloat16(scaleNaN)
		return scaleNaN, scale, scale
	}
	half = roundBFloat16(math.Float32frombits(largest) / 127)
	if half < smallestScale {
		return 0, 0, 0
	}
	scale = widenBFloat16(half)
	return half, scale, 1 / scale
}

// nearestInt8 rounds to the nearest whole number, ties to even. Adding 1.5·2^23 leaves no bit
// for what is below one.
func nearestInt8(v float32) int8 {
	const shift = 3 << 22
	return int8(math.Float32bits(v+shift) - math.Float32bits(shift))
}

func roundInt8Go(q, scales []byte, x, lost []float32) {
	eachBlock(len(x), scales, func(lo, hi int, at []byte) {
		largest := uint32(0)
		for _, v := range x[lo:hi] {
			largest = max(largest, math.Float32bits(v)&^(1<<31))
		}
		half, scale, inverse := scaleInt8(largest)
		binary.LittleEndian.PutUint16(at, half)
		if half == scaleNaN {
			clear(q[lo:hi])
			for i := lo; i < hi; i++ {
				x[i] = scale
			}
			if lost != nil {
				clear(lost[lo:hi]) // NaN in a residual would come back in every later sum
			}
			return
		}
		for i := lo; i < hi; i++ {
			v := x[i]
			b := nearestInt8(float32(v * inverse)) // not fused with the addition inside
			q[i] = byte(b)
			x[i] = float32(b) * scale
			if lost != nil {
				lost[i] = v - x[i]
			}
		}
	})
}

func addInt8Go(x []float32, q, scales []byte) {
	eachBlock(len(x), scales, func(lo, hi int, at []byte) {
		scale := scaleOf(at)
		for i := lo; i < hi; i++ {
			x[i] += float32(int8(q[i])) * scale
		}
	})
}

func copyInt8Go(x []float32, q, scales []byte) {
	eachBlock(len(x), scales, func(lo, hi int, at []byte) {
		scale := scaleOf(at)
		for i := lo; i < hi; i++ {
			x[i] = float32(int8(q[i])) * scale
		}
	})
}

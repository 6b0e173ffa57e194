package allreduce

import (
	"encoding/binary"

	"ringmaster/allreduce/schedule"
)

// int8Wire sends a signed byte an element and a scale for each block of 256: 258 bytes where
// float32 takes 1,024. An element is its byte times its block's scale, and the scale is the
// block's largest magnitude over 127. (Blocks with a scale each, so that one large element
// coarsens no more than its own: QSGD, Alistarh et al. 2017, there "buckets"; Dettmers et al.,
// "8-bit Optimizers via Block-wise Quantization", 2022. Rounding is to nearest and not at
// random as in QSGD: a residual makes up for the bias, Karimireddy et al., "Error Feedback Fixes
// SignSGD", 2019, and nearest has half the error.)
//
// The scale is a bfloat16. Two bytes less a block are the smaller reason. With 8 bits of scale
// and 7 of magnitude a product is exact in float32, and so is all that follows from it:
//
//   - What rounding loses is exactly the value less the product. A residual loses nothing.
//   - The largest element's byte is ±127: a scale rounded to 8 bits is off by 2^-8 at most, which
//     leaves 127.498 or less of it, and 126.506 or more. So no byte is clipped; and what is decoded and encoded
//     anew gets the same scale and the same bytes.
//   - 127 times a scale is never beyond float32: of its largest value the scale rounds down.
//
// The error of an element is at most half a scale, 1/253 of the block's largest magnitude.
//
// In a payload all bytes come first, then all scales, little endian. A block in which anything
// is NaN or infinite is NaN throughout: no byte says infinity, and a gradient with one such
// element is as useless as with 256. A block whose largest magnitude is below about 1.5e-36, of
// which the scale would be no normal number, is sent as zeros, and all of it is lost.
type int8Wire struct{}

const (
	int8Block      = 256
	int8ScaleBytes = 2
)

func (int8Wire) ID() WireID { return WireInt8 }

func (int8Wire) Packing() schedule.Packing { return WireInt8.Packing() }

func (int8Wire) Encode(payload []byte, src, lost []float32) uint64 {
	_, after := roundInt8(payload, src, lost, false)
	return after
}

func (int8Wire) AddEncode(dst []float32, payload []byte, lost []float32) (before, after uint64) {
	return roundInt8(payload, dst, lost, true)
}

func (int8Wire) Add(dst []float32, payload []byte) uint64 {
	q, scales := payload[:len(dst)], payload[len(dst):]
	done, sum := vectorAddInt8(dst, q, scales)
	addInt8Go(dst[done:], q[done:], scalesFrom(scales, done))
	return sum + checksum64(payload[done:])
}

func (int8Wire) Copy(dst []float32, payload []byte) uint64 {
	q, scales := payload[:len(dst)], payload[len(dst):]
	done, sum := vectorCopyInt8(dst, q, scales)
	copyInt8Go(dst[done:], q[done:], scalesFrom(scales, done))
	return sum + checksum64(payload[done:])
}

func (int8Wire) Memory([]float32) []byte { return nil }

// roundInt8 adds the payload to x where add says so, rounds x to the payload and to what that
// then says, and sets lost, where it is not nil, to what the rounding took. It returns the
// payload's checksums before and after; that before is only there with add.
func roundInt8(payload []byte, x, lost []float32, add bool) (before, after uint64) {
	q, scales := payload[:len(x)], payload[len(x):]
	whole := len(x) - len(x)%int8Block // what vector instructions do, all or nothing
	if add {
		before = checksum64(payload[whole:])
	}
	done, wholeBefore, wholeAfter := vectorRoundInt8(q, scales, x, lost, add)
	if add {
		before += wholeBefore + checksum64Go(payload[done:whole])
		addInt8Go(x[done:], q[done:], scalesFrom(scales, done))
	}
	if lost != nil {
		lost = lost[done:]
	}
	roundInt8Go(q[done:], scalesFrom(scales, done), x[done:], lost)
	return before, wholeAfter + checksum64(payload[done:])
}

// scalesFrom are the scales of the blocks from an element on, which begins a block.
func scalesFrom(scales []byte, element int) []byte { return scales[element/int8Block*int8ScaleBytes:] }

// eachBlock calls f for the blocks of n elements, with each one's scale in its two bytes.
func eachBlock(n int, scales []byte, f func(lo, hi int, scale []byte)) {
	for lo := 0; lo < n; lo += int8Block {
		f(lo, min(lo+int8Block, n), scales[:int8ScaleBytes])
		scales = scales[int8ScaleBytes:]
	}
}

func scaleOf(scale []byte) float32 { return widenBFloat16(binary.LittleEndian.Uint16(scale)) }

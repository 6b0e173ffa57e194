package allreduce

import (
	"encoding/binary"
	"unsafe"
)

// The loops over elements, in plain Go. On amd64 with AVX2 the bulk of each goes through
// vector instructions (kernels_amd64.s), which a test holds to the same bits. Payloads are
// checked by the same loops that use them: a pass of its own would cost as much as a copy.

// checksum64 is the sum of b's 64-bit little-endian words modulo 2^64; the last word is
// filled up with zeros. It is changed by whatever changes one word.
func checksum64(b []byte) uint64 {
	done, sum := vectorSum(b)
	return sum + checksum64Go(b[done:])
}

func checksum64Go(b []byte) (sum uint64) {
	for len(b) >= 8 {
		sum += binary.LittleEndian.Uint64(b)
		b = b[8:]
	}
	var last [8]byte
	copy(last[:], b)
	return sum + binary.LittleEndian.Uint64(last[:])
}

// copySum copies src to dst and returns its checksum.
func copySum(dst, src []byte) uint64 {
	done, sum := vectorCopySum(dst, src)
	copy(dst[done:], src[done:])
	return sum + checksum64Go(src[done:])
}

// addInto adds src to dst, and returns the checksum of src.
func addInto[E element](dst, src []E) (sum uint64) {
	if d, ok := any(dst).([]float32); ok {
		var done int
		done, sum = vectorAdd(d, any(src).([]float32))
		dst, src = dst[done:], src[done:]
	}
	addIntoGo(dst, src)
	return sum + checksum64Go(bytesOf(src))
}

// addIntoGo goes eight elements a turn: the compiler drops the bounds checks, and the
// processor overlaps the additions.
func addIntoGo[E element](dst, src []E) {
	src = src[:len(dst)]
	for len(dst) >= 8 && len(src) >= 8 {
		d, s := (*[8]E)(dst), (*[8]E)(src)
		d[0] += s[0]
		d[1] += s[1]
		d[2] += s[2]
		d[3] += s[3]
		d[4] += s[4]
		d[5] += s[5]
		d[6] += s[6]
		d[7] += s[7]
		dst, src = dst[8:], src[8:]
	}
	for i := range dst {
		dst[i] += src[i]
	}
}

// addBoth makes x and p both their sum, and returns the checksums of p before and after.
func addBoth[E element](x, p []E) (before, after uint64) {
	if d, ok := any(x).([]float32); ok {
		var done int
		done, before, after = vectorAddBoth(d, any(p).([]float32))
		x, p = x[done:], p[done:]
	}
	before += checksum64Go(bytesOf(p))
	addIntoGo(x, p)
	copy(p, x)
	return before, after + checksum64Go(bytesOf(p))
}

// encodeBFloat16 rounds src to dst, src to what dst then says, and sets lost, where it is
// not nil, to what the rounding took. It returns the checksum of dst.
func encodeBFloat16(dst []uint16, src, lost []float32) uint64 {
	done, sum := vectorEncodeBFloat16(dst, src, lost)
	if lost != nil {
		lost = lost[done:]
	}
	encodeBFloat16Go(dst[done:], src[done:], lost)
	return sum + checksum64Go(bytesOf(dst[done:]))
}

func encodeBFloat16Go(dst []uint16, src, lost []float32) {
	dst = dst[:len(src)]
	for i, v := range src {
		dst[i] = roundBFloat16(v)
		src[i] = widenBFloat16(dst[i])
		if lost != nil {
			lost[i] = finiteDifference(v, src[i])
		}
	}
}

// addBothBFloat16 adds p to x in float32 and rounds the sum, as encodeBFloat16 does, to
// both. It returns the checksums of p before and after.
func addBothBFloat16(x []float32, p []uint16, lost []float32) (before, after uint64) {
	done, before, after := vectorAddBothBFloat16(x, p, lost)
	if lost != nil {
		lost = lost[done:]
	}
	x, p = x[done:], p[done:]
	before += checksum64Go(bytesOf(p))
	addBFloat16Go(x, p)
	encodeBFloat16Go(p, x, lost)
	return before, after + checksum64Go(bytesOf(p))
}

// addBFloat16 adds src to dst in float32, and returns the checksum of src.
func addBFloat16(dst []float32, src []uint16) uint64 {
	done, sum := vectorAddBFloat16(dst, src)
	addBFloat16Go(dst[done:], src[done:])
	return sum + checksum64Go(bytesOf(src[done:]))
}

func addBFloat16Go(dst []float32, src []uint16) {
	src = src[:len(dst)]
	for i := range dst {
		dst[i] += widenBFloat16(src[i])
	}
}

// copyBFloat16 widens src to dst, and returns the checksum of src.
func copyBFloat16(dst []float32, src []uint16) uint64 {
	done, sum := vectorCopyBFloat16(dst, src)
	copyBFloat16Go(dst[done:], src[done:])
	return sum + checksum64Go(bytesOf(src[done:]))
}

func copyBFloat16Go(dst []float32, src []uint16) {
	src = src[:len(dst)]
	for i := range dst {
		dst[i] = widenBFloat16(src[i])
	}
}

// bytesOf is x's own memory.
func bytesOf[E element | uint16](x []E) []byte {
	if len(x) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(x))), len(x)*int(unsafe.Sizeof(x[0])))
}

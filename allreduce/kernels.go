package allreduce

// The loops over elements, in plain Go. On amd64 with AVX2 the bulk of each goes through
// vector instructions (kernels_amd64.s), which a test holds to the same bits.

// addInto adds src to dst.
func addInto[E element](dst, src []E) {
	if d, ok := any(dst).([]float32); ok {
		s := any(src).([]float32)
		done := vectorAdd(d, s)
		dst, src = dst[done:], src[done:]
	}
	addIntoGo(dst, src)
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

// encodeBFloat16 rounds src to dst, and src to what dst then says.
func encodeBFloat16(dst []uint16, src []float32) {
	done := vectorEncodeBFloat16(dst, src)
	encodeBFloat16Go(dst[done:], src[done:])
}

func encodeBFloat16Go(dst []uint16, src []float32) {
	dst = dst[:len(src)]
	for i, v := range src {
		dst[i] = roundBFloat16(v)
		src[i] = widenBFloat16(dst[i])
	}
}

// encodeBFloat16Keeping does so and sets lost to what the rounding took.
func encodeBFloat16Keeping(dst []uint16, src, lost []float32) {
	done := vectorEncodeBFloat16Keeping(dst, src, lost)
	encodeBFloat16KeepingGo(dst[done:], src[done:], lost[done:])
}

func encodeBFloat16KeepingGo(dst []uint16, src, lost []float32) {
	dst, lost = dst[:len(src)], lost[:len(src)]
	for i, v := range src {
		dst[i] = roundBFloat16(v)
		src[i] = widenBFloat16(dst[i])
		lost[i] = finiteDifference(v, src[i])
	}
}

// addBFloat16 adds src to dst in float32.
func addBFloat16(dst []float32, src []uint16) {
	done := vectorAddBFloat16(dst, src)
	addBFloat16Go(dst[done:], src[done:])
}

func addBFloat16Go(dst []float32, src []uint16) {
	src = src[:len(dst)]
	for i := range dst {
		dst[i] += widenBFloat16(src[i])
	}
}

// copyBFloat16 widens src to dst.
func copyBFloat16(dst []float32, src []uint16) {
	done := vectorCopyBFloat16(dst, src)
	copyBFloat16Go(dst[done:], src[done:])
}

func copyBFloat16Go(dst []float32, src []uint16) {
	src = src[:len(dst)]
	for i := range dst {
		dst[i] = widenBFloat16(src[i])
	}
}

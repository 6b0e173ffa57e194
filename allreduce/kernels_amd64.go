package allreduce

import "golang.org/x/sys/cpu"

// perTurn is how many elements the vector forms do a turn: they leave what is over.
const perTurn = 32

var hasAVX2 = cpu.X86.HasAVX2

func whole(n int) int {
	if !hasAVX2 {
		return 0
	}
	return n &^ (perTurn - 1)
}

// Each of these does the first elements and returns how many; the slices must be as long
// as the first.

func vectorAdd(dst, src []float32) (done int) {
	if done = whole(len(dst)); done > 0 {
		addFloat32AVX2(&dst[0], &src[:done][0], done)
	}
	return done
}

func vectorEncodeBFloat16(dst []uint16, src []float32) (done int) {
	if done = whole(len(src)); done > 0 {
		encodeBFloat16AVX2(&dst[:done][0], &src[0], done)
	}
	return done
}

func vectorEncodeBFloat16Keeping(dst []uint16, src, lost []float32) (done int) {
	if done = whole(len(src)); done > 0 {
		encodeBFloat16KeepingAVX2(&dst[:done][0], &src[0], &lost[:done][0], done)
	}
	return done
}

func vectorAddBFloat16(dst []float32, src []uint16) (done int) {
	if done = whole(len(dst)); done > 0 {
		addBFloat16AVX2(&dst[0], &src[:done][0], done)
	}
	return done
}

func vectorCopyBFloat16(dst []float32, src []uint16) (done int) {
	if done = whole(len(dst)); done > 0 {
		copyBFloat16AVX2(&dst[0], &src[:done][0], done)
	}
	return done
}

// n is a multiple of perTurn and more than 0.

//go:noescape
func addFloat32AVX2(dst, src *float32, n int)

//go:noescape
func encodeBFloat16AVX2(dst *uint16, src *float32, n int)

//go:noescape
func encodeBFloat16KeepingAVX2(dst *uint16, src, lost *float32, n int)

//go:noescape
func addBFloat16AVX2(dst *float32, src *uint16, n int)

//go:noescape
func copyBFloat16AVX2(dst *float32, src *uint16, n int)

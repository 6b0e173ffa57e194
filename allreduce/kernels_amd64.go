package allreduce

import "golang.org/x/sys/cpu"

// perTurn is how many elements the vector forms do a turn: they leave what is over.
const perTurn = 32

var hasAVX2 = cpu.X86.HasAVX2

// whole is how many of n elements the vector forms do.
func whole(n int) int {
	if !hasAVX2 {
		return 0
	}
	return n &^ (perTurn - 1)
}

// Each of these does the first elements (bytes, for those over bytes), says how many, and
// returns their checksums. The slices must be as long as the first; lost may be nil.

func vectorSum(b []byte) (done int, sum uint64) {
	if done = whole(len(b)/4) * 4; done > 0 {
		sum = sumAVX2(&b[0], done)
	}
	return done, sum
}

func vectorCopySum(dst, src []byte) (done int, sum uint64) {
	if done = whole(len(src)/4) * 4; done > 0 {
		sum = copySumAVX2(&dst[:done][0], &src[0], done)
	}
	return done, sum
}

func vectorAdd(dst, src []float32) (done int, sum uint64) {
	if done = whole(len(dst)); done > 0 {
		sum = addFloat32AVX2(&dst[0], &src[:done][0], done)
	}
	return done, sum
}

func vectorAddBoth(x, p []float32) (done int, before, after uint64) {
	if done = whole(len(x)); done > 0 {
		before, after = addBothFloat32AVX2(&x[0], &p[:done][0], done)
	}
	return done, before, after
}

func vectorEncodeBFloat16(dst []uint16, src, lost []float32) (done int, sum uint64) {
	if done = whole(len(src)); done > 0 {
		sum = encodeBFloat16AVX2(&dst[:done][0], &src[0], first(lost, done), done)
	}
	return done, sum
}

func vectorAddBothBFloat16(x []float32, p []uint16, lost []float32) (done int, before, after uint64) {
	if done = whole(len(x)); done > 0 {
		before, after = addBothBFloat16AVX2(&x[0], &p[:done][0], first(lost, done), done)
	}
	return done, before, after
}

func vectorAddBFloat16(dst []float32, src []uint16) (done int, sum uint64) {
	if done = whole(len(dst)); done > 0 {
		sum = addBFloat16AVX2(&dst[0], &src[:done][0], done)
	}
	return done, sum
}

func vectorCopyBFloat16(dst []float32, src []uint16) (done int, sum uint64) {
	if done = whole(len(dst)); done > 0 {
		sum = copyBFloat16AVX2(&dst[0], &src[:done][0], done)
	}
	return done, sum
}

// first is where x begins, with room for n elements; nil for no x.
func first(x []float32, n int) *float32 {
	if x == nil {
		return nil
	}
	return &x[:n][0]
}

// n is a multiple of perTurn elements and more than 0.

//go:noescape
func sumAVX2(src *byte, n int) (sum uint64)

//go:noescape
func copySumAVX2(dst, src *byte, n int) (sum uint64)

//go:noescape
func addFloat32AVX2(dst, src *float32, n int) (sum uint64)

//go:noescape
func addBothFloat32AVX2(x, p *float32, n int) (before, after uint64)

//go:noescape
func encodeBFloat16AVX2(dst *uint16, src, lost *float32, n int) (sum uint64)

//go:noescape
func addBothBFloat16AVX2(x *float32, p *uint16, lost *float32, n int) (before, after uint64)

//go:noescape
func addBFloat16AVX2(dst *float32, src *uint16, n int) (sum uint64)

//go:noescape
func copyBFloat16AVX2(dst *float32, src *uint16, n int) (sum uint64)

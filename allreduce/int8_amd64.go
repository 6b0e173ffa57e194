package allreduce

// Each of these does the whole blocks of a payload, says how many elements that is, and returns
// the checksums of their bytes, without the scales.

func wholeBlocks(n int) int {
	if !hasAVX2 {
		return 0
	}
	return n / int8Block
}

func vectorRoundInt8(q, scales []byte, x, lost []float32, add bool) (done int, before, after uint64) {
	blocks := wholeBlocks(len(x))
	if blocks == 0 {
		return 0, 0, 0
	}
	done = blocks * int8Block
	before, after = roundInt8AVX2(&q[:done][0], &scales[:blocks*int8ScaleBytes][0], &x[0], first(lost, done), blocks, add)
	return done, before, after
}

func vectorAddInt8(x []float32, q, scales []byte) (done int, sum uint64) {
	blocks := wholeBlocks(len(x))
	if blocks == 0 {
		return 0, 0
	}
	done = blocks * int8Block
	return done, addInt8AVX2(&x[0], &q[:done][0], &scales[:blocks*int8ScaleBytes][0], blocks)
}

func vectorCopyInt8(x []float32, q, scales []byte) (done int, sum uint64) {
	blocks := wholeBlocks(len(x))
	if blocks == 0 {
		return 0, 0
	}
	done = blocks * int8Block
	return done, copyInt8AVX2(&x[0], &q[:done][0], &scales[:blocks*int8ScaleBytes][0], blocks)
}

// blocks is more than 0.

//go:noescape
func roundInt8AVX2(q, scales *byte, x, lost *float32, blocks int, add bool) (before, after uint64)

//go:noescape
func addInt8AVX2(x *float32, q, scales *byte, blocks int) (sum uint64)

//go:noescape
func copyInt8AVX2(x *float32, q, scales *byte, blocks int) (sum uint64)

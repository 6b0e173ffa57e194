//go:build !amd64

package allreduce

// Elsewhere than on amd64 the vector forms do nothing, and plain Go does it all.

func vectorSum([]byte) (done int, sum uint64)                       { return 0, 0 }
func vectorCopySum(_, _ []byte) (done int, sum uint64)              { return 0, 0 }
func vectorAdd(_, _ []float32) (done int, sum uint64)               { return 0, 0 }
func vectorAddBoth(_, _ []float32) (done int, before, after uint64) { return 0, 0, 0 }
func vectorEncodeBFloat16([]uint16, []float32, []float32) (done int, sum uint64) {
	return 0, 0
}
func vectorAddBothBFloat16([]float32, []uint16, []float32) (done int, before, after uint64) {
	return 0, 0, 0
}
func vectorAddBFloat16([]float32, []uint16) (done int, sum uint64)  { return 0, 0 }
func vectorCopyBFloat16([]float32, []uint16) (done int, sum uint64) { return 0, 0 }

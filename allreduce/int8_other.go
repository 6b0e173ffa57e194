//go:build !amd64

package allreduce

// Elsewhere than on amd64 the vector forms do nothing, and plain Go does it all.

func vectorRoundInt8(_, _ []byte, _, _ []float32, _ bool) (done int, before, after uint64) {
	return 0, 0, 0
}
func vectorAddInt8([]float32, []byte, []byte) (done int, sum uint64)  { return 0, 0 }
func vectorCopyInt8([]float32, []byte, []byte) (done int, sum uint64) { return 0, 0 }

//go:build !amd64

package allreduce

// Elsewhere than on amd64 the vector forms do nothing, and plain Go does it all.

func vectorAdd(dst, src []float32) (done int)                                  { return 0 }
func vectorEncodeBFloat16(dst []uint16, src []float32) (done int)              { return 0 }
func vectorEncodeBFloat16Keeping(dst []uint16, src, lost []float32) (done int) { return 0 }
func vectorAddBFloat16(dst []float32, src []uint16) (done int)                 { return 0 }
func vectorCopyBFloat16(dst []float32, src []uint16) (done int)                { return 0 }

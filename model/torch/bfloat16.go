package torch

// #include "native.h"
import "C"

import lib "github.com/sugarme/gotch/libtch"

// BFloat16 runs f with libtorch's automatic casts: matrix products and attention on the
// device take their operands in bfloat16, sums and normalisations stay in float32. What f
// returns comes back in float32; a backward pass afterwards leaves gradients of float32
// tensors in float32. Casts do not nest.
func (s *Scope) BFloat16(d Device, f func(*Scope) *Tensor) *Tensor {
	if s.err != nil {
		return nil
	}
	if err := autocast(d, true); err != nil {
		s.Fail(err)
		return nil
	}
	out := func() *Tensor {
		defer func() { // also after a panic: the thread lives on
			if err := autocast(d, false); err != nil {
				s.Fail(err)
			}
		}()
		return f(s)
	}()
	return s.op("to float32", func(to *lib.Ctensor) { lib.AtgTotype(to, out.ptr(), kindFloat) })
}

func autocast(d Device, on bool) error {
	var gpu, enabled C.int
	if !d.OnHost() {
		gpu = 1
	}
	if on {
		enabled = 1
	}
	return takeMessage(C.rm_autocast(gpu, enabled))
}

package torch

// #include <stdlib.h>
// #include "fused.h"
import "C"

import (
	_ "embed"
	"fmt"
	"path/filepath"
	"sync"
	"unsafe"
)

//go:embed fused.cu
var fusedSource string

// Kernels are kernels of our own for one GPU, for rows of one width.
type Kernels struct{ c *C.rm_kernels }

type kernelsKey struct {
	gpu   int
	width int64
}

// compiled holds all kernels compiled so far: it takes seconds, and every stage of a run has a
// new model. They are as few as GPUs and widths.
var compiled struct {
	mu   sync.Mutex
	done map[kernelsKey]*Kernels
}

// CompileKernels gives the kernels for a GPU and a width, a multiple of 128, compiled at the
// first call.
func CompileKernels(d Device, width int64) (*Kernels, error) {
	if d.OnHost() || width <= 0 || width%128 != 0 {
		return nil, fmt.Errorf("%w: kernels for rows of %d on %s", ErrNoDevice, width, d)
	}
	compiled.mu.Lock()
	defer compiled.mu.Unlock()
	key := kernelsKey{d.index, width}
	if k := compiled.done[key]; k != nil {
		return k, nil
	}
	source, folder := C.CString(fusedSource), C.CString(filepath.Join(torchFolder(), "lib"))
	defer C.free(unsafe.Pointer(source))
	defer C.free(unsafe.Pointer(folder))
	k := &Kernels{}
	if err := takeMessage(C.rm_kernels_compile(source, folder, C.int(d.index), C.int64_t(width), &k.c)); err != nil {
		return nil, fmt.Errorf("compile kernels for %s: %w", d, err)
	}
	if compiled.done == nil {
		compiled.done = map[kernelsKey]*Kernels{}
	}
	compiled.done[key] = k
	return k, nil
}

// AddNorm is LayerNorm(dropout(x + bias) + residual), over rows in bfloat16 of the kernels'
// width. Passes with the same seed, an int64 on the device, and the same site drop the same.
func (s *Scope) AddNorm(k *Kernels, x, bias, residual, gamma, beta, seed *Tensor, site int, dropout, eps float64) *Tensor {
	return s.native("add and normalise", func(out *unsafe.Pointer) *C.char {
		return C.rm_add_norm(k.c, unsafe.Pointer(x.ptr()), unsafe.Pointer(bias.ptr()), unsafe.Pointer(residual.ptr()),
			unsafe.Pointer(gamma.ptr()), unsafe.Pointer(beta.ptr()), unsafe.Pointer(seed.ptr()), C.int64_t(site), C.double(dropout), C.double(eps), out)
	})
}

// BiasGelu is gelu(x + bias), by the error function, over rows in bfloat16 whose length is a
// multiple of 128.
func (s *Scope) BiasGelu(k *Kernels, x, bias *Tensor) *Tensor {
	return s.native("bias and gelu", func(out *unsafe.Pointer) *C.char {
		return C.rm_bias_gelu(k.c, unsafe.Pointer(x.ptr()), unsafe.Pointer(bias.ptr()), out)
	})
}

// FusedLinear is Linear over rows in bfloat16 to a length that is a multiple of 128.
func (s *Scope) FusedLinear(k *Kernels, x, w, b *Tensor) *Tensor {
	return s.native("linear", func(out *unsafe.Pointer) *C.char {
		return C.rm_fused_linear(k.c, unsafe.Pointer(x.ptr()), unsafe.Pointer(w.ptr()), unsafe.Pointer(b.ptr()), out)
	})
}

// FlatAdamW is a step over flat vectors on a GPU.
type FlatAdamW struct {
	Param, Grad, Mean, Square *Tensor
	Half                      *Tensor // what the parameters become, in bfloat16; may be nil
	Classes                   *Tensor // a byte an element, its UpdateClass
	// Shares are the shares of the learning rate that elements have by their depth, UpdateDepths of them;
	// nil is the whole for all.
	Shares *Tensor
	// Settings are the learning rate, the bound of the norm (infinite for none), the number t
	// of the step, and 1 − βᵗ for both β.
	Settings *Tensor
	Norm     *Tensor // receives the gradient's norm
}

// UpdateDepths is how many depths an element's class can tell apart.
const UpdateDepths = 128

// UpdateClass says in a byte whether weight decay applies to an element, and how many layers it is below the
// heads; the last depth stands for all that are deeper.
func UpdateClass(decays bool, below int) byte {
	class := byte(min(below, UpdateDepths-1)) << 1
	if decays {
		class |= 1
	}
	return class
}

// StepAdamW takes a step without waiting for it, and zeroes the gradient. Where the norm is not
// finite it changes nothing. Of o it takes β, ε and the weight decay.
func (s *Scope) StepAdamW(k *Kernels, a FlatAdamW, o AdamWStep) {
	if s.err != nil {
		return
	}
	err := takeMessage(C.rm_vector_norm(unsafe.Pointer(a.Grad.ptr()), unsafe.Pointer(a.Norm.ptr())))
	if err == nil {
		err = takeMessage(C.rm_adamw_flat(k.c, unsafe.Pointer(a.Param.ptr()), unsafe.Pointer(a.Grad.ptr()), unsafe.Pointer(a.Mean.ptr()),
			unsafe.Pointer(a.Square.ptr()), unsafe.Pointer(a.Half.ptr()), unsafe.Pointer(a.Classes.ptr()), unsafe.Pointer(a.Shares.ptr()), unsafe.Pointer(a.Settings.ptr()),
			unsafe.Pointer(a.Norm.ptr()), C.double(o.Beta1), C.double(o.Beta2), C.double(o.Eps), C.double(o.WeightDecay)))
	}
	if err != nil {
		s.Fail(fmt.Errorf("AdamW: %w", err))
	}
}

package torch

// #cgo CXXFLAGS: -std=c++17
// #include <stdlib.h>
// #include "native.h"
import "C"

import (
	"fmt"
	"strings"
	"sync"
	"unsafe"

	lib "github.com/sugarme/gotch/libtch"
)

// Version is the version of libtorch the program was built against, as "2.11.0".
func Version() string { return C.GoString(C.rm_torch_version()) }

// lastError fetches and clears the calling thread's error slot of the bindings.
func lastError() error { return takeMessage((*C.char)(unsafe.Pointer(lib.GetAndResetLastErr()))) }

// takeMessage makes an error of a C string and frees it.
func takeMessage(message *C.char) error { return takeMessageAs(ErrTorch, message) }

// takeMessageAs is takeMessage for another kind of error. libtorch appends a C++ stack
// to its messages; what a person needs is the first line.
func takeMessageAs(kind error, message *C.char) error {
	if message == nil {
		return nil
	}
	defer C.free(unsafe.Pointer(message))
	first, _, _ := strings.Cut(strings.TrimSpace(C.GoString(message)), "\n")
	return fmt.Errorf("%w: %s", kind, first)
}

func setThreads(n int) error {
	if n == 0 {
		return nil
	}
	return takeMessage(C.rm_set_threads(C.int(n)))
}

// Threads is how many OpenMP threads operators of this scope use.
func (s *Scope) Threads() int {
	var n C.int
	if err := takeMessage(C.rm_get_threads(&n)); err != nil {
		s.Fail(err)
	}
	return int(n)
}

// SetDeterministic asks libtorch, for the whole process, for cuDNN's and cuBLAS's kernels whose
// result does not change from run to run. Sums of gradients of embeddings and FlashAttention's
// backward pass still add in no fixed order on a GPU; what does is slower. On the CPU nothing
// changes from run to run.
func SetDeterministic() error { return takeMessage(C.rm_set_deterministic()) }

// SetGrad makes grad the gradient of the leaf x; a backward pass then adds to grad's
// memory in place.
func (s *Scope) SetGrad(x, grad *Tensor) {
	if s.err != nil {
		return
	}
	if err := takeMessage(C.rm_set_grad(unsafe.Pointer(x.ptr()), unsafe.Pointer(grad.ptr()))); err != nil {
		s.Fail(fmt.Errorf("set grad: %w", err))
	}
}

// Grad is the gradient that the leaf x has collected.
func (s *Scope) Grad(x *Tensor) *Tensor {
	return s.native("grad", func(out *unsafe.Pointer) *C.char {
		return C.rm_get_grad(unsafe.Pointer(x.ptr()), out)
	})
}

// Dropout zeroes elements with probability p and scales the rest by 1/(1−p); at p = 0
// it is x itself.
func (s *Scope) Dropout(x *Tensor, p float64) *Tensor {
	if p == 0 {
		return x
	}
	return s.native("dropout", func(out *unsafe.Pointer) *C.char {
		return C.rm_dropout(unsafe.Pointer(x.ptr()), C.double(p), out)
	})
}

// Attention is softmax(q·kᵀ/√d + mask)·v over tensors of shape [batch, heads,
// length, d], with dropout on the softmax. A boolean mask says which keys take
// part; nil lets all. (The binding's own form cannot leave the mask out.)
func (s *Scope) Attention(q, k, v, mask *Tensor, dropout float64) *Tensor {
	return s.native("scaled_dot_product_attention", func(out *unsafe.Pointer) *C.char {
		return C.rm_attention(unsafe.Pointer(q.ptr()), unsafe.Pointer(k.ptr()), unsafe.Pointer(v.ptr()),
			unsafe.Pointer(mask.ptr()), C.double(dropout), out)
	})
}

// PackedTexts says which rows belong to which text where texts stand one after another, on
// the device: text i has the queries from FirstQuery[i] up to FirstQuery[i+1], and so its
// tokens. Both are int32 and have one element more than there are texts. MostQueries and
// MostTokens are no less than what any text has.
type PackedTexts struct {
	FirstQuery, FirstToken  *Tensor
	MostQueries, MostTokens int64
}

// PackedAttention is Attention within each text, by FlashAttention (Dao, 2023): q is [queries,
// heads, d], k and v are [tokens, heads, d], in bfloat16 on a GPU of compute capability 8 or
// more. The result is shaped as q.
func (s *Scope) PackedAttention(q, k, v *Tensor, texts PackedTexts, dropout float64) *Tensor {
	return s.native("flash_attention", func(out *unsafe.Pointer) *C.char {
		return C.rm_packed_attention(unsafe.Pointer(q.ptr()), unsafe.Pointer(k.ptr()), unsafe.Pointer(v.ptr()),
			unsafe.Pointer(texts.FirstQuery.ptr()), unsafe.Pointer(texts.FirstToken.ptr()),
			C.int64_t(texts.MostQueries), C.int64_t(texts.MostTokens), C.double(dropout), out)
	})
}

// Unbind is x[0], x[1] … along dim, of size n, over the same memory.
func (s *Scope) Unbind(x *Tensor, dim int64, n int) []*Tensor {
	parts := make([]*Tensor, n)
	if s.err != nil {
		return parts
	}
	out := make([]unsafe.Pointer, n)
	if err := takeMessage(C.rm_unbind(unsafe.Pointer(x.ptr()), C.int64_t(dim), C.int(n), &out[0])); err != nil {
		s.Fail(fmt.Errorf("unbind: %w", err))
		return parts
	}
	for i, c := range out {
		parts[i] = s.own(adopt(lib.Ctensor(c)))
	}
	return parts
}

// OneHot is [ids, n], 1 where the column is the row's id and else 0, in the type of like.
func (s *Scope) OneHot(ids *Tensor, n int64, like *Tensor) *Tensor {
	return s.native("one-hot", func(out *unsafe.Pointer) *C.char {
		return C.rm_one_hot(unsafe.Pointer(ids.ptr()), C.int64_t(n), unsafe.Pointer(like.ptr()), out)
	})
}

// NegativeLikelihood is −logProbabilities[i, gold[i]] for each row i.
func (s *Scope) NegativeLikelihood(logProbabilities, gold *Tensor) *Tensor {
	return s.native("nll_loss", func(out *unsafe.Pointer) *C.char {
		return C.rm_negative_likelihood(unsafe.Pointer(logProbabilities.ptr()), unsafe.Pointer(gold.ptr()), out)
	})
}

// TakeGrads removes the leaves' gradients and gives them one after another as a flat tensor,
// with zeros for a leaf that has none.
func (s *Scope) TakeGrads(leaves []*Tensor) *Tensor {
	return s.native("take gradients", func(out *unsafe.Pointer) *C.char {
		return C.rm_take_grads(pointers(leaves), C.int(len(leaves)), out)
	})
}

// pointers are the tensors' handles as C takes them.
func pointers(tensors []*Tensor) *unsafe.Pointer {
	all := make([]unsafe.Pointer, max(1, len(tensors)))
	for i, t := range tensors {
		all[i] = unsafe.Pointer(t.ptr())
	}
	return &all[0]
}

// Gelu is x·Φ(x), by the error function, or by its tanh approximation. (The binding's
// own form leaks its string argument.)
func (s *Scope) Gelu(x *Tensor, tanhApproximation bool) *Tensor {
	var approximate C.int
	if tanhApproximation {
		approximate = 1
	}
	return s.native("gelu", func(out *unsafe.Pointer) *C.char {
		return C.rm_gelu(unsafe.Pointer(x.ptr()), approximate, out)
	})
}

// native runs one operator of native.cpp that writes a new tensor handle.
func (s *Scope) native(name string, call func(out *unsafe.Pointer) *C.char) *Tensor {
	return s.op(name, func(out *lib.Ctensor) {
		var c unsafe.Pointer
		if err := takeMessage(call(&c)); err != nil {
			s.Fail(fmt.Errorf("%s: %w", name, err))
			return
		}
		*out = lib.Ctensor(c)
	})
}

// seeding guards libtorch's one random generator per device, by the device's index.
var seeding sync.Map // int → *sync.Mutex

// Seeded seeds libtorch's generator of a device and runs f; no other Seeded of that
// device runs meanwhile, so the random numbers f draws there depend on the seed alone.
func Seeded(d Device, seed uint64, f func() error) error {
	guard, _ := seeding.LoadOrStore(d.index, new(sync.Mutex))
	guard.(*sync.Mutex).Lock()
	defer guard.(*sync.Mutex).Unlock()
	if err := takeMessage(C.rm_manual_seed(C.uint64_t(seed), C.int(d.index))); err != nil {
		return err
	}
	return f()
}

package torch

// #cgo LDFLAGS: -lm
// #include "kernels.h"
// #include "native.h"
import "C"

import (
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"unsafe"
)

// chunk is how many elements one call of a kernel handles. It is part of the result
// of Norm: sums are formed per chunk and added in order.
const chunk = 1 << 17

// Norm is the Euclidean norm of x, summed in double precision in an order that does
// not depend on threads (how many goroutines share the work).
func Norm(x []float32, threads int) float64 {
	parts := make([]float64, (len(x)+chunk-1)/chunk)
	each(len(parts), threads, func(i int) {
		part := x[i*chunk : min((i+1)*chunk, len(x))]
		parts[i] = float64(C.rm_sum_squares((*C.float)(&part[0]), C.size_t(len(part))))
	})
	sum := 0.0
	for _, p := range parts {
		sum += p
	}
	return math.Sqrt(sum)
}

// AdamWStep says how one step of AdamW (Loshchilov & Hutter, "Decoupled Weight Decay
// Regularization", Algorithm 2) is taken, with the names of torch.optim.AdamW.
type AdamWStep struct {
	LR, Beta1, Beta2, Eps float64
	WeightDecay           float64
	Step                  int64   // number of this step, the first is 1
	GradScale             float64 // factor of the gradient, 1 for none
}

// AdamW takes one step on host memory: p (parameters), m (mean of gradients) and v
// (mean of squares) are updated from g, and g is set to zero. All have one length.
func AdamW(p, g, m, v []float32, o AdamWStep, threads int) {
	t := float64(o.Step)
	c := C.struct_rm_adamw{
		decay:      C.float(1 - o.LR*o.WeightDecay),
		beta1_rest: C.float(1 - o.Beta1),
		beta2:      C.float(o.Beta2),
		beta2_rest: C.float(1 - o.Beta2),
		step_size:  C.float(o.LR / (1 - math.Pow(o.Beta1, t))),
		bias2_sqrt: C.float(math.Sqrt(1 - math.Pow(o.Beta2, t))),
		eps:        C.float(o.Eps),
		grad_scale: C.float(o.GradScale),
	}
	_, _, _ = g[:len(p)], m[:len(p)], v[:len(p)]
	each((len(p)+chunk-1)/chunk, threads, func(i int) {
		lo, hi := i*chunk, min((i+1)*chunk, len(p))
		C.rm_adamw_step((*C.float)(&p[lo]), (*C.float)(&g[lo]), (*C.float)(&m[lo]), (*C.float)(&v[lo]), C.size_t(hi-lo), &c)
	})
}

// FusedAdamW is AdamW on tensors of any device, by libtorch's fused kernel. It leaves
// g alone and takes no GradScale.
func (s *Scope) FusedAdamW(p, g, m, v *Tensor, o AdamWStep) {
	if s.err != nil {
		return
	}
	err := takeMessage(C.rm_fused_adamw(
		unsafe.Pointer(p.ptr()), unsafe.Pointer(g.ptr()), unsafe.Pointer(m.ptr()), unsafe.Pointer(v.ptr()),
		C.double(o.LR), C.double(o.Beta1), C.double(o.Beta2), C.double(o.Eps), C.double(o.WeightDecay), C.double(o.Step)))
	if err != nil {
		s.Fail(fmt.Errorf("fused AdamW: %w", err))
	}
}

// AdamWLists are the parameters of [Scope.ClippedAdamW] with what belongs to each, all on a GPU.
// The first Decayed have weight decay, the others have none.
type AdamWLists struct {
	Params, Grads, Means, Squares []*Tensor
	Decayed                       int
	// Shares are the shares of the learning rate that each has; nil is the whole for all.
	Shares []float64
}

// runs are where runs of parameters end that take one step: of one share, with weight decay or without.
func (l AdamWLists) runs() (ends []C.int, shares, decays []C.double) {
	share := func(i int) float64 {
		if l.Shares == nil {
			return 1
		}
		return l.Shares[i]
	}
	for i := range l.Params {
		if n := len(ends); n > 0 && i != l.Decayed && share(i) == share(i-1) {
			ends[n-1] = C.int(i + 1)
			continue
		}
		decays = append(decays, 0)
		if i < l.Decayed {
			decays[len(decays)-1] = 1
		}
		ends, shares = append(ends, C.int(i+1)), append(shares, C.double(share(i)))
	}
	return ends, shares, decays
}

// ClippedAdamW takes one step on a GPU without waiting for it. It writes the Euclidean norm of
// gradient, of which the lists' gradients are views, to norm, and scales the gradient down to the
// bound. Where the norm is not finite it changes nothing else. settings begins with the learning
// rate, the bound (infinite for none), and the number of the step. Of o it takes the rest.
func (s *Scope) ClippedAdamW(lists AdamWLists, gradient, settings, norm *Tensor, o AdamWStep) {
	if s.err != nil {
		return
	}
	ends, shares, decays := lists.runs()
	if len(ends) == 0 {
		s.Fail(fmt.Errorf("%w: AdamW of no parameters", ErrTorch))
		return
	}
	err := takeMessage(C.rm_clipped_adamw(pointers(lists.Params), pointers(lists.Grads), pointers(lists.Means), pointers(lists.Squares),
		&ends[0], &shares[0], &decays[0], C.int(len(ends)),
		unsafe.Pointer(gradient.ptr()), unsafe.Pointer(settings.ptr()), unsafe.Pointer(norm.ptr()),
		C.double(o.Beta1), C.double(o.Beta2), C.double(o.Eps), C.double(o.WeightDecay)))
	if err != nil {
		s.Fail(fmt.Errorf("AdamW: %w", err))
	}
}

// each calls f(0) … f(n−1) on up to threads goroutines and waits for them.
func each(n, threads int, f func(int)) {
	if threads = min(threads, n); threads <= 1 {
		for i := range n {
			f(i)
		}
		return
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	for range threads {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				f(i)
			}
		})
	}
	wg.Wait()
}

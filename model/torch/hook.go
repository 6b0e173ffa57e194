package torch

// #include "native.h"
import "C"

import (
	"fmt"
	"runtime/cgo"
	"unsafe"
)

// OnGrad has f called whenever a backward pass has finished the gradient of the leaf x,
// on the thread of that pass and before the pass goes on; f must not touch tensors. A
// panic of f fails the pass. The hook, the only one of x, lives as long as x's tensor
// does, and counts in [Live].
func (s *Scope) OnGrad(x *Tensor, f func()) {
	if s.err != nil {
		return
	}
	live.Add(1)
	hook := C.uintptr_t(cgo.NewHandle(f))
	if err := takeMessage(C.rm_on_grad(unsafe.Pointer(x.ptr()), hook)); err != nil {
		s.Fail(fmt.Errorf("grad hook: %w", err))
	}
}

// rmGradReady runs a hook's function. A panic must not unwind libtorch's frames.
//
//export rmGradReady
func rmGradReady(hook C.uintptr_t) (message *C.char) {
	defer func() {
		if p := recover(); p != nil {
			message = C.CString(fmt.Sprintf("panic in a gradient hook: %v", p))
		}
	}()
	cgo.Handle(hook).Value().(func())()
	return nil
}

// rmGradHookGone forgets a hook that libtorch has destroyed.
//
//export rmGradHookGone
func rmGradHookGone(hook C.uintptr_t) {
	cgo.Handle(hook).Delete()
	live.Add(-1)
}

package torch

import (
	"fmt"
	"sync/atomic"

	lib "github.com/sugarme/gotch/libtch"
)

// Tensor is a handle on a libtorch tensor. Its owner is the Scope that made it, or
// whoever took it with [Scope.Keep]. A nil *Tensor stands for "none" where an
// operator's argument is optional.
type Tensor struct{ c lib.Ctensor }

var live atomic.Int64

// Live is the number of tensor handles and gradient hooks that exist now in the process.
func Live() int64 { return live.Load() }

func adopt(c lib.Ctensor) *Tensor {
	live.Add(1)
	return &Tensor{c: c}
}

// Free releases a kept tensor. Freeing nil, or a second time, does nothing.
func (t *Tensor) Free() {
	if t == nil || t.c == nil {
		return
	}
	lib.AtFree(t.c)
	t.c = nil
	live.Add(-1)
}

func (t *Tensor) ptr() lib.Ctensor {
	if t == nil {
		return nil
	}
	return t.c
}

// Scope owns the tensors made in it and remembers the first error. It is used only
// inside the function that received it.
type Scope struct {
	owned []*Tensor
	err   error
}

// Err is the first error of an operator in this scope, nil while all went well.
func (s *Scope) Err() error { return s.err }

// Fail stops the scope with err unless it is stopped already.
func (s *Scope) Fail(err error) {
	if s.err == nil {
		s.err = err
	}
}

// Block runs f in a scope of its own: what f returns passes to s, everything else
// that f made is freed.
func (s *Scope) Block(f func(*Scope) *Tensor) *Tensor {
	if s.err != nil {
		return nil
	}
	inner := &Scope{}
	defer inner.free()
	out := f(inner)
	if inner.err != nil {
		s.err = inner.err
		return nil
	}
	return s.own(inner.Keep(out))
}

// Try runs f in a scope of its own, frees what f made, and gives f's error, which does not
// stop s.
func (s *Scope) Try(f func(*Scope)) error {
	if s.err != nil {
		return s.err
	}
	inner := &Scope{}
	defer inner.free()
	f(inner)
	return inner.err
}

// Keep takes t out of the scope; the caller frees it. A tensor the scope does not
// own is returned unchanged.
func (s *Scope) Keep(t *Tensor) *Tensor {
	for i := len(s.owned) - 1; i >= 0; i-- {
		if s.owned[i] == t {
			s.owned = append(s.owned[:i], s.owned[i+1:]...)
			break
		}
	}
	return t
}

func (s *Scope) own(t *Tensor) *Tensor {
	if t != nil {
		s.owned = append(s.owned, t)
	}
	return t
}

func (s *Scope) free() {
	for i := len(s.owned) - 1; i >= 0; i-- {
		s.owned[i].Free()
	}
	s.owned = nil
}

// op runs one operator that writes a new tensor handle to its argument.
func (s *Scope) op(name string, call func(out *lib.Ctensor)) *Tensor {
	if s.err != nil {
		return nil
	}
	var c lib.Ctensor
	call(&c)
	if err := lastError(); err != nil {
		s.Fail(fmt.Errorf("%s: %w", name, err))
	}
	if s.err != nil {
		return nil
	}
	return s.own(adopt(c))
}

// do runs one operator that returns no new tensor; what in-place operators hand back
// is a second handle on the same tensor and is freed here.
func (s *Scope) do(name string, call func(out *lib.Ctensor)) {
	if s.err != nil {
		return
	}
	var c lib.Ctensor
	call(&c)
	if err := lastError(); err != nil {
		s.Fail(fmt.Errorf("%s: %w", name, err))
		return
	}
	if c != nil {
		lib.AtFree(c)
	}
}

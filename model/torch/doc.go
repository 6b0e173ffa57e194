// Package torch is the binding to libtorch: tensors with explicit ownership, the operators
// that an encoder needs, errors instead of aborts, and what the bindings underneath do not
// offer. It is the only package with cgo of its own.
//
// # Threads
//
// libtorch keeps its gradient mode, its error slot and its OpenMP workers per
// operating-system thread, and goroutines move between threads. All tensor work
// of one owner therefore happens on one [Thread]:
//
//	thread, err := torch.Start(2)            // two OpenMP threads
//	defer thread.Close()
//	err = thread.Run(torch.WithGrad, func(s *torch.Scope) error {
//		x := s.Floats([]float32{1, 2}, 1, 2)
//		y := s.Tanh(s.Linear(x, weight, bias))
//		s.Backward(s.Sum(y))
//		return nil                       // an operator's error is returned by Run
//	})
//
// # Ownership
//
// Every tensor made in a [Scope] is freed when the scope ends; nothing waits for the
// garbage collector. [Scope.Block] is a scope inside a scope
// that hands one tensor up and frees the rest, so that a layer's intermediates do
// not outlive the layer. [Scope.Keep] takes a tensor out of all scopes: its caller
// owns it from then on and frees it with [Tensor.Free]. [Live] counts what exists.
//
// # Errors
//
// The first operator that fails stops the scope: later operators do nothing and
// return nil, and Run returns that first error, which wraps [ErrTorch] and is one
// line long. Model code is thus written as plain expressions. A value that must
// look at a result in between asks [Scope.Err] first.
//
// # Why operators go to gotch's lower package
//
// The binding is gotch, its package libtch. gotch's own tensor type, one package
// higher, allocates 100 kB and leaks a C allocation for every operator called, frees
// by finalizer, and creates a folder in the home directory when it is loaded.
//
// # CUDA
//
// The program links no CUDA library. [OpenDevice] loads libtorch_cuda.so from an
// installed torch of the same version when a GPU is asked for, before anything asks
// libtorch about CUDA (libtorch remembers its first answer). Nothing of CUDA is
// touched for "cpu".
//
// A [Group] sums over several GPUs by NCCL, loaded in the same way from the same torch. It
// has been tested on a stand-in for the library, and not run on GPUs yet. To run it there:
// "ringmaster train … --device cuda:0,cuda:1".
//
// # Determinism
//
// [Norm] and [AdamW] are plain C loops whose order of additions does not depend on
// the number of threads or the processor's vector width: equal inputs give equal
// bits on every machine of one architecture.
package torch

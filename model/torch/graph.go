package torch

// #include "graph.h"
import "C"

import (
	"fmt"
	"unsafe"

	lib "github.com/sugarme/gotch/libtch"
)

// Graph is recorded device work that is begun as a whole, a CUDA graph: without it the host
// begins each kernel by itself, which takes longer than most kernels run. It reads and writes
// the memory that it was recorded with; a tensor that a replay is to see anew is copied into.
// On the CPU, which needs no such thing, it is the function itself.
type Graph struct {
	c *C.rm_graph
	f func(*Scope)
}

// UseOwnStream sends the thread's work on a GPU to a stream of its own, for as long as the
// thread lives. A graph cannot be recorded on the default stream. On the CPU it does nothing.
func (s *Scope) UseOwnStream(d Device) {
	if s.err != nil || d.OnHost() {
		return
	}
	if err := takeMessage(C.rm_own_stream(C.int(d.index))); err != nil {
		s.Fail(fmt.Errorf("stream of its own: %w", err))
	}
}

// Synchronize waits for the thread's work on a GPU.
func (s *Scope) Synchronize(d Device) {
	if s.err != nil || d.OnHost() {
		return
	}
	if err := takeMessage(C.rm_synchronize(C.int(d.index))); err != nil {
		s.Fail(fmt.Errorf("synchronize: %w", err))
	}
}

// Record records f's work as a graph, without doing it. f must have run on this thread before
// with tensors of the same shapes, so that libtorch has its handles and workspaces, and must
// not wait for the device. Graphs of which one was recorded with the other in the place of
// shares use the same memory; they are never replayed at the same time. An error is not the
// scope's: f can be run as it is.
func (s *Scope) Record(d Device, shares *Graph, f func(*Scope)) (*Graph, error) {
	if s.err != nil {
		return nil, s.err
	}
	if d.OnHost() {
		return &Graph{f: f}, nil
	}
	g := &Graph{}
	var pool *C.rm_graph
	if shares != nil {
		pool = shares.c
	}
	if err := takeMessage(C.rm_graph_begin(pool, &g.c)); err != nil {
		return nil, fmt.Errorf("begin a CUDA graph: %w", err)
	}
	failed := s.Try(f)
	// Also after an error of f, which would leave the stream recording.
	ended := takeMessage(C.rm_graph_end(g.c))
	if failed != nil {
		return nil, fmt.Errorf("record a CUDA graph: %w", failed)
	}
	if ended != nil {
		return nil, fmt.Errorf("end a CUDA graph: %w", ended)
	}
	live.Add(1)
	return g, nil
}

// Replay begins the graph's work.
func (s *Scope) Replay(g *Graph) {
	switch {
	case s.err != nil:
	case g.f != nil:
		s.err = s.Try(g.f)
	default:
		if err := takeMessage(C.rm_graph_replay(g.c)); err != nil {
			s.Fail(fmt.Errorf("replay a CUDA graph: %w", err))
		}
	}
}

// Free frees what the graph holds; it counts in [Live]. Freeing nil, or twice, does nothing.
func (g *Graph) Free() {
	if g == nil || g.c == nil {
		return
	}
	C.rm_graph_free(g.c)
	g.c = nil
	live.Add(-1)
}

// PinnedFloats is float32 host memory that a GPU can copy from and to by itself; in a program
// without CUDA it is ordinary memory.
func (s *Scope) PinnedFloats(d Device, n int64) *Tensor { return s.pinned(d, n, kindFloat) }

// PinnedInts is PinnedFloats for int64.
func (s *Scope) PinnedInts(d Device, n int64) *Tensor { return s.pinned(d, n, kindInt64) }

func (s *Scope) pinned(d Device, n int64, kind int32) *Tensor {
	if d.OnHost() {
		return s.op("zeros", func(out *lib.Ctensor) { lib.AtgZeros(out, []int64{n}, 1, kind, CPU.c()) })
	}
	return s.native("pinned memory", func(out *unsafe.Pointer) *C.char { return C.rm_pinned(C.int64_t(n), C.int(kind), out) })
}

// CopyAsync is Copy that does not wait for a GPU. Pinned memory that takes part must stay as
// it is until [Scope.Synchronize].
func (s *Scope) CopyAsync(dst, src *Tensor) {
	if s.err != nil {
		return
	}
	if err := takeMessage(C.rm_copy_async(unsafe.Pointer(dst.ptr()), unsafe.Pointer(src.ptr()))); err != nil {
		s.Fail(fmt.Errorf("copy_: %w", err))
	}
}

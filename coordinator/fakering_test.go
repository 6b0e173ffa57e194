package coordinator

import (
	"context"
	"sync"
)

// fakeRing adds up what ranks bring.
type fakeRing struct {
	mu   sync.Mutex
	sums map[ringStep]*ringSum
	dead map[uint64]bool // generations of which a rank has died
}

type ringStep struct {
	generation uint64
	step       int
}

type ringSum struct {
	counts []int
	left   int
	over   chan struct{} // closed when it is whole, or broken
	broken bool
}

// breaks ends what waits for a rank of a generation.
func (r *fakeRing) breaks(generation uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.dead == nil {
		r.dead = map[uint64]bool{}
	}
	r.dead[generation] = true
	for at, s := range r.sums {
		if at.generation == generation && s.left > 0 && !s.broken {
			s.broken = true
			close(s.over)
		}
	}
}

// sum waits until all ranks of a generation have brought their part of a step; nil says that
// one of them died.
func (r *fakeRing) sum(ctx context.Context, at ringStep, world int, counts []int) []int {
	r.mu.Lock()
	if r.sums == nil {
		r.sums = map[ringStep]*ringSum{}
	}
	s := r.sums[at]
	if s == nil {
		s = &ringSum{counts: make([]int, len(counts)), left: world, over: make(chan struct{})}
		r.sums[at] = s
	}
	for i, n := range counts {
		s.counts[i] += n
	}
	if s.left--; s.left == 0 && !s.broken {
		close(s.over)
	} else if r.dead[at.generation] && s.left > 0 && !s.broken {
		s.broken = true
		close(s.over)
	}
	r.mu.Unlock()
	select {
	case <-s.over:
	case <-ctx.Done():
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if s.broken {
		return nil
	}
	return s.counts
}

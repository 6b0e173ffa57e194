package worker

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"golang.org/x/sync/errgroup"

	"ringmaster/allreduce"
)

// However many ranks: the same losses, to rounding; all ranks the same bits; and sending
// only the rows of the step's tokens changes no bit.
func TestStepsOnARing(t *testing.T) {
	const steps = 9
	alone, _ := newMemoryWorld(t, 1, "float32").train(steps, true)
	if !(alone[6] < 0.9*alone[0]) { // a batch of the same make
		t.Errorf("losses %v do not fall", alone)
	}
	for world := 2; world <= 4; world++ {
		losses, hashes := newMemoryWorld(t, world, "float32").train(steps, true)
		for n := range losses {
			if math.Abs(losses[n]-alone[n]) > 1e-4*alone[n] {
				t.Errorf("world %d, step %d: loss %v, alone %v", world, n, losses[n], alone[n])
			}
		}
		if _, dense := newMemoryWorld(t, world, "float32").train(steps, false); !slices.Equal(hashes, dense) {
			t.Errorf("world %d: other bits than with all rows", world)
		}
	}
}

// The same for the baselines: their words' gradients travel by rows as BERT's do.
func TestBaselineStepsOnARing(t *testing.T) {
	const steps = 6
	for _, arch := range []string{"cnn", "lstm", "bilstm", "convlstm"} {
		worldOf := func(world int) *memoryWorld { return newMemoryWorldOf(t, "baselines/"+arch, world, "float32", "cpu") }
		alone, _ := worldOf(1).train(steps, true)
		losses, hashes := worldOf(2).train(steps, true)
		for n := range losses {
			if math.Abs(losses[n]-alone[n]) > 1e-4*alone[n] {
				t.Errorf("%s, step %d: loss %v on two ranks, %v alone", arch, n, losses[n], alone[n])
			}
		}
		if _, dense := worldOf(2).train(steps, false); !slices.Equal(hashes, dense) {
			t.Errorf("%s: other bits than with all rows", arch)
		}
	}
}

// About the same losses; and what rounding loses is kept for the next step, rows included.
func TestStepsInRoundedFormats(t *testing.T) {
	const steps = 9
	exact, _ := newMemoryWorld(t, 2, "float32").train(steps, true)
	for _, dtype := range []string{"bfloat16", "int8"} {
		c := newMemoryWorld(t, 2, dtype)
		losses, _ := c.train(steps, true)
		for n := range losses {
			if math.Abs(losses[n]-exact[n]) > 0.05*exact[n] {
				t.Errorf("step %d: loss %v in %s, in float32 %v", n, losses[n], dtype, exact[n])
			}
		}
		x := c.ranks[0].stage.gradients
		for i, b := range x.buckets {
			if !slices.ContainsFunc(x.residual[b.Lo:b.Hi], func(v float32) bool { return v != 0 }) {
				t.Errorf("%s: bucket %d of %d has no residual", dtype, i, len(x.buckets))
			}
		}
	}
}

// A step ends when it is cancelled, also where the ring waits for a neighbour that
// never comes, and says why.
func TestCancelledStep(t *testing.T) {
	c := newMemoryWorld(t, 2, "float32")
	why := errors.New("enough")
	ctx, cancel := context.WithCancelCause(context.Background())
	var err error
	var group errgroup.Group
	order := deal(0, 2, batchOf(0), true)[0]
	group.Go(func() error { _, err = c.ranks[0].trainStep(ctx, &order); return nil })
	cancel(why)
	_ = group.Wait()
	if !errors.Is(err, why) {
		t.Errorf("got %v", err)
	}
}

// A ring that breaks ends the step with the ring's error.
func TestRingThatBreaksEndsTheStep(t *testing.T) {
	c := newMemoryWorld(t, 3, "float32")
	if err := c.ranks[2].member.ring.close(); err != nil {
		t.Fatal(err)
	}
	orders := deal(0, 3, batchOf(0), true)
	errs := make([]error, 2)
	var group errgroup.Group
	for rank := range errs {
		group.Go(func() error { _, errs[rank] = c.ranks[rank].trainStep(context.Background(), &orders[rank]); return nil })
	}
	_ = group.Wait()
	for rank, err := range errs {
		var peer *allreduce.PeerError
		if !errors.As(err, &peer) || peer.Rank != 2 {
			t.Errorf("rank %d: %v", rank, err)
		}
	}
}

package worker

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"
	"time"

	"ringmaster/run/protocol"
)

// A bucket is summed before the next is announced, in the order of the announcements; wait
// returns when the last is summed.
func TestBucketsAreSummedBesideTheBackwardPass(t *testing.T) {
	summed := make(chan int, 3)
	line := &timeline{}
	r := startBucketReduction(context.Background(), 3, line, func(_ context.Context, bucket int, g []float32) error {
		g[0]++
		summed <- bucket
		return nil
	})
	g := make([]float32, 3)
	for b := range g {
		r.announce(b, g[b:b+1])
		if got := <-summed; got != b { // the goroutine has to get here before the next announcement
			t.Errorf("bucket %d was summed in place of %d", got, b)
		}
	}
	if err := r.wait(nil); err != nil {
		t.Error(err)
	}
	if !slices.Equal(g, []float32{1, 1, 1}) || len(line.ring) != 3 {
		t.Errorf("%v after %d spans", g, len(line.ring))
	}
}

func TestFailedSumEndsTheReduction(t *testing.T) {
	broken := errors.New("broken")
	line := &timeline{}
	r := startBucketReduction(context.Background(), 3, line, func(_ context.Context, bucket int, _ []float32) error {
		if bucket == 1 {
			return broken
		}
		return nil
	})
	for b := range 3 {
		r.announce(b, nil)
	}
	if got := r.wait(nil); !errors.Is(got, broken) || len(line.ring) != 1 {
		t.Errorf("%v after %d sums", got, len(line.ring))
	}
}

func TestTimelineAddsUp(t *testing.T) {
	began := time.Unix(1000, 0)
	at := func(ms int) time.Time { return began.Add(time.Duration(ms) * time.Millisecond) }
	line := &timeline{began: began, gradient: at(100)}
	line.computed("forward", at(0), at(20))
	line.computed("backward", at(20), at(50))
	line.computed("forward", at(50), at(60))
	line.computed("backward", at(60), at(100))
	line.computed(optimiserSpan, at(170), at(180))
	line.ring = []span{
		{protocol.RingRow, "bucket 0", at(70), at(80)},
		{protocol.RingRow, "bucket 1", at(85), at(120)},
		{protocol.RingRow, "bucket 2", at(120), at(170)},
	}
	got, want := line.summary(), protocol.Timeline{Forward: 0.03, Backward: 0.07, RingHidden: 0.025, RingExposed: 0.07, Optimiser: 0.01}
	for name, pair := range map[string][2]float64{
		"forward": {got.Forward, want.Forward}, "backward": {got.Backward, want.Backward}, "hidden": {got.RingHidden, want.RingHidden},
		"exposed": {got.RingExposed, want.RingExposed}, "optimiser": {got.Optimiser, want.Optimiser},
	} {
		if math.Abs(pair[0]-pair[1]) > 1e-9 {
			t.Errorf("%s: %v, want %v", name, pair[0], pair[1])
		}
	}
	if spans := line.spans("step 3", at(190)); len(spans) != 9 || spans[0] != (protocol.Span{Row: "compute", Name: "step 3", Began: 1000e6, Micros: 190e3}) {
		t.Errorf("spans %+v", spans)
	}
}

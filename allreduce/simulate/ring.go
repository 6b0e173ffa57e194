package simulate

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"ringmaster/allreduce/schedule"
)

// ErrParameters: numbers that describe no ring.
var ErrParameters = errors.New("invalid ring parameters")

// Link is one hop of a ring, in one direction. The credits that go back have the same
// bandwidth and delay to themselves, as on a full-duplex network.
type Link struct {
	BytesPerSecond float64 // of messages; the framing of TCP and below is not counted
	Delay          float64 // seconds from the last byte's departure to its arrival
}

// Cost is a rank's processor time: seconds for each message, and for each byte of it, at
// either end. A rank does one thing at a time.
type Cost struct {
	Message, Byte float64
}

// Vector is what is summed, and how it is cut into messages.
type Vector struct {
	Elements   int              // of the whole vector
	Packing    schedule.Packing // bytes of elements on the wire
	ChunkBytes int              // the most bytes of a message, allreduce.Options.ChunkBytes
	Window     int              // messages in flight over a link, allreduce.Options.Window
}

// Bytes of the whole vector on the wire, without headers.
func (v Vector) Bytes() float64 { return float64(v.Packing.Bytes(v.Elements)) }

// Ring is a ring all-reduce of a vector over World ranks.
type Ring struct {
	World int
	Vector
	// Hops are the links from each rank to its right neighbour, repeated as often as it
	// takes: one link where all are alike, G where every G-th hop leaves a node.
	Hops []Link
	Cost Cost
	// Stripes is how many rings share the hops, each with a part of every segment and a processor of its own for
	// Cost; 0 is one.
	Stripes int
}

// Result is what a simulation shows.
type Result struct {
	Seconds  float64 // until the last rank holds the sum
	Messages int     // data and credits, of the ranks simulated
	Sent     float64 // bytes of data messages sent by one rank: the mean of those simulated
}

// Run simulates every rank.
func (r Ring) Run() (Result, error) {
	if err := r.check(); err != nil {
		return Result{}, err
	}
	return r.run(r.World, 2*(r.World-1)), nil
}

// RunFolded simulates as many neighbouring ranks as there are Hops, closed to a circle,
// in place of World. The vector is lengthened by up to World−1 elements so that all
// segments are equally long; then rank i+len(Hops) does at every moment what rank i does,
// and its messages can stand for those of the other. Where World is no multiple of
// len(Hops), it is Run.
func (r Ring) RunFolded() (Result, error) { return r.folded(2 * (r.World - 1)) }

// folded is RunFolded, ended after so many steps.
func (r Ring) folded(steps int) (Result, error) {
	if err := r.check(); err != nil {
		return Result{}, err
	}
	if r.World%len(r.Hops) != 0 {
		return r.run(r.World, steps), nil
	}
	r.Elements = (r.Elements + r.World - 1) / r.World * r.World
	return r.run(len(r.Hops), steps), nil
}

// longestStripe is the stripe that has most of the first segment.
func (r Ring) longestStripe() (longest int) {
	most := -1
	for i := range max(1, r.Stripes) {
		p := schedule.Plan{World: r.World, Total: r.Elements, Stripe: i, Stripes: r.Stripes}
		if lo, hi := p.Segment(0); hi-lo > most {
			longest, most = i, hi-lo
		}
	}
	return longest
}

// run simulates one stripe, the longest, for all: they have as much to send at the same time, so each has its
// share of every link.
func (r Ring) run(ranks, steps int) Result {
	stripes := max(1, r.Stripes)
	r.Hops = slices.Clone(r.Hops)
	for i := range r.Hops {
		r.Hops[i].BytesPerSecond /= float64(stripes)
	}
	result := newSimulation(r, ranks, steps).run()
	result.Messages *= stripes
	result.Sent *= float64(stripes)
	return result
}

// BandwidthBound is the time below which no all-reduce by this ring can be: every rank
// must send 2(N−1)/N of the vector over the slowest link. (Patarasuk and Yuan, 2009.)
func (r Ring) BandwidthBound() float64 {
	slowest := math.Inf(1)
	for _, hop := range r.Hops {
		slowest = min(slowest, hop.BytesPerSecond)
	}
	return 2 * float64(r.World-1) / float64(r.World) * r.Bytes() / slowest
}

func (r Ring) check() error {
	var wrong []error
	require := func(ok bool, format string, args ...any) {
		if !ok {
			wrong = append(wrong, fmt.Errorf("%w: "+format, append([]any{ErrParameters}, args...)...))
		}
	}
	require(r.World >= 1, "%d ranks, want at least 1", r.World)
	require(r.Elements >= 0, "%d elements, want 0 or more", r.Elements)
	require(r.Packing.Width >= 1, "elements of %d bytes, want at least 1", r.Packing.Width)
	require(r.Stripes >= 0, "%d stripes, want at least 1", r.Stripes)
	require(r.Window >= 1, "a window of %d messages, want at least 1", r.Window)
	require(r.ChunkBytes >= headerBytes+r.Packing.ScaleBytes+max(r.Packing.Width, 1), "messages of %d bytes have no room for an element", r.ChunkBytes)
	require(len(r.Hops) >= 1, "no links, want at least 1")
	for _, hop := range r.Hops {
		require(hop.BytesPerSecond > 0, "a link of %v bytes per second, want more than 0", hop.BytesPerSecond)
		require(hop.Delay >= 0 && !math.IsInf(hop.Delay, 1), "a link delay of %v s, want 0 or more", hop.Delay)
	}
	require(r.Cost.Message >= 0 && r.Cost.Byte >= 0, "a cost of %v s per message and %v s per byte, want 0 or more", r.Cost.Message, r.Cost.Byte)
	return errors.Join(wrong...)
}

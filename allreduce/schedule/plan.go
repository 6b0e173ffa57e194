package schedule

import "fmt"

// Phase is the half of the algorithm a chunk belongs to.
type Phase uint8

// The phases.
const (
	ReduceScatter Phase = 1
	AllGather     Phase = 2
)

// String names the phase.
func (p Phase) String() string {
	switch p {
	case ReduceScatter:
		return "reduce-scatter"
	case AllGather:
		return "all-gather"
	}
	return fmt.Sprintf("phase %d", uint8(p))
}

// Plan is the arithmetic of one operation: which segment is sent and received at
// which step, and how a segment is cut into chunks. Every rank computes the same.
type Plan struct {
	Rank, World int
	Total       int // elements of the vector
	PerChunk    int // elements of a full chunk, at least 1
	// Bounds, where it is not nil, are the World−1 positions at which the vector is cut
	// into segments, rising, in [0, Total]. Without it segments differ by at most one.
	Bounds []int
	// Lag is how many chunks of a segment a rank sends on before it sends the first of them
	// on another step; at least 1. (See Progress.)
	Lag int
	// Stripe is which of Stripes parts of every segment the plan is for; where Stripes is 0 or 1 it is for all.
	Stripe, Stripes int
}

// Lag spaces the steps by half a window: what a chunk needs has then had time to come, and
// is still in the processor's cache. It is a function of what all ranks agree on, as the
// order of chunks is.
func Lag(window, world int) int { return max(1, window/(2*max(1, world-1))) }

// Steps is the number of steps of the whole operation.
func (p *Plan) Steps() int { return 2 * (p.World - 1) }

// Phase of a step.
func (p *Plan) Phase(step int) Phase {
	if step < p.World-1 {
		return ReduceScatter
	}
	return AllGather
}

// SendSegment is the segment sent at a step; ReceiveSegment the one that comes in.
func (p *Plan) SendSegment(step int) int    { return mod(p.Rank-step, p.World) }
func (p *Plan) ReceiveSegment(step int) int { return mod(p.Rank-1-step, p.World) }

// Segment is a segment's place in the vector; some are empty when the vector is
// shorter than the ring.
func (p *Plan) Segment(segment int) (lo, hi int) {
	lo, hi = p.cut(segment), p.cut(segment+1)
	if p.Stripes <= 1 {
		return lo, hi
	}
	return lo + p.stripeCut(hi-lo, p.Stripe), lo + p.stripeCut(hi-lo, p.Stripe+1)
}

// StripeUnit is what stripes are whole multiples of, but for a segment's last one: a block of int8, whose blocks are so
// cut alike with any number of stripes, and many lines of the processor's cache.
const StripeUnit = 256

// stripeCut is where stripe i of a segment of n elements begins.
func (p *Plan) stripeCut(n, i int) int {
	units := (n + StripeUnit - 1) / StripeUnit
	return min(n, units*i/p.Stripes*StripeUnit)
}

// cut is where segment i begins.
func (p *Plan) cut(i int) int {
	switch {
	case p.Bounds == nil:
		return p.Total * i / p.World
	case i == 0:
		return 0
	case i == p.World:
		return p.Total
	}
	return p.Bounds[i-1]
}

// chunks of a segment. An empty vector has one empty chunk, in segment 0: it goes
// round like any other, which makes the operation a barrier.
func (p *Plan) chunks(segment int) int {
	if p.Total == 0 {
		if segment == 0 {
			return 1
		}
		return 0
	}
	lo, hi := p.Segment(segment)
	return (hi - lo + p.PerChunk - 1) / p.PerChunk
}

// Chunk is a piece of the vector at one step: elements Lo to Hi.
type Chunk struct {
	Step, Segment, Index int
	Lo, Hi               int
	Phase                Phase
}

// chunk is the chunk of that index of a segment, at a step.
func (p *Plan) chunk(step, segment, index int) Chunk {
	lo, end := p.Segment(segment)
	lo += index * p.PerChunk
	return Chunk{Step: step, Segment: segment, Index: index, Lo: lo, Hi: min(lo+p.PerChunk, end), Phase: p.Phase(step)}
}

func mod(a, n int) int { return ((a % n) + n) % n }

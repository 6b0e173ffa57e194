package allreduce

// plan is the arithmetic of one operation: which segment is sent and received at
// which step, and how a segment is cut into chunks. Every rank computes the same.
type plan struct {
	rank, world int
	total       int // elements of the vector
	perChunk    int // elements of a full chunk
}

// position is a place in a rank's stream of sent or received chunks.
type position struct{ step, chunk int }

// steps is the number of steps of the whole operation.
func (p plan) steps() int { return 2 * (p.world - 1) }

// phase of a step.
func (p plan) phase(step int) Phase {
	if step < p.world-1 {
		return ReduceScatter
	}
	return AllGather
}

// sendSegment is the segment sent at a step; receiveSegment the one that comes in.
func (p plan) sendSegment(step int) int    { return mod(p.rank-step, p.world) }
func (p plan) receiveSegment(step int) int { return mod(p.rank-1-step, p.world) }

// bounds of a segment in the vector: segments differ in length by at most one, and
// some are empty when the vector is shorter than the ring.
func (p plan) bounds(segment int) (lo, hi int) {
	return p.total * segment / p.world, p.total * (segment + 1) / p.world
}

// chunks of a segment. An empty vector has one empty chunk, in segment 0: it goes
// round like any other, which makes the operation a barrier.
func (p plan) chunks(segment int) int {
	if p.total == 0 {
		if segment == 0 {
			return 1
		}
		return 0
	}
	lo, hi := p.bounds(segment)
	return (hi - lo + p.perChunk - 1) / p.perChunk
}

// chunkBounds of one chunk in the vector.
func (p plan) chunkBounds(segment, chunk int) (lo, hi int) {
	lo, end := p.bounds(segment)
	lo += chunk * p.perChunk
	return lo, min(lo+p.perChunk, end)
}

// skipEmpty moves at over steps that have no chunk left; segmentAt is sendSegment or
// receiveSegment. At the end of the operation at.step is steps().
func (p plan) skipEmpty(at position, segmentAt func(step int) int) position {
	for at.step < p.steps() && at.chunk >= p.chunks(segmentAt(at.step)) {
		at = position{step: at.step + 1}
	}
	return at
}

// ready says whether the chunk at send may be sent when everything before received
// has come in: the first step sends the rank's own values, each later one what came
// in one step before.
func (p plan) ready(send, received position) bool {
	if send.step == 0 {
		return true
	}
	needed := send.step - 1
	return received.step > needed || received.step == needed && received.chunk > send.chunk
}

func mod(a, n int) int { return ((a % n) + n) % n }

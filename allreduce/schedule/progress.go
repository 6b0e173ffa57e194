package schedule

// Progress is how far one rank has come in an operation. Chunks are sent and received in
// one fixed order, so two positions are all its state.
//
// The order is by rounds. In round k a rank sends, for each step t in turn, the chunk
// k − t·Lag of that step's segment, where there is one:
//
//	Lag 2    round 0  1  2     3     4       5
//	step 0         0  1  2     3     4       …
//	step 1               0     1     2       …
//	step 2                           0       …
//
// What a chunk of step t needs came in Lag rounds before, from a left neighbour that has
// the same order: it is still in the processor's cache, and the steps overlap without one
// waiting for the end of another. (Segment after segment, a vector larger than the cache
// would be fetched from memory anew for each step.)
type Progress struct {
	Plan
	rounds    int
	counts    []int    // chunks by segment
	sending   position // the next chunk to send
	expecting position // the next chunk to come in
}

// position is a place in a rank's stream of sent or received chunks.
type position struct{ round, step int }

// NewProgress begins an operation.
func NewProgress(p Plan) *Progress {
	w := &Progress{Plan: p, counts: make([]int, p.World)}
	for s := range w.counts {
		w.counts[s] = p.chunks(s)
		w.rounds = max(w.rounds, w.counts[s])
	}
	if p.Steps() > 0 {
		w.rounds += (p.Steps() - 1) * p.Lag
	} else {
		w.rounds = 0
	}
	w.sending = w.seek(position{}, w.SendSegment)
	w.expecting = w.seek(position{}, w.ReceiveSegment)
	return w
}

// SentAll and ReceivedAll say whether this rank's part in a direction is done.
func (w *Progress) SentAll() bool     { return w.sending.round == w.rounds }
func (w *Progress) ReceivedAll() bool { return w.expecting.round == w.rounds }

// Sending is the next chunk to send, while not SentAll.
func (w *Progress) Sending() Chunk {
	return w.chunk(w.sending.step, w.SendSegment(w.sending.step), w.index(w.sending))
}

// Expecting is the next chunk to come in, while not ReceivedAll.
func (w *Progress) Expecting() Chunk {
	return w.chunk(w.expecting.step, w.ReceiveSegment(w.expecting.step), w.index(w.expecting))
}

// Ready says whether the next chunk's values are there: the first step sends the rank's
// own, each later one what came in one step before.
func (w *Progress) Ready() bool {
	if w.SentAll() || w.sending.step == 0 {
		return !w.SentAll()
	}
	needed := position{round: w.sending.round - w.Lag, step: w.sending.step - 1}
	return needed.before(w.expecting)
}

// Sent moves on to the next chunk to send.
func (w *Progress) Sent() {
	w.sending.step++
	w.sending = w.seek(w.sending, w.SendSegment)
}

// Received moves on to the next chunk to come in.
func (w *Progress) Received() {
	w.expecting.step++
	w.expecting = w.seek(w.expecting, w.ReceiveSegment)
}

func (w *Progress) index(at position) int { return at.round - at.step*w.Lag }

func (p position) before(other position) bool {
	return p.round < other.round || p.round == other.round && p.step < other.step
}

// seek moves on, from at itself, to the first place that has a chunk; segmentAt is
// SendSegment or ReceiveSegment. At the end of the operation that is round w.rounds.
func (w *Progress) seek(at position, segmentAt func(step int) int) position {
	for at.round < w.rounds {
		// Steps before this one are past their last chunk, whatever their segment.
		at.step = max(at.step, w.firstStep(at.round))
		for at.step < w.Steps() && w.index(at) >= 0 {
			if w.index(at) < w.counts[segmentAt(at.step)] {
				return at
			}
			at.step++
		}
		at = position{round: at.round + 1}
	}
	return position{round: w.rounds}
}

// firstStep is the first step whose chunk of a round may exist.
func (w *Progress) firstStep(round int) int {
	longest := w.rounds - (w.Steps()-1)*w.Lag
	return max(0, (round-longest)/w.Lag)
}

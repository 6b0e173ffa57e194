package schedule

// Walk is how far one rank has come in an operation. All chunks go out and come in in
// one fixed order, so two positions say it all.
type Walk struct {
	Plan
	sending   position // the next chunk to send
	expecting position // the next chunk to come in
}

// position is a place in a rank's stream of sent or received chunks.
type position struct{ step, chunk int }

// NewWalk begins an operation.
func NewWalk(p Plan) *Walk {
	w := &Walk{Plan: p}
	w.sending = w.skipEmpty(position{}, w.SendSegment)
	w.expecting = w.skipEmpty(position{}, w.ReceiveSegment)
	return w
}

// SentAll and ReceivedAll say whether this rank's part in a direction is done.
func (w *Walk) SentAll() bool     { return w.sending.step == w.Steps() }
func (w *Walk) ReceivedAll() bool { return w.expecting.step == w.Steps() }

// Sending is the next chunk to send, while not SentAll.
func (w *Walk) Sending() Chunk { return w.chunk(w.sending, w.SendSegment(w.sending.step)) }

// Expecting is the next chunk to come in, while not ReceivedAll.
func (w *Walk) Expecting() Chunk { return w.chunk(w.expecting, w.ReceiveSegment(w.expecting.step)) }

// Ready says whether the next chunk's values are there: the first step sends the rank's
// own, each later one what came in one step before.
func (w *Walk) Ready() bool {
	if w.SentAll() || w.sending.step == 0 {
		return !w.SentAll()
	}
	needed := w.sending.step - 1
	return w.expecting.step > needed || w.expecting.step == needed && w.expecting.chunk > w.sending.chunk
}

// Sent moves on to the next chunk to send.
func (w *Walk) Sent() {
	w.sending.chunk++
	w.sending = w.skipEmpty(w.sending, w.SendSegment)
}

// Received moves on to the next chunk to come in.
func (w *Walk) Received() {
	w.expecting.chunk++
	w.expecting = w.skipEmpty(w.expecting, w.ReceiveSegment)
}

// skipEmpty moves at over steps that have no chunk left; segmentAt is SendSegment or
// ReceiveSegment. At the end of the operation at.step is Steps().
func (w *Walk) skipEmpty(at position, segmentAt func(step int) int) position {
	for at.step < w.Steps() && at.chunk >= w.chunks(segmentAt(at.step)) {
		at = position{step: at.step + 1}
	}
	return at
}

package allreduce

import (
	"context"
	"slices"
	"time"

	"ringmaster/allreduce/schedule"
)

// heldChunk is a chunk that can be sent on in the buffer it came in. What it becomes is
// written to x as well, which costs little while it is in the cache, and lets it be sent
// from x where no buffer can be kept.
type heldChunk struct {
	chunk   schedule.Chunk // as which it is to be sent
	message *Message
	sum     uint64
}

// sendReady sends all chunks that are ready and for which there is credit.
func (o *operation[E]) sendReady(ctx context.Context) {
	for o.maySend() {
		c := o.Sending()
		if c.Step > 0 && len(o.held) > 0 {
			if i := slices.IndexFunc(o.held, func(h heldChunk) bool { return h.chunk == c }); i >= 0 {
				h := o.held[i]
				o.held = slices.Delete(o.held, i, i+1)
				o.sendChunk(ctx, c, h.sum, h.message)
				h.message.release()
				continue
			}
		}
		frame := o.out.resize(headerBytes + o.wire.Packing().Bytes(c.Hi-c.Lo))
		if c.Step == 0 {
			o.addResidual(c)
		}
		sum := o.wire.Encode(frame[headerBytes:], o.x[c.Lo:c.Hi], o.residualOf(c))
		o.sendChunk(ctx, c, sum, o.out)
	}
}

func (o *operation[E]) maySend() bool {
	return o.Ready() && o.window.Open() && o.peers[Right].sendErr == nil
}

// sendChunk sends the next chunk, whose payload is in m.
func (o *operation[E]) sendChunk(ctx context.Context, c schedule.Chunk, sum uint64, m *Message) {
	h := o.dataHeader(c)
	h.Seq, h.Sum = o.window.SentOne(), sum
	o.transit.sent(h.Seq, time.Now())
	o.send(ctx, Right, h, m)
	o.Progress.Sent()
}

// addResidual adds what rounding took from this rank's values in earlier operations. It
// is called once for each chunk, when the rank's own values first come into play.
func (o *operation[E]) addResidual(c schedule.Chunk) {
	if o.residual != nil {
		addInto(o.x[c.Lo:c.Hi], o.residual[c.Lo:c.Hi])
	}
}

// residualOf is where the wire format leaves what it rounds away. It is nil where nobody
// asks, and for values that come rounded and are only passed on: a rank rounds each
// element once, when it sends its own or a partial sum (N−1 segments), or a finished one
// (the last).
func (o *operation[E]) residualOf(c schedule.Chunk) []E {
	if o.residual == nil || c.Step >= o.World {
		return nil
	}
	return o.residual[c.Lo:c.Hi]
}

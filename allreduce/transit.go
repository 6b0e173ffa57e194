package allreduce

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"
)

// The delay of a link is measured without a common clock. The right neighbour knows how long
// it has waited for data, but not when that was sent; this rank knows when it was sent, but
// not when it came. So the credit that answers a chunk says how long the neighbour has
// waited for data since the last credit that said so, and no more of it than the time from
// sending that chunk to the credit can be the link's fault: what is late because it was sent
// late (by a slow rank, or after a slow link farther left) is waited for, but not under way.
//
//	this rank           sent ╲                    ╱ credit: under way at most since sent
//	right neighbour  waits … … ╲… … came, added ╱ "waited so long"

// creditBytes is a credit's payload: how long the sender has waited, in nanoseconds.
const creditBytes = 8

// reportWaitAfter is how long a rank waits for data before it says so at once, and not only
// with a credit that is due: at most one message for so much time in which it has nothing
// else to do.
const reportWaitAfter = time.Millisecond

// transit is what a ring remembers to measure its links by.
type transit struct {
	sentAt []time.Time   // of the chunks in flight, by number modulo Window
	told   time.Duration // how much of the waiting for data was told
}

// sent notes when a chunk is sent.
func (t *transit) sent(seq uint64, now time.Time) { t.sentAt[seq%uint64(len(t.sentAt))] = now }

// cost is how much of what the right neighbour has waited the link is to blame for, by a
// credit that came at a moment for the chunk seq, which was in flight until then.
func (t *transit) cost(seq uint64, came time.Time, waited time.Duration) time.Duration {
	return max(0, min(waited, came.Sub(t.sentAt[seq%uint64(len(t.sentAt))])))
}

// unreportedWait is how long this rank has waited for data and has not said so.
func (r *Ring) unreportedWait() time.Duration {
	return time.Duration(r.stats.waitedFor[Left].Load()) - r.transit.told
}

// credit answers the chunk that was consumed just now.
func (r *Ring) credit(ctx context.Context) {
	waited := r.unreportedWait()
	r.transit.told += waited
	r.sendCredit(ctx, waited)
}

func (r *Ring) sendCredit(ctx context.Context, waited time.Duration) {
	var payload [creditBytes]byte
	binary.LittleEndian.PutUint64(payload[:], uint64(waited))
	r.sendSmall(ctx, Left, header{Kind: kindCredit, Seq: r.window.Grant()}, payload[:])
}

// handleCredit lets the sender go on. came is when the credit did.
func (r *Ring) handleCredit(h header, payload []byte, came, now time.Time) error {
	if len(payload) != creditBytes {
		return r.peerFault(Right, fmt.Errorf("%w: credit of %d bytes", ErrCorrupt, len(payload)))
	}
	news, err := r.window.Credit(h.Seq)
	switch {
	case err != nil:
		return r.peerFault(Right, fmt.Errorf("%w: credit for chunk number %d of this link, %d were sent", ErrUnexpected, h.Seq, r.window.Sent()))
	case news:
		r.moved = now
		waited := time.Duration(binary.LittleEndian.Uint64(payload))
		r.stats.inTransit.Add(int64(r.transit.cost(h.Seq, came, waited)))
	}
	return nil
}

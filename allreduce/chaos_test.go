package allreduce

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

// chaos is a transport on which messages meet with faults. What happens to a message
// depends on the seed, the rank, and which message of its kind it is, so that a run can be
// played again whatever the clock does.
type chaos struct {
	Transport
	plan  chaosPlan
	rank  int
	lanes [2]*lane

	count [2][kindEnd]uint64 // messages sent, by side and kind
	sent  [2]int             // messages sent, by side
	cut   [2]bool            // links that were cut
	told  [2]bool            // cuts that Receive has reported
	dead  bool               // the whole transport was closed
	mute  bool               // what is sent is lost

	closing chan struct{}
	once    sync.Once
	wait    sync.WaitGroup
}

// chaosPlan says how much goes wrong: one message in so many, 0 for none.
type chaosPlan struct {
	Seed            uint64
	Delay, Repeat   uint64
	Longest         time.Duration // of a delay
	Lose, Flip, Cut uint64        // Cut shortens a message
	Misplace        uint64

	// End happens at EndRank with its message of that number to EndSide; −1 for never.
	End     int
	EndRank int
	EndSide Side
	EndHow  ending

	Delayed *atomic.Int64 // nanoseconds of all delays
}

// ending is how a rank's part comes to an end.
type ending int

const (
	linkEnds  ending = iota // its link to one side does, and it is told
	rankEnds                // its transport does, as when its process is killed
	voiceEnds               // nothing that it sends arrives any more, and nobody is told
	endings
)

// errCut is what a cut link gives as its reason.
var errCut = errors.New("cut by chaos")

// lane carries the messages to one side in order, each after its delay.
type lane struct {
	queue chan held
	err   atomic.Pointer[error]
}

// held is a message on its way.
type held struct {
	message *Message
	delay   time.Duration
}

func newChaos(inner Transport, rank int, plan chaosPlan) *chaos {
	c := &chaos{Transport: inner, plan: plan, rank: rank, closing: make(chan struct{})}
	for side := range c.lanes {
		c.lanes[side] = &lane{queue: make(chan held, memoryInbox)}
		c.wait.Go(func() { c.carry(Side(side)) })
	}
	return c
}

// carry sends what is in a lane until Close, which hurries it.
func (c *chaos) carry(to Side) {
	l := c.lanes[to]
	for h := range l.queue {
		if h.delay > 0 {
			select {
			case <-time.After(h.delay):
			case <-c.closing:
			}
		}
		if err := c.Transport.Send(context.Background(), to, h.message); err != nil {
			l.err.Store(&err)
		}
	}
}

func (c *chaos) Send(ctx context.Context, to Side, m *Message) error {
	if c.sent[to]++; c.rank == c.plan.EndRank && to == c.plan.EndSide && c.sent[to] == c.plan.End {
		c.end()
	}
	switch {
	case c.dead:
		return errCut
	case c.cut[to]:
		return &LinkError{Side: to, Err: errCut}
	case c.mute:
		return nil
	}
	if err := c.lanes[to].err.Load(); err != nil {
		return *err
	}
	for _, h := range c.meet(to, append([]byte(nil), m.Frame()...)) {
		select {
		case c.lanes[to].queue <- h:
		default:
			return &LinkError{Side: to, Err: errInboxFull}
		}
	}
	return nil
}

// end does what the plan has for this rank's links.
func (c *chaos) end() {
	switch c.plan.EndHow {
	case linkEnds:
		c.cut[c.plan.EndSide] = true
	case voiceEnds:
		c.mute = true
	case rankEnds:
		c.dead = true
		c.Transport.Close() // nobody is left to hear its error
	}
}

// meet draws what happens to a message.
func (c *chaos) meet(to Side, frame []byte) []held {
	kind := kind(frame[4])
	c.count[to][kind]++
	random := rand.New(rand.NewPCG(c.plan.Seed, uint64(c.rank)<<48|uint64(to)<<40|uint64(kind)<<32|c.count[to][kind]))
	oneIn := func(n uint64) bool { return random.Uint64N(max(n, 1)) == 0 && n > 0 }

	if oneIn(c.plan.Lose) {
		return nil
	}
	if oneIn(c.plan.Misplace) {
		frame = resealed(frame, misplace(random))
	}
	if oneIn(c.plan.Flip) {
		frame[random.IntN(len(frame))] ^= 1 << random.IntN(8)
	}
	if oneIn(c.plan.Cut) {
		frame = frame[:random.IntN(len(frame))]
	}
	m := NewMessage(len(frame))
	m.Set(frame)
	out := []held{{message: m}}
	if oneIn(c.plan.Delay) {
		out[0].delay = time.Duration(random.Int64N(int64(c.plan.Longest)))
		c.plan.Delayed.Add(int64(out[0].delay))
	}
	if oneIn(c.plan.Repeat) {
		out = append(out, held{message: m})
	}
	return out
}

func (c *chaos) Receive(ctx context.Context, until time.Time, place Placement) (Packet, error) {
	if c.dead {
		return Packet{}, fmt.Errorf("%w: %w", ErrLinkLost, errCut)
	}
	for side, cut := range c.cut {
		if cut && !c.told[side] {
			c.told[side] = true
			return Packet{}, &LinkError{Side: Side(side), Err: errCut}
		}
	}
	for {
		packet, err := c.Transport.Receive(ctx, until, place)
		if err == nil && c.cut[packet.From] {
			continue
		}
		return packet, err
	}
}

// Close delivers what is on its way.
func (c *chaos) Close() error {
	c.once.Do(func() {
		close(c.closing)
		for _, l := range c.lanes {
			close(l.queue)
		}
	})
	c.wait.Wait()
	return c.Transport.Close()
}

// misplace changes one field of a header.
func misplace(random *rand.Rand) func(*header) {
	change := uint64(1 + random.IntN(3))
	return []func(*header){
		func(h *header) { h.Op += change },
		func(h *header) { h.Op -= change },
		func(h *header) { h.Seq += change },
		func(h *header) { h.Seq -= change },
		func(h *header) { h.Segment ^= uint32(change) },
		func(h *header) { h.Chunk ^= uint32(change) },
		func(h *header) { h.Count ^= uint32(change) },
		func(h *header) { h.Generation -= change },
		func(h *header) { h.Phase ^= 3 },
		func(h *header) { h.Kind = kind(1 + random.IntN(int(kindEnd)-1)) },
	}[random.IntN(10)]
}

package simulate

import "ringmaster/allreduce/schedule"

const (
	// headerBytes is what a message carries besides elements (allreduce/frame.go).
	headerBytes = 80
	// lineBytes is about the length of NATS's line around it, "MSG ring.<run>.<generation>.<rank>.data 1 65280".
	lineBytes = 48
)

// simulation is a ring in virtual time. It counts seconds from the moment at which all
// ranks begin, and lasts until no message is on its way.
type simulation struct {
	ring  Ring
	steps int // steps of the schedule that are carried out: the others' chunks are passed over
	ranks []rank
	inbox arrivals

	messages int
	sent     float64
}

// rank is one rank's state, as allreduce's operation has it.
type rank struct {
	*schedule.Progress
	window  schedule.Window
	arrived int     // chunks that came from the left and are not consumed
	now     float64 // until when its processor is busy
	done    float64 // when its part was over; credits still come after that

	right, left line // where its chunks and its credits leave
}

// line is one direction of a link: what goes over it goes in order.
type line struct {
	Link
	free float64 // when the last byte of what was sent so far has left
}

// carry sends a message that is ready at a moment, and returns when it arrives.
func (l *line) carry(ready, bytes float64) float64 {
	l.free = max(l.free, ready) + bytes/l.BytesPerSecond
	return l.free + l.Delay
}

// newSimulation has so many ranks on a circle, which is all of ring's or a part that
// stands for all. Rank i of them has the schedule of the ring's rank i.
func newSimulation(ring Ring, ranks, steps int) *simulation {
	s := &simulation{ring: ring, steps: steps, ranks: make([]rank, ranks)}
	longest := ring.longestStripe()
	hop := func(i int) Link { return ring.Hops[i%len(ring.Hops)] }
	for i := range s.ranks {
		s.ranks[i] = rank{
			Progress: schedule.NewProgress(schedule.Plan{
				Rank: i, World: ring.World, Total: ring.Elements,
				PerChunk: ring.Packing.PerChunk(ring.ChunkBytes - headerBytes),
				Lag:      schedule.Lag(ring.Window, ring.World),
				Stripe:   longest, Stripes: ring.Stripes,
			}),
			window: schedule.Window{Size: uint64(ring.Window)},
			right:  line{Link: hop(i)},
			left:   line{Link: hop((i + ranks - 1) % ranks)},
		}
	}
	return s
}

// run hands out messages in the order in which they arrive. A rank takes them in that
// order too, each when it has done with those before.
func (s *simulation) run() Result {
	for i := range s.ranks {
		s.proceed(i)
	}
	for s.inbox.any() {
		m := s.inbox.next()
		r := &s.ranks[m.to]
		r.now = max(r.now, m.at)
		if m.credit {
			r.now += s.cost(headerBytes)
			// No error: a credit only answers what was sent.
			_, _ = r.window.Credit(m.seq)
		} else {
			r.arrived++
		}
		s.proceed(int(m.to))
	}
	end := 0.0
	for i := range s.ranks {
		end = max(end, s.ranks[i].done)
	}
	return Result{Seconds: end, Messages: s.messages, Sent: s.sent / float64(len(s.ranks))}
}

// proceed does what a rank does between two messages: operation.run of package allreduce.
func (s *simulation) proceed(i int) {
	r := &s.ranks[i]
	if r.SentAll() && r.ReceivedAll() {
		return
	}
	s.sendReady(i)
	for r.arrived > 0 && !r.ReceivedAll() {
		s.consume(i)
		s.sendReady(i)
	}
	r.done = r.now
}

// passOver moves on to chunks of the first so many steps. (Rounds mix the steps.)
func (r *rank) passOver(steps int) {
	for !r.SentAll() && r.Sending().Step >= steps {
		r.Sent()
	}
	for !r.ReceivedAll() && r.Expecting().Step >= steps {
		r.Received()
	}
}

// sendReady sends all chunks that are ready and for which there is credit.
func (s *simulation) sendReady(i int) {
	r := &s.ranks[i]
	for r.Ready() && r.window.Open() {
		bytes := s.messageBytes(r.Sending())
		r.now += s.cost(bytes)
		seq := r.window.SentOne()
		s.deliver(arrival{at: r.right.carry(r.now, bytes+lineBytes), to: s.neighbour(i, 1), seq: seq})
		s.sent += bytes
		r.Sent()
		r.passOver(s.steps)
	}
}

// consume takes one chunk in, and credits the left neighbour when that is due.
func (s *simulation) consume(i int) {
	r := &s.ranks[i]
	r.now += s.cost(s.messageBytes(r.Expecting()))
	r.arrived--
	r.Received()
	r.passOver(s.steps)
	if r.window.ConsumedOne() {
		r.now += s.cost(headerBytes)
		s.deliver(arrival{
			at: r.left.carry(r.now, headerBytes+lineBytes), to: s.neighbour(i, len(s.ranks)-1),
			credit: true, seq: r.window.Grant(),
		})
	}
}

func (s *simulation) deliver(m arrival) {
	s.messages++
	m.order = s.messages
	s.inbox.add(m)
}

func (s *simulation) messageBytes(c schedule.Chunk) float64 {
	return float64(headerBytes + s.ring.Packing.Bytes(c.Hi-c.Lo))
}

func (s *simulation) cost(bytes float64) float64 {
	return s.ring.Cost.Message + bytes*s.ring.Cost.Byte
}

func (s *simulation) neighbour(i, to int) int32 { return int32((i + to) % len(s.ranks)) }

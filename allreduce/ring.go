package allreduce

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"ringmaster/allreduce/schedule"
)

// Ring is one rank's end of a ring of ranks. All ranks call AllReduce and
// AllReduce64 in the same order with vectors of the same length. A ring starts no
// goroutines of its own.
type Ring struct {
	options   Options
	run       uint64 // hash of options.Run
	transport Transport
	stats     counters

	life context.Context // ends when Close is called
	end  context.CancelCauseFunc

	busy   sync.Mutex // held by the operation that runs; guards all below
	broken error      // the error that broke the ring, or ErrClosed
	peers  [2]*neighbour
	op     uint64 // number of the current or last operation
	out    *Message

	window     schedule.Window
	arrived    uint64  // chunks that came from the left
	queue      []chunk // arrived, not consumed; at most Window
	queueSpace []chunk // the queue's memory
	transit    transit

	moved   time.Time                                    // when a chunk or a credit last came
	where   func(Side) (phase Phase, segment, chunk int) // what the operation waits for; nil outside one
	awaited func() Side                                  // whom the operation waits for; nil outside one
}

// counters are read while an operation runs.
type counters struct {
	sent, received, operations, ignored, refused atomic.Uint64
	waited                                       atomic.Int64
	waitedFor                                    [2]atomic.Int64 // by side
	inTransit                                    atomic.Int64
}

// Stats are a ring's counters since it was opened.
type Stats struct {
	BytesSent, BytesReceived uint64        // messages with their headers
	Operations               uint64        // all-reduces finished
	Waited                   time.Duration // time spent waiting for a message
	Ignored                  uint64        // stale or repeated messages
	Refused                  uint64        // messages that no rank of this ring can have sent

	// WaitedForData is the part of Waited in which an all-reduce could go on only with a
	// chunk from the left neighbour; in WaitedForCredit a chunk was ready for the right one,
	// which had not credited enough. Neither says who is late: what one link or rank delays
	// is missing all the way round.
	WaitedForData, WaitedForCredit time.Duration
	// InTransit is how long the right neighbour has waited for chunks that this rank had
	// sent already, as far as its credits have told: what the link between them has cost
	// (transit.go). The way back of the credits is in it.
	InTransit time.Duration
}

// Open joins the ring: it returns when both neighbours are there and agree about
// the ring. Until then ctx and StartTimeout (ErrPeerNotStarted) limit the wait. The
// transport belongs to the ring from here on, also when Open fails. With World 1 no
// transport is used, and it may be nil.
func Open(ctx context.Context, transport Transport, options Options) (*Ring, error) {
	options = options.withDefaults()
	if err := options.check(); err != nil {
		return nil, errors.Join(err, closeTransport(transport))
	}
	r := &Ring{options: options, run: options.runHash(), transport: transport}
	r.life, r.end = context.WithCancelCause(context.Background())
	if options.World == 1 {
		return r, nil
	}
	if transport == nil {
		return nil, fmt.Errorf("%w: a ring of %d ranks needs a transport", ErrOptions, options.World)
	}
	r.out = NewMessage(options.ChunkBytes)
	r.window.Size = uint64(options.Window)
	r.queueSpace = make([]chunk, 0, options.Window)
	r.queue = r.queueSpace
	r.transit.sentAt = make([]time.Time, options.Window)
	r.peers = [2]*neighbour{Left: {rank: options.left()}, Right: {rank: options.right()}}
	if err := r.handshake(ctx); err != nil {
		err = fmt.Errorf("open ring of generation %d at rank %d: %w", options.Generation, options.Rank, err)
		r.sendAborts(ctx, err)
		r.end(ErrClosed)
		return nil, errors.Join(err, transport.Close())
	}
	return r, nil
}

// AllReduce replaces x by the sum of all ranks' x, in the order that the package
// comment states. It returns nil only if x holds that sum. An empty x makes it a
// barrier: it returns when every rank has called it. With World 1 it returns at once.
// All ranks give the same options.
//
// After an error x holds anything, and the ring is broken. Errors are *PeerError,
// or wrap context.Cause(ctx), ErrClosed, ErrBroken, ErrBusy, ErrLinkLost or, where the
// options do not fit x, ErrOptions; that last one leaves x and the ring as they were.
func (r *Ring) AllReduce(ctx context.Context, x []float32, options ...Option) error {
	rq, err := newRequest(r.options.World, x, options)
	if err != nil {
		return err
	}
	return allReduce(ctx, r, rq)
}

// AllReduce64 is AllReduce in float64, for a few numbers that want the precision.
func (r *Ring) AllReduce64(ctx context.Context, x []float64) error {
	return allReduce(ctx, r, request[float64]{x: x, wire: native[float64]{WireFloat64}})
}

func allReduce[E element](ctx context.Context, r *Ring, rq request[E]) error {
	if !r.busy.TryLock() {
		if r.life.Err() != nil { // Close holds it, or is about to
			return ErrClosed
		}
		return ErrBusy
	}
	defer r.busy.Unlock()
	switch {
	case errors.Is(r.broken, ErrClosed) || r.life.Err() != nil:
		return ErrClosed
	case r.broken != nil:
		return fmt.Errorf("%w: %w", ErrBroken, r.broken)
	}
	r.op++
	if r.options.World > 1 {
		ctx, cancel := context.WithCancelCause(ctx)
		defer cancel(nil)
		defer context.AfterFunc(r.life, func() { cancel(ErrClosed) })()
		if err := newOperation(r, rq).run(ctx); err != nil {
			if !errors.As(err, new(*PeerError)) {
				err = fmt.Errorf("all-reduce %d at rank %d: %w", r.op, r.options.Rank, err)
			}
			r.broken = err
			r.sendAborts(ctx, err)
			return err
		}
		r.where, r.awaited = nil, nil // lets go of x
	}
	r.stats.operations.Add(1)
	return nil
}

// Close ends the ring and closes its transport. A running operation ends with
// ErrClosed first. Neighbours that still need this rank fail with ErrPeerClosed, at
// once rather than by silence. Close may be called twice.
func (r *Ring) Close() error {
	r.end(ErrClosed)
	r.busy.Lock()
	defer r.busy.Unlock()
	if r.broken == nil && r.options.World > 1 {
		for _, side := range []Side{Left, Right} {
			r.sendSmall(context.Background(), side, header{Kind: kindBye}, nil)
		}
	}
	if r.broken == nil {
		r.broken = ErrClosed
	}
	return closeTransport(r.transport)
}

func closeTransport(transport Transport) error {
	if transport == nil {
		return nil
	}
	return transport.Close()
}

// Stats returns the counters; it may be called at any time.
func (r *Ring) Stats() Stats {
	return Stats{
		BytesSent:     r.stats.sent.Load(),
		BytesReceived: r.stats.received.Load(),
		Operations:    r.stats.operations.Load(),
		Waited:        time.Duration(r.stats.waited.Load()),
		Ignored:       r.stats.ignored.Load(),
		Refused:       r.stats.refused.Load(),

		WaitedForData:   time.Duration(r.stats.waitedFor[Left].Load()),
		WaitedForCredit: time.Duration(r.stats.waitedFor[Right].Load()),
		InTransit:       time.Duration(r.stats.inTransit.Load()),
	}
}

package allreduce

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"golang.org/x/sync/errgroup"

	"ringmaster/allreduce/schedule"
)

// Striped is a ring of one or more stripes: rings beside each other, each with links, a connection to this
// rank's server and a goroutine of its own, so that a sum is carried by as many processor cores. Every
// segment of a vector is divided among them (schedule.Plan), so an element is summed over the ranks in the
// order in which a single ring sums it, and has the same bits.
//
// Short vectors go over the first stripe alone. The stripes are one ring to whoever uses them: the first
// error of one ends the operation on all, and breaks the ring.
type Striped struct {
	stripes []*Ring

	busy   sync.Mutex // held by the operation that runs; guards broken
	broken error
}

// OpenStriped joins a ring over one transport a stripe. All ranks have as many. o.Stripe and o.Stripes are set
// here; the rest is as in Open.
func OpenStriped(ctx context.Context, transports []Transport, o Options) (*Striped, error) {
	if len(transports) == 0 || len(transports) > MaxStripes {
		var errs []error
		for _, t := range transports {
			errs = append(errs, closeTransport(t))
		}
		return nil, errors.Join(append(errs, fmt.Errorf("%w: %d transports, want 1 to %d", ErrOptions, len(transports), MaxStripes))...)
	}
	s := &Striped{stripes: make([]*Ring, len(transports))}
	group, ctx := errgroup.WithContext(ctx)
	for i, transport := range transports {
		group.Go(func() (err error) {
			s.stripes[i], err = Open(ctx, transport, o.stripe(i, len(transports)))
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// stripe are the options of one stripe of so many.
func (o Options) stripe(i, stripes int) Options {
	o.Stripe, o.Stripes = i, stripes
	return o
}

// AllReduce is Ring.AllReduce over all stripes.
func (s *Striped) AllReduce(ctx context.Context, x []float32, options ...Option) error {
	return s.operate(ctx, func(ctx context.Context) error {
		stripes := s.stripesFor(x, options)
		if stripes == 1 {
			return s.stripes[0].AllReduce(ctx, x, options...)
		}
		options = append(options[:len(options):len(options)], func(rq *request[float32]) { rq.stripes = stripes })
		group, ctx := errgroup.WithContext(ctx)
		for _, stripe := range s.stripes {
			group.Go(func() error { return stripe.AllReduce(ctx, x, options...) })
		}
		return group.Wait()
	})
}

// AllReduce64 is Ring.AllReduce64, over the first stripe: it is for a few numbers.
func (s *Striped) AllReduce64(ctx context.Context, x []float64) error {
	return s.operate(ctx, func(ctx context.Context) error { return s.stripes[0].AllReduce64(ctx, x) })
}

// operate runs one operation at a time, and none once one has failed: the stripes would be apart.
func (s *Striped) operate(ctx context.Context, operation func(context.Context) error) error {
	if !s.busy.TryLock() {
		if s.stripes[0].life.Err() != nil {
			return ErrClosed
		}
		return ErrBusy
	}
	defer s.busy.Unlock()
	if s.broken != nil {
		if s.stripes[0].life.Err() != nil {
			return ErrClosed
		}
		return fmt.Errorf("%w: %w", ErrBroken, s.broken)
	}
	err := operation(ctx)
	if err != nil && !errors.Is(err, ErrOptions) {
		s.broken = err
	}
	return err
}

// stripesFor is how many stripes sum a vector: all where each gets a full message of the longest segment, so
// that none of them is without a chunk, by which it knows that every rank has begun; else one. All ranks find
// the same.
func (s *Striped) stripesFor(x []float32, options []Option) int {
	n, o := len(s.stripes), s.stripes[0].options
	if n == 1 {
		return 1
	}
	rq, err := newRequest(o.World, x, options)
	if err != nil {
		return 1 // which says so
	}
	least := max(rq.wire.Packing().PerChunk(o.ChunkBytes-headerBytes), schedule.StripeUnit)
	if len(x) < n*o.World*least {
		return 1
	}
	return n
}

// Stripes is how many there are.
func (s *Striped) Stripes() int { return len(s.stripes) }

// Stats adds up the stripes' counters. Times are those of the stripe that has the longest.
func (s *Striped) Stats() Stats {
	all := s.stripes[0].Stats()
	for _, stripe := range s.stripes[1:] {
		own := stripe.Stats()
		all.BytesSent += own.BytesSent
		all.BytesReceived += own.BytesReceived
		all.Ignored += own.Ignored
		all.Refused += own.Refused
		all.Waited = max(all.Waited, own.Waited)
		all.WaitedForData = max(all.WaitedForData, own.WaitedForData)
		all.WaitedForCredit = max(all.WaitedForCredit, own.WaitedForCredit)
		all.InTransit = max(all.InTransit, own.InTransit)
	}
	return all
}

// Close closes all stripes, as Ring.Close does one.
func (s *Striped) Close() error {
	var group errgroup.Group
	errs := make([]error, len(s.stripes))
	for i, stripe := range s.stripes {
		if stripe != nil {
			group.Go(func() error { errs[i] = stripe.Close(); return nil })
		}
	}
	_ = group.Wait()
	return errors.Join(errs...)
}

package worker

import (
	"context"
	"fmt"
	"slices"
	"time"

	"ringmaster/allreduce"
	"ringmaster/model"
	"ringmaster/run/protocol"
)

// ringReducer sums a stage's gradient over the ranks, bucket by bucket. It belongs to the
// stage and not to a ring, since the residual outlives steps and rings.
type ringReducer struct {
	buckets   []model.Bucket
	hasWords  bool             // the last bucket is the matrix of word embeddings; else they are frozen
	wordWidth int              // elements of a word's row
	wire      allreduce.WireID // how gradients travel

	// residual is what rounding for the ring has lost on this rank and the next step adds
	// again, flat; nil until something is rounded.
	residual []float32
	// Buffers: rows of the word embeddings, and of their residual.
	rowBuffer, residualBuffer []float32
}

func newRingReducer(m *model.Model, dtype string) *ringReducer {
	x := &ringReducer{buckets: m.Buckets(), hasWords: m.TrainsWords(), wordWidth: m.Config().Sizes().WordWidth}
	x.wire, _ = allreduce.WireNamed(dtype) // checkDtype has seen it
	return x
}

// checkDtype refuses a training stage whose gradients travel in a format unknown to this worker.
func checkDtype(b protocol.Begin) error {
	if _, ok := allreduce.WireNamed(b.GradientDtype); !ok && b.Train {
		return fmt.Errorf("%w: gradients of type %q, which this worker does not know", ErrOrder, b.GradientDtype)
	}
	return nil
}

// bucketReduction is the ring's side of one step: a goroutine that sums each bucket over the
// ranks while the backward pass computes the next. Whichever fails first, ring or backward
// pass, stops the other. A nil one is that of a world of one.
type bucketReduction struct {
	ctx       context.Context
	fail      context.CancelCauseFunc
	ring      *ring
	timeline  *timeline
	announced chan announcement
	done      chan struct{}
}

// announcement is a bucket whose gradient on this rank is finished.
type announcement struct {
	bucket   int
	gradient []float32
}

// start starts the reduction of one step. The context is for the backward pass: it ends when
// the ring fails.
func (x *ringReducer) start(ctx context.Context, r *ring, tokens []int32, t *timeline) (context.Context, *bucketReduction) {
	if r.world() == 1 {
		return ctx, nil
	}
	sums := startBucketReduction(ctx, len(x.buckets), t, func(ctx context.Context, bucket int, gradient []float32) error {
		return asRingError(x.sum(ctx, r.Striped, r.world(), bucket, gradient, tokens))
	})
	sums.ring = r
	return sums.ctx, sums
}

// startBucketReduction starts the goroutine, which calls sum for each announced bucket. It
// ends when wait was called and all that was announced is summed, when ctx ends, or when sum
// fails.
func startBucketReduction(ctx context.Context, buckets int, t *timeline, sum func(ctx context.Context, bucket int, gradient []float32) error) *bucketReduction {
	r := &bucketReduction{timeline: t, announced: make(chan announcement, buckets), done: make(chan struct{})}
	r.ctx, r.fail = context.WithCancelCause(ctx)
	go func() {
		defer close(r.done)
		for a := range r.announced {
			if r.ctx.Err() != nil {
				return
			}
			began := time.Now()
			if err := sum(r.ctx, a.bucket, a.gradient); err != nil {
				r.fail(err)
				return
			}
			t.ring = append(t.ring, span{protocol.RingRow, fmt.Sprintf("bucket %d", a.bucket), began, time.Now()})
		}
	}()
	return r
}

// announce hands over a bucket. It does not wait: the channel has room for every bucket.
func (r *bucketReduction) announce(bucket int, gradient []float32) {
	r.announced <- announcement{bucket, gradient}
}

// observer connects the backward pass with the timeline and the reduction.
func (r *bucketReduction) observer(t *timeline) model.Observer {
	o := model.Observer{Passed: func(p model.Pass, began, ended time.Time) { t.computed(string(p), began, ended) }}
	if r != nil {
		o.Ready = r.announce
	}
	return o
}

// finish waits until every announced bucket is summed, and then sums the losses. err is the
// backward pass's. It returns what failed first.
func (r *bucketReduction) finish(loss model.Loss, err error) error {
	if r == nil {
		return err
	}
	defer r.fail(nil)
	if err := r.wait(err); err != nil {
		return err
	}
	began := time.Now()
	err = asRingError(sumLosses(r.ctx, r.ring, loss))
	r.timeline.ring = append(r.timeline.ring, span{protocol.RingRow, lossesSpan, began, time.Now()})
	return err
}

// wait ends the goroutine after the backward pass.
func (r *bucketReduction) wait(err error) error {
	if err != nil {
		r.fail(err)
	}
	r.timeline.gradient = time.Now()
	close(r.announced)
	<-r.done
	return context.Cause(r.ctx)
}

// sumLosses replaces the losses by their sums over the ranks, exact to float64.
func sumLosses(ctx context.Context, r *ring, loss model.Loss) error {
	all := slices.Clone(loss.Sum)
	for _, n := range loss.Count {
		all = append(all, float64(n))
	}
	if err := r.AllReduce64(ctx, all); err != nil {
		return err
	}
	copy(loss.Sum, all)
	for t := range loss.Count {
		loss.Count[t] = int(all[len(loss.Sum)+t])
	}
	return nil
}

// sum replaces a bucket's gradient by its sum over the ranks. All ranks give the same
// buckets and tokens in the same order.
func (x *ringReducer) sum(ctx context.Context, r *allreduce.Striped, world, bucket int, gradient []float32, tokens []int32) error {
	b := x.buckets[bucket]
	residual := x.residualOf(b)
	if rows, ok := x.rowsOf(tokens); ok && b == x.words() {
		return x.sumRows(ctx, r, world, rows, gradient, residual)
	}
	return r.AllReduce(ctx, gradient, x.options(residual)...)
}

func (x *ringReducer) words() model.Bucket { return x.buckets[len(x.buckets)-1] }

// options are those of a sum in the stage's format. The residual keeps what that rounds away.
func (x *ringReducer) options(residual []float32) []allreduce.Option {
	switch x.wire {
	case allreduce.WireBFloat16:
		return []allreduce.Option{allreduce.WithBFloat16(residual)}
	case allreduce.WireInt8:
		return []allreduce.Option{allreduce.WithInt8(residual)}
	}
	return nil
}

// rounds says whether gradients are rounded on the ring.
func (x *ringReducer) rounds() bool {
	return x.wire == allreduce.WireBFloat16 || x.wire == allreduce.WireInt8
}

// residualOf is a bucket's part of the residual, nil when nothing is rounded. It is made for
// the first sum, since it is as large as the gradient.
func (x *ringReducer) residualOf(b model.Bucket) []float32 {
	if !x.rounds() {
		return nil
	}
	if x.residual == nil {
		x.residual = make([]float32, x.buckets[0].Hi)
	}
	return x.residual[b.Lo:b.Hi]
}

// forgetResidual drops what rounding has lost.
func (x *ringReducer) forgetResidual() { x.residual = nil }

package worker

import (
	"context"
	"fmt"
	"time"

	"ringmaster/run/protocol"
)

// reducer is the ring's side of one step: a goroutine that sums the announced buckets
// over the ranks while the model goes on with the backward pass. Whoever starts it
// waits for it.
type reducer struct {
	announced chan announcement
	done      chan struct{}
	spans     []span // of the ring; to be read when done
}

type announcement struct {
	bucket   int
	gradient []float32
}

// startReducer starts the goroutine for a step of so many buckets. It ends when wait is
// called and all that was announced is summed, or ctx ends, or sum fails, which it
// passes to fail.
func startReducer(ctx context.Context, buckets int, sum func(ctx context.Context, bucket int, gradient []float32) error, fail func(error)) *reducer {
	r := &reducer{announced: make(chan announcement, buckets), done: make(chan struct{})}
	go func() {
		defer close(r.done)
		for a := range r.announced {
			if ctx.Err() != nil {
				return
			}
			began := time.Now()
			if err := sum(ctx, a.bucket, a.gradient); err != nil {
				fail(err)
				return
			}
			r.spans = append(r.spans, span{protocol.RingRow, fmt.Sprintf("bucket %d", a.bucket), began, time.Now()})
		}
	}()
	return r
}

// announce hands over a bucket. It does not wait: there is room for every bucket.
func (r *reducer) announce(bucket int, gradient []float32) {
	r.announced <- announcement{bucket, gradient}
}

// wait says that no more is announced, and waits for the goroutine's end.
func (r *reducer) wait() {
	close(r.announced)
	<-r.done
}

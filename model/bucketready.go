package model

import "time"

// Pass is the forward or the backward pass of a micro-batch.
type Pass string

// The passes, by their names in a trace.
const (
	ForwardPass  Pass = "forward"
	BackwardPass Pass = "backward"
	BothPasses   Pass = "forward and backward" // one recorded graph of a GPU
)

// Observer has functions that are called while Backward runs, on the model's thread: they
// must return at once and not call the model. A nil one is not called.
type Observer struct {
	// Ready is called when the gradient of a bucket of Buckets is complete, so that it can be
	// all-reduced while the backward pass goes on: in the buckets' order, once for each, always
	// before Backward returns. On the CPU that is during the last micro-batch's backward pass,
	// and gradient is part of Gradient's memory, which Backward does not write any more. On a
	// GPU it is after all passes, while the next bucket is copied, and gradient is part of
	// Gradient's copy.
	Ready func(bucket int, gradient []float32)
	// Passed is called after each pass of a micro-batch.
	Passed func(p Pass, began, ended time.Time)
}

func (o Observer) passed(p Pass, began time.Time) {
	if o.Passed != nil {
		o.Passed(p, began, time.Now())
	}
}

// bucketTracker notes which parameters have their complete gradient, and announces the
// buckets whose parameters all have, in order.
type bucketTracker struct {
	buckets  []Bucket
	bucketOf []int // by parameter
	gradient []float32

	ready   func(bucket int, gradient []float32) // nil outside a last micro-batch
	final   []bool                               // by parameter
	waiting []int                                // by bucket: parameters whose gradient is not complete
	next    int                                  // the bucket to announce
}

func newBucketTracker(layout []Parameter, cut []Bucket, gradient []float32) *bucketTracker {
	a := &bucketTracker{buckets: cut, gradient: gradient, bucketOf: make([]int, len(layout))}
	for i, p := range layout {
		for b, bucket := range cut {
			if p.Offset >= bucket.Lo && p.End() <= bucket.Hi {
				a.bucketOf[i] = b
			}
		}
	}
	return a
}

// start tracks the last micro-batch.
func (a *bucketTracker) start(ready func(bucket int, gradient []float32)) {
	if ready == nil {
		return
	}
	a.ready, a.next = ready, 0
	a.final = make([]bool, len(a.bucketOf))
	a.waiting = make([]int, len(a.buckets))
	for _, b := range a.bucketOf {
		a.waiting[b]++
	}
}

// stop ends the tracking.
func (a *bucketTracker) stop() { a.ready = nil }

// markReady notes that parameter i's gradient is complete.
func (a *bucketTracker) markReady(i int) {
	if a.ready == nil || a.final[i] {
		return
	}
	a.final[i] = true
	a.waiting[a.bucketOf[i]]--
	a.announce()
}

// markAllReady notes that all gradients are complete.
func (a *bucketTracker) markAllReady() {
	if a.ready == nil {
		return
	}
	clear(a.waiting)
	a.announce()
}

func (a *bucketTracker) announce() {
	for ; a.next < len(a.buckets) && a.waiting[a.next] == 0; a.next++ {
		b := a.buckets[a.next]
		a.ready(a.next, a.gradient[b.Lo:b.Hi])
	}
}

package model

import "time"

// Pass is a half of a micro-batch's work.
type Pass string

// The passes, by their names in a timeline.
const (
	ForwardPass  Pass = "forward"
	BackwardPass Pass = "backward"
)

// Observer hears how a Backward goes on. Its functions are called on the model's
// thread: they must return at once and not call the model. A nil one is left out.
type Observer struct {
	// Ready hands over bucket number bucket, of Buckets, when its gradient is what
	// Backward leaves: in the buckets' order, each once, all before Backward returns. On
	// the CPU that is during the last micro-batch's backward pass, and gradient is part
	// of Gradient's memory, which Backward does not touch any more. On a GPU it is after
	// all passes, and gradient part of Gradient's copy.
	Ready func(bucket int, gradient []float32)
	// Passed hears of a finished pass of one micro-batch.
	Passed func(p Pass, began, ended time.Time)
}

func (o Observer) passed(p Pass, began time.Time) {
	if o.Passed != nil {
		o.Passed(p, began, time.Now())
	}
}

// announcer finds out which buckets are final and says so in their order.
type announcer struct {
	buckets  []Bucket
	bucketOf []int // by parameter
	gradient []float32

	ready   func(bucket int, gradient []float32) // nil outside a last micro-batch
	final   []bool                               // by parameter
	waiting []int                                // by bucket: parameters that are not final
	next    int                                  // the bucket to announce
}

func newAnnouncer(layout []Parameter, cut []Bucket, gradient []float32) *announcer {
	a := &announcer{buckets: cut, gradient: gradient, bucketOf: make([]int, len(layout))}
	for i, p := range layout {
		for b, bucket := range cut {
			if p.Offset >= bucket.Lo && p.End() <= bucket.Hi {
				a.bucketOf[i] = b
			}
		}
	}
	return a
}

// arm begins the announcements of a last micro-batch.
func (a *announcer) arm(ready func(bucket int, gradient []float32)) {
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

// disarm ends them, whether all were made or not.
func (a *announcer) disarm() { a.ready = nil }

// finish takes parameter i's gradient as final.
func (a *announcer) finish(i int) {
	if a.ready == nil || a.final[i] {
		return
	}
	a.final[i] = true
	a.waiting[a.bucketOf[i]]--
	a.announce()
}

// finishAll takes all gradients as final.
func (a *announcer) finishAll() {
	if a.ready == nil {
		return
	}
	clear(a.waiting)
	a.announce()
}

func (a *announcer) announce() {
	for ; a.next < len(a.buckets) && a.waiting[a.next] == 0; a.next++ {
		b := a.buckets[a.next]
		a.ready(a.next, a.gradient[b.Lo:b.Hi])
	}
}

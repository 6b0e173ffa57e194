package worker

import (
	"time"

	"ringmaster/model"
	"ringmaster/run/protocol"
)

// span is something that took time, in a row of the trace.
type span struct {
	row          protocol.Row
	name         string
	began, ended time.Time
}

// Names of spans beside the passes of the model and the buckets of the ring.
const (
	optimiserSpan = "optimiser" // which a timeline adds up
	lossesSpan    = "losses"
)

// timeline is what a step's time goes into.
type timeline struct {
	began    time.Time
	compute  []span
	ring     []span
	gradient time.Time // when this rank's own gradient was whole
}

func (t *timeline) computed(name string, began, ended time.Time) {
	t.compute = append(t.compute, span{protocol.ComputeRow, name, began, ended})
}

// summary adds the spans up.
func (t *timeline) summary() protocol.Timeline {
	var s protocol.Timeline
	sums := map[string]*float64{string(model.ForwardPass): &s.Forward, string(model.BackwardPass): &s.Backward, optimiserSpan: &s.Optimiser}
	for _, c := range t.compute {
		if sum := sums[c.name]; sum != nil {
			*sum += c.ended.Sub(c.began).Seconds()
		}
	}
	for _, r := range t.ring {
		hidden := r.ended
		if hidden.After(t.gradient) {
			hidden = t.gradient
			s.RingExposed = r.ended.Sub(t.gradient).Seconds()
		}
		s.RingHidden += max(0, hidden.Sub(r.began).Seconds())
	}
	return s
}

// spans are the bars of the trace, those of the step as a whole first.
func (t *timeline) spans(title string, ended time.Time) []protocol.Span {
	all := append([]span{{protocol.ComputeRow, title, t.began, ended}}, t.compute...)
	all = append(all, t.ring...)
	out := make([]protocol.Span, len(all))
	for i, s := range all {
		began := s.began.UnixMicro()
		out[i] = protocol.Span{Row: s.row, Name: s.name, Began: began, Micros: s.ended.UnixMicro() - began}
	}
	return out
}

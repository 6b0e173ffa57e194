package worker

import (
	"time"

	"ringmaster/model"
	"ringmaster/run/protocol"
)

// span is one bar of the trace: what took how long, in which row.
type span struct {
	row          protocol.Row
	name         string
	began, ended time.Time
}

// Names of spans, beside the model's passes and the ring's buckets.
const (
	optimiserSpan = "optimiser"
	lossesSpan    = "losses"
)

// timeline records what a step's time goes into.
type timeline struct {
	began    time.Time
	compute  []span
	ring     []span
	gradient time.Time // when this rank's own gradient was complete
}

func (t *timeline) computed(name string, began, ended time.Time) {
	t.compute = append(t.compute, span{protocol.ComputeRow, name, began, ended})
}

// summary sums the spans by what they are. Time of the ring is hidden while the backward pass
// goes on, and exposed after it.
func (t *timeline) summary() protocol.Timeline {
	var s protocol.Timeline
	sums := map[string]*float64{string(model.ForwardPass): &s.Forward, string(model.BackwardPass): &s.Backward, string(model.BothPasses): &s.Backward, optimiserSpan: &s.Optimiser}
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

// spans are the trace's bars, that of the whole step first.
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

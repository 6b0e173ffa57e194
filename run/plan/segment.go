package plan

import (
	"fmt"
	"math"
	"slices"
)

// segment are the steps that one length of a stage holds for: from step from on, until the next
// segment begins.
type segment struct {
	from     int
	before   int // examples dealt before step from
	examples int // that the whole stage deals
	steps    int // that the whole stage has
}

// maxExamples bounds the examples of a stage: far beyond any training, and far below where
// whole numbers, in float64 too, are counted no more.
const maxExamples = 1e12

// extend adds the segment of a length that holds from a step on. all is how many training
// examples the tasks have.
func (s *Stage) extend(l Length, from, all int) error {
	seg := segment{from: from}
	if n := len(s.segments); n > 0 {
		last := s.segments[n-1]
		if from < last.from || from > last.steps {
			return fmt.Errorf("%w: a stage of %d steps has another length from step %d on", ErrNothingToPlan, last.steps, from)
		}
		seg.before = last.dealtBefore(from, s.set.Batch)
	}
	dealt := float64(seg.before) + float64(l.Steps-from)*float64(s.set.Batch)
	if l.Steps == 0 {
		dealt = math.Round(l.Epochs * float64(all))
	}
	switch {
	case dealt < 1:
		return fmt.Errorf("%w: %s of %d examples are none", ErrNothingToPlan, l, all)
	case !(dealt <= maxExamples):
		return fmt.Errorf("%w: %s of batches of %d would deal %.3g examples, at most %.0e can be", ErrTooMuch, l, s.set.Batch, dealt, maxExamples)
	case from > 0 && int(dealt) <= seg.before:
		return fmt.Errorf("%w: %s are done with the first %d steps, which the stage has behind it", ErrNothingToPlan, l, from)
	}
	seg.examples = int(dealt)
	seg.steps = from + (seg.examples-seg.before+s.set.Batch-1)/s.set.Batch
	s.segments = append(s.segments, seg)
	return nil
}

// String is the length in a few words.
func (l Length) String() string {
	if l.Steps > 0 {
		return fmt.Sprintf("%d steps", l.Steps)
	}
	return fmt.Sprintf("%g epochs", l.Epochs)
}

// dealtBefore is how many examples the steps before n deal; n is of the segment, or its end.
func (g segment) dealtBefore(n, batch int) int {
	return min(g.examples, g.before+(n-g.from)*batch)
}

// segmentOf is the segment that a step belongs to.
func (s *Stage) segmentOf(n int) segment {
	for _, g := range slices.Backward(s.segments) {
		if n >= g.from {
			return g
		}
	}
	return s.segments[0]
}

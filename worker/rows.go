package worker

import (
	"fmt"
	"slices"

	"ringmaster/allreduce/schedule"
	"ringmaster/run/protocol"
)

// rows are the rows of a matrix that travel in place of the whole, which is zero
// elsewhere on every rank. In the selection they stand one after another.
type rows struct {
	ids   []int32 // rising, each once
	width int     // elements of a row
}

// rowsToSend are a step's rows of the word embeddings' gradient: those of its tokens,
// or none, for the whole matrix, where the tokens are not known or are so many that
// copying them out and back would not pay.
func rowsToSend(tokens []int32, vocabulary, width int) (rows, bool) {
	if len(tokens) == 0 || 2*len(tokens) > vocabulary {
		return rows{}, false
	}
	return rows{ids: tokens, width: width}, true
}

// elements is the length of the selection.
func (r rows) elements() int { return len(r.ids) * r.width }

// gather copies the rows of matrix to selection.
func (r rows) gather(selection, matrix []float32) {
	for i, id := range r.ids {
		copy(selection[i*r.width:(i+1)*r.width], matrix[int(id)*r.width:])
	}
}

// scatter copies selection back to the rows of matrix.
func (r rows) scatter(matrix, selection []float32) {
	for i, id := range r.ids {
		copy(matrix[int(id)*r.width:], selection[i*r.width:(i+1)*r.width])
	}
}

// bounds are where the selection must be cut into segments for its elements to be in
// the segments they would be in if the whole matrix, of total elements, were cut into
// equal parts. The order in which an element is summed over the ranks depends on its
// segment, so this gives the whole matrix's bits.
func (r rows) bounds(total, world int) []int {
	cuts := equalCuts(total, world)
	for s, cut := range cuts {
		row, within := cut/r.width, cut%r.width
		before, there := slices.BinarySearch(r.ids, int32(row))
		cuts[s] = before * r.width
		if there {
			cuts[s] += within
		}
	}
	return cuts
}

// equalCuts are the ring's own cuts of a vector into a segment per rank.
func equalCuts(total, world int) []int {
	plan := schedule.Plan{World: world, Total: total}
	cuts := make([]int, world-1)
	for s := range cuts {
		_, cuts[s] = plan.Segment(s)
	}
	return cuts
}

// sentBy is how many elements a rank sends of a vector that is cut so.
func sentBy(rank, total int, cuts []int) int {
	plan := schedule.Plan{Rank: rank, World: len(cuts) + 1, Total: total, Bounds: cuts}
	sent := 0
	for step := range plan.Steps() {
		lo, hi := plan.Segment(plan.SendSegment(step))
		sent += hi - lo
	}
	return sent
}

// checkTokens makes sure that a step's token list is in order and has all tokens of
// this rank's examples: a row that were left out would stay different on every rank.
func checkTokens(s *protocol.Step, vocabulary int) error {
	if len(s.Tokens) == 0 {
		return nil
	}
	for i, id := range s.Tokens {
		if id < 0 || int(id) >= vocabulary || i > 0 && id <= s.Tokens[i-1] {
			return fmt.Errorf("%w: token %d, number %d of the step's tokens, is out of order or outside the vocabulary of %d", ErrOrder, id, i, vocabulary)
		}
	}
	for i, e := range s.Examples {
		for _, id := range e.IDs {
			if _, there := slices.BinarySearch(s.Tokens, id); !there {
				return fmt.Errorf("%w: token %d of example %d of step %d is not among the step's tokens", ErrOrder, id, i, s.Step)
			}
		}
	}
	return nil
}

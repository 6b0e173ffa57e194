package worker

import (
	"context"
	"fmt"
	"slices"

	"ringmaster/allreduce"
	"ringmaster/allreduce/schedule"
	"ringmaster/run/protocol"
)

// embeddingRows are the rows of the word embeddings' gradient that travel in place of the
// whole matrix, whose other rows are zero on every rank. They travel packed: one after
// another, without the rows between them.
type embeddingRows struct {
	ids   []int32 // rising, each once
	width int     // elements of a row
}

// rowsToSend are the rows of a step's tokens. It is false, for the whole matrix, where the
// tokens are not known or are so many that packing would not pay.
func rowsToSend(tokens []int32, vocabulary, width int) (embeddingRows, bool) {
	if len(tokens) == 0 || 2*len(tokens) > vocabulary {
		return embeddingRows{}, false
	}
	return embeddingRows{ids: tokens, width: width}, true
}

// elements is the length of the packed rows.
func (r embeddingRows) elements() int { return len(r.ids) * r.width }

// gather packs the rows of a matrix.
func (r embeddingRows) gather(packed, matrix []float32) {
	for i, id := range r.ids {
		copy(packed[i*r.width:(i+1)*r.width], matrix[int(id)*r.width:])
	}
}

// scatter copies packed rows back into a matrix.
func (r embeddingRows) scatter(matrix, packed []float32) {
	for i, id := range r.ids {
		copy(matrix[int(id)*r.width:], packed[i*r.width:(i+1)*r.width])
	}
}

// cuts are where the packed rows must be cut into segments for each element to be in the
// segment where it would be if the whole matrix, of total elements, were cut into equal
// parts. The order in which an element is summed over the ranks depends on its segment, so
// the sums have the bits that the whole matrix's would have; but for int8, whose blocks are of
// elements that travel together.
func (r embeddingRows) cuts(total, world int) []int {
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

// equalCuts are where the ring cuts a vector into one segment a rank.
func equalCuts(total, world int) []int {
	plan := schedule.Plan{World: world, Total: total}
	cuts := make([]int, world-1)
	for s := range cuts {
		_, cuts[s] = plan.Segment(s)
	}
	return cuts
}

// sentBy is how many bytes a rank sends of a vector with these cuts.
func (x *ringReducer) sentBy(rank, total int, cuts []int) int {
	plan := schedule.Plan{Rank: rank, World: len(cuts) + 1, Total: total, Bounds: cuts}
	sent := 0
	for step := range plan.Steps() {
		lo, hi := plan.Segment(plan.SendSegment(step))
		sent += x.wire.Packing().Bytes(hi - lo)
	}
	return sent
}

// rowsOf are the rows of the word embeddings that a step's tokens make travel; false where the
// whole matrix does, or nothing of it.
func (x *ringReducer) rowsOf(tokens []int32) (embeddingRows, bool) {
	if !x.hasWords {
		return embeddingRows{}, false
	}
	return rowsToSend(tokens, x.words().Size()/x.wordWidth, x.wordWidth)
}

// sumRows sums a step's rows of the word embeddings' gradient over the ranks.
func (x *ringReducer) sumRows(ctx context.Context, r *allreduce.Striped, world int, rows embeddingRows, gradient, residual []float32) error {
	x.rowBuffer = sized(x.rowBuffer, rows.elements())
	rows.gather(x.rowBuffer, gradient)
	var lost []float32
	if residual != nil {
		x.residualBuffer = sized(x.residualBuffer, rows.elements())
		lost = x.residualBuffer
		rows.gather(lost, residual)
	}
	cuts := rows.cuts(len(gradient), world)
	if err := r.AllReduce(ctx, x.rowBuffer, append(x.options(lost), allreduce.WithSegments(cuts))...); err != nil {
		return err
	}
	rows.scatter(gradient, x.rowBuffer)
	if residual != nil {
		rows.scatter(residual, lost)
	}
	return nil
}

// saved is how many bytes a rank does not send because only rows travel, without the headers
// of messages.
func (x *ringReducer) saved(rank, world int, tokens []int32) uint64 {
	rows, ok := x.rowsOf(tokens)
	if !ok {
		return 0
	}
	total := x.words().Size()
	dense := x.sentBy(rank, total, equalCuts(total, world))
	sparse := x.sentBy(rank, rows.elements(), rows.cuts(total, world))
	return uint64(dense - sparse)
}

// sized is a slice of n elements, in buffer's memory where that is large enough.
func sized(buffer []float32, n int) []float32 {
	if cap(buffer) < n {
		return make([]float32, n)
	}
	return buffer[:n]
}

// checkTokens makes sure that a step's token list is sorted and has all tokens of this rank's
// examples: a row that is left out would differ between ranks from then on.
func checkTokens(s *protocol.Step, vocabulary int) error {
	if len(s.Tokens) == 0 {
		return nil
	}
	for i, id := range s.Tokens {
		if id < 0 || int(id) >= vocabulary || i > 0 && id <= s.Tokens[i-1] {
			return fmt.Errorf("%w: token %d, number %d of the step's tokens, is not in rising order or not in the vocabulary of %d", ErrOrder, id, i, vocabulary)
		}
	}
	for i, e := range s.Examples {
		for _, id := range e.IDs {
			if _, there := slices.BinarySearch(s.Tokens, id); !there {
				return fmt.Errorf("%w: token %d of example %d of step %d is missing from the step's tokens", ErrOrder, id, i, s.Step)
			}
		}
	}
	return nil
}

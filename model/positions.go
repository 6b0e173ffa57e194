package model

import (
	"slices"

	"ringmaster/model/weights"
)

// positionRule says which rows of the position embeddings a text's tokens have.
type positionRule struct {
	// base is the row of number 0 of what of gives.
	base int64
	// fromPad is fairseq's rule: a text's tokens have the numbers from 1, and padding tokens
	// inside it number 0, without being counted.
	fromPad bool
	padID   int32
}

func positionsOf(c weights.BertConfig) positionRule {
	r := positionRule{fromPad: c.PadHasNoPosition(), padID: int32(c.PadTokenID)}
	if r.fromPad {
		r.base = int64(c.FirstPosition()) - 1
	}
	return r
}

// rows is how many rows texts of a length need, from base on.
func (r positionRule) rows(length int64) int64 {
	if r.fromPad {
		return length + 1
	}
	return length
}

// next is the number of a token of which so many of the text's have one before it.
func (r positionRule) next(id int32, counted *int64) int64 {
	if r.fromPad && id == r.padID {
		return 0
	}
	*counted++
	if r.fromPad {
		return *counted
	}
	return *counted - 1
}

// uncounted says whether a text has a token that is not counted, so that texts of one length
// differ in their numbers.
func (r positionRule) uncounted(b batch) bool {
	return r.fromPad && slices.ContainsFunc(b.examples, func(e Example) bool { return slices.Contains(e.IDs, r.padID) })
}

// of are the numbers of a padded batch's tokens, row after row.
func (r positionRule) of(b batch) []int64 {
	numbers := make([]int64, 0, len(b.examples)*b.length)
	for _, e := range b.examples {
		var counted int64
		for _, id := range e.IDs {
			numbers = append(numbers, r.next(id, &counted))
		}
		for range b.length - len(e.IDs) {
			numbers = append(numbers, 0)
		}
	}
	return numbers
}

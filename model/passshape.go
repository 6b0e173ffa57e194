package model

import "math/bits"

// passShape is what a recorded pass is fixed to: the sizes of its tensors. Micro-batches of
// nearly the same sizes share one, and are filled up with texts that count for nothing.
type passShape struct {
	texts   int
	tokens  int  // of all texts
	longest int  // no text has more tokens; where texts are padded, each has as many
	queries int  // places whose states the head reads: of each text the first, or the masked ones
	most    int  // no text has more queries
	pairs   bool // some texts have tokens of type 1
}

// shapeOf is the shape for texts of these lengths, of which each has so many masked positions
// (nil: the first position is read). Packed texts stand one after another, others are padded.
func shapeOf(lengths, masked []int, packed bool) passShape {
	longest, sum, queries, most := 0, 0, 0, 1
	for i, n := range lengths {
		longest, sum = max(longest, n), sum+n
		if masked != nil {
			queries += masked[i]
		}
	}
	shape := passShape{texts: roundUp(len(lengths), 4)}
	if packed {
		shape.longest = max(16, powerOfTwo(longest))
		shape.texts, shape.tokens = packedSizes(len(lengths), sum, shape.longest)
	} else {
		shape.longest = (longest + 15) / 16 * 16
		shape.tokens = shape.texts * shape.longest
	}
	if masked == nil {
		shape.queries, shape.most = shape.texts, most
		return shape
	}
	shape.queries = roundUp(queries, 32)
	for _, n := range masked {
		most = max(most, n)
	}
	// The last text gets the queries that fill up.
	shape.most = powerOfTwo(max(most, most+shape.queries-queries))
	return shape
}

// packedSizes gives numbers of texts and tokens that leave room for the tokens of n texts. The
// other texts have the other tokens, each at least one and none more than longest.
func packedSizes(n, sum, longest int) (texts, tokens int) {
	for texts = roundUp(n, 4); ; texts = roundUp(texts+1, 4) {
		others := texts - n
		tokens = roundUp(sum+others, 64)
		if rest := tokens - sum; rest <= others*longest {
			return texts, tokens
		}
	}
}

// roundUp rounds n up to a multiple of least, or of a sixteenth of n where that is more: so
// there are few sizes, and little is computed in vain.
func roundUp(n, least int) int {
	unit := max(least, powerOfTwo(n+1)/32)
	return (n + unit - 1) / unit * unit
}

// powerOfTwo is the least power of two that is n or more.
func powerOfTwo(n int) int {
	if n <= 1 {
		return 1
	}
	return 1 << bits.Len(uint(n-1))
}

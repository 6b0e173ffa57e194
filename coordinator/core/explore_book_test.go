package core

import "strconv"

// history is a state of a model: the steps that were applied to a stage's first state,
// each as the generation that applied it. It stands for the parameters: two workers hold
// the same bits if and only if they hold the same history.
type history int

// fresh is a stage's first state.
const fresh history = 0

// book has all histories that ever were.
type book struct {
	beginnings [][]history // of each: what it was after 0, 1, … steps, itself last
	generation []uint64    // of its last step
	hashes     []string
	known      map[continuation]history
}

// continuation is one more step: by which generation, and who counted in it.
type continuation struct {
	of         history
	generation uint64
	active     uint8
}

func newBook() *book {
	return &book{[][]history{{fresh}}, []uint64{0}, []string{"0"}, map[continuation]history{}}
}

func (b *book) steps(h history) int { return len(b.beginnings[h]) - 1 }

// after is what h was after so many steps.
func (b *book) after(h history, steps int) history { return b.beginnings[h][steps] }

// agree says whether one is the beginning of the other.
func (b *book) agree(x, y history) bool {
	n := min(b.steps(x), b.steps(y))
	return b.after(x, n) == b.after(y, n)
}

// apply is h with one more step.
func (b *book) apply(h history, generation uint64, active uint8) history {
	c := continuation{h, generation, active}
	if known, ok := b.known[c]; ok {
		return known
	}
	next := history(len(b.generation))
	past := b.beginnings[h]
	b.beginnings = append(b.beginnings, append(past[:len(past):len(past)], next))
	b.generation = append(b.generation, generation)
	b.hashes = append(b.hashes, strconv.Itoa(int(next)))
	b.known[c] = next
	return next
}

package metrics

import (
	"fmt"
	"slices"
)

// Confusion counts rows by gold and predicted class.
type Confusion struct {
	classes  []string
	positive int     // the class that a task of two is judged by
	counts   [][]int // [gold][predicted]
}

// NewConfusion is an empty matrix over classes, which are numbered as given. It
// fails with ErrClasses for fewer than two.
func NewConfusion(classes []string) (*Confusion, error) {
	if len(classes) < 2 {
		return nil, fmt.Errorf("%w: a task needs at least two classes, got %q", ErrClasses, classes)
	}
	c := &Confusion{classes: slices.Clone(classes), positive: len(classes) - 1, counts: make([][]int, len(classes))}
	for i := range c.counts {
		c.counts[i] = make([]int, len(classes))
	}
	return c, nil
}

// JudgeBy has a task of two classes judged by one of them; without it that is the last. A
// task of more is judged by all, and an empty name changes nothing.
func (c *Confusion) JudgeBy(positive string) error {
	if positive == "" {
		return nil
	}
	at := slices.Index(c.classes, positive)
	if at < 0 {
		return fmt.Errorf("%w: the positive class %q is not one of %q", ErrClasses, positive, c.classes)
	}
	c.positive = at
	return nil
}

// FromPredictions counts gold[i] against predicted[i].
func FromPredictions(classes []string, gold, predicted []int) (*Confusion, error) {
	if len(gold) != len(predicted) {
		return nil, fmt.Errorf("%w: %d gold, %d predicted", ErrLengths, len(gold), len(predicted))
	}
	c, err := NewConfusion(classes)
	if err != nil {
		return nil, err
	}
	for i := range gold {
		if err := c.Add(gold[i], predicted[i]); err != nil {
			return nil, fmt.Errorf("row %d: %w", i, err)
		}
	}
	return c, nil
}

// FromCounts takes a matrix counted elsewhere: counts[gold][predicted].
func FromCounts(classes []string, counts [][]int) (*Confusion, error) {
	c, err := NewConfusion(classes)
	if err != nil {
		return nil, err
	}
	if len(counts) != len(classes) {
		return nil, fmt.Errorf("%w: %d rows for %d classes", ErrMatrix, len(counts), len(classes))
	}
	for g, row := range counts {
		if len(row) != len(classes) {
			return nil, fmt.Errorf("%w: row %d has %d columns for %d classes", ErrMatrix, g, len(row), len(classes))
		}
		for p, n := range row {
			if n < 0 {
				return nil, fmt.Errorf("%w: count %d at gold %d, predicted %d", ErrMatrix, n, g, p)
			}
			c.counts[g][p] = n
		}
	}
	return c, nil
}

// Add counts one row. It fails with ErrClassIndex and counts nothing if either index
// is not a class.
func (c *Confusion) Add(gold, predicted int) error {
	for _, class := range [2]int{gold, predicted} {
		if class < 0 || class >= len(c.classes) {
			return fmt.Errorf("%w: gold %d, predicted %d, but there are %d classes", ErrClassIndex, gold, predicted, len(c.classes))
		}
	}
	c.counts[gold][predicted]++
	return nil
}

// Merge adds another matrix over the same classes, as when workers each score a part.
func (c *Confusion) Merge(other *Confusion) error {
	if !slices.Equal(c.classes, other.classes) {
		return fmt.Errorf("%w: cannot merge %q into %q", ErrClasses, other.classes, c.classes)
	}
	for g := range c.counts {
		for p := range c.counts[g] {
			c.counts[g][p] += other.counts[g][p]
		}
	}
	return nil
}

// Classes are the names the indices stand for.
func (c *Confusion) Classes() []string { return slices.Clone(c.classes) }

// Counts is a copy of the matrix: [gold][predicted].
func (c *Confusion) Counts() [][]int {
	out := make([][]int, len(c.counts))
	for i := range out {
		out[i] = slices.Clone(c.counts[i])
	}
	return out
}

package plan

import (
	"fmt"
	"math/rand/v2"
)

// balanced deals the classes of a task alike often. It goes through blocks of one example of each class, in an order
// drawn for each block; a class's examples come from shuffled passes of its own, the next beginning where one ends. So at any
// point two classes' draws differ by at most one, and so do those of two examples of one class.
type balanced struct {
	seed    uint64
	task    string
	numbers []int     // of the classes that have examples
	rows    [][]int32 // their examples
	picks   *rand.PCG
	block   []int32 // classes, an index into numbers each
	at      int     // in block
	passes  []cursor
}

// newBalanced says how a task's examples are dealt by class; nil where all are dealt alike often.
func newBalanced(t Task, seed uint64) (*balanced, error) {
	if t.Classes == nil {
		return nil, nil
	}
	if len(t.Classes) != t.Size {
		return nil, fmt.Errorf("%w: task %s has %d examples, and the classes of %d", ErrNothingToPlan, t.Name, t.Size, len(t.Classes))
	}
	b := &balanced{seed: seed, task: t.Name}
	place := map[int32]int{}
	for i, class := range t.Classes {
		at, known := place[class]
		if !known {
			at = len(b.rows)
			place[class] = at
			b.numbers, b.rows = append(b.numbers, int(class)), append(b.rows, nil)
		}
		b.rows[at] = append(b.rows[at], int32(i))
	}
	return b, nil
}

func (b *balanced) rewind() {
	b.picks, b.block, b.at = stream(b.seed, "classes of "+b.task, 0), nil, 0
	b.passes = make([]cursor, len(b.rows))
	for class := range b.passes {
		b.passes[class] = b.pass(class, 0)
	}
}

func (b *balanced) pass(class, number int) cursor {
	name := fmt.Sprintf("class %d of %s", b.numbers[class], b.task)
	return cursor{epoch: number, order: permutation(stream(b.seed, name, number), len(b.rows[class]))}
}

// draw is the next example and the pass over its class that it is of.
func (b *balanced) draw() (index, pass int) {
	if b.at == len(b.block) {
		b.block, b.at = permutation(b.picks, len(b.rows)), 0
	}
	class := b.block[b.at]
	b.at++
	c := &b.passes[class]
	if c.at == len(c.order) {
		*c = b.pass(int(class), c.epoch+1)
	}
	index = int(b.rows[class][c.order[c.at]])
	c.at++
	return index, c.epoch
}

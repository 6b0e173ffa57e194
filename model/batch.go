package model

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"ringmaster/model/torch"
)

// batch is a micro-batch: examples of similar length, padded to the longest.
type batch struct {
	examples []Example
	origin   []int // each example's index in the caller's list
	length   int
	padID    int32
}

// batches sorts examples by length, longest first (memory peaks at once, not at the
// end), and divides them into the micro-batches that cost least. Equal lengths keep the
// caller's order, so the same list always gives the same batches.
func (m *Model) batches(examples []Example) []batch {
	order := make([]int, len(examples))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Compare(len(examples[b].IDs), len(examples[a].IDs))
	})
	lengths := make([]int, len(order))
	for i, at := range order {
		lengths[i] = len(examples[at].IDs)
	}
	overhead := overheadCPU
	if !m.device.OnHost() {
		overhead = overheadGPU
	}
	var all []batch
	for _, n := range microBatchSizes(lengths, m.microBatch, overhead) {
		b := batch{origin: order[:n], length: lengths[0], padID: int32(m.sizes.PadID)}
		for _, i := range b.origin {
			b.examples = append(b.examples, examples[i])
		}
		all = append(all, b)
		order, lengths = order[n:], lengths[n:]
	}
	return all
}

// shortOfMemory is how libtorch says that memory is not enough: a GPU's, and the host's.
var shortOfMemory = []string{"out of memory", "can't allocate memory", "not enough memory"}

// memoryError explains an error that is one of memory; others it gives back.
func (b batch) memoryError(d torch.Device, err error) error {
	if err == nil || !slices.ContainsFunc(shortOfMemory, func(says string) bool { return strings.Contains(err.Error(), says) }) {
		return err
	}
	return fmt.Errorf("%w: %s does not hold %d texts at once, the longest of %d tokens; set train.micro_batch to less than %d, or shorten train.max_length (%w)",
		ErrMemory, d, len(b.examples), b.length, len(b.examples), err)
}

// ids are the padded token ids, row after row.
func (b batch) ids() []int64 {
	ids := make([]int64, 0, len(b.examples)*b.length)
	for _, e := range b.examples {
		for i := range b.length {
			id := b.padID
			if i < len(e.IDs) {
				id = e.IDs[i]
			}
			ids = append(ids, int64(id))
		}
	}
	return ids
}

// padded says whether any text is shorter than the longest.
func (b batch) padded() bool { return len(b.examples[len(b.examples)-1].IDs) < b.length }

// mask is true for tokens and false for padding, row after row.
func (b batch) mask() []bool {
	mask := make([]bool, 0, len(b.examples)*b.length)
	for _, e := range b.examples {
		for i := range b.length {
			mask = append(mask, i < len(e.IDs))
		}
	}
	return mask
}

// pairs says whether any example has a second text of its own token type.
func (b batch) pairs() bool {
	return slices.ContainsFunc(b.examples, func(e Example) bool { return e.Second > 0 })
}

// types are the padded token types, row after row.
func (b batch) types() []int64 {
	types := make([]int64, len(b.examples)*b.length)
	for i, e := range b.examples {
		fillTypes(types[i*b.length:], e)
	}
	return types
}

// fillTypes writes those of one example into zeros.
func fillTypes(types []int64, e Example) {
	for at := e.Second; e.Second > 0 && at < len(e.IDs); at++ {
		types[at] = 1
	}
}

// rows lists the rows of each task.
func (b batch) rows(tasks int) [][]int64 {
	rows := make([][]int64, tasks)
	for i, e := range b.examples {
		rows[e.Task] = append(rows[e.Task], int64(i))
	}
	return rows
}

// check validates the examples' tasks, lengths and token ids.
func (m *Model) check(examples []Example) error {
	for i, e := range examples {
		if e.Task < 0 || e.Task >= len(m.tasks) {
			return fmt.Errorf("%w %d: task %d does not exist; the model has %d", ErrExample, i, e.Task, len(m.tasks))
		}
		task := m.tasks[e.Task].Name
		switch n := len(e.IDs); {
		case n == 0:
			return fmt.Errorf("%w %d of task %s has no token ids", ErrExample, i, task)
		case m.sizes.LongestText > 0 && n > m.sizes.LongestText:
			return fmt.Errorf("%w %d of task %s has %d token ids; the model takes at most %d, shorten max_length",
				ErrExample, i, task, n, m.sizes.LongestText)
		}
		if e.Second < 0 || e.Second > len(e.IDs) {
			return fmt.Errorf("%w %d of task %s: its second text begins at %d of its %d token ids", ErrExample, i, task, e.Second, len(e.IDs))
		}
		for at, id := range e.IDs {
			if id < 0 || int(id) >= m.sizes.Vocabulary {
				return fmt.Errorf("%w %d of task %s: token id %d at position %d is outside the vocabulary of %d; the tokenizer is not the model's",
					ErrExample, i, task, id, at, m.sizes.Vocabulary)
			}
		}
	}
	return nil
}

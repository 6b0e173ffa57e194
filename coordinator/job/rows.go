package job

import (
	"ringmaster/data"
	"ringmaster/data/tokens"
	"ringmaster/kinds"
	"ringmaster/run/directory"
)

// Row is an example as tokens.
type Row struct {
	Number int // of the record in the task's files; what the ledger calls it
	kinds.Gold
	IDs    []int32
	Second int // where token types become 1; 0: nowhere
	// Key is what a teacher's logits are kept by. Rows.At leaves it out.
	Key directory.RowKey
}

// Rows are the examples of a part, in the order of their numbers. Those of a corpus have texts and ids on the disk, and
// some tens of bytes each in memory. Goroutines may share them.
type Rows struct {
	part      data.Part
	sequences *tokens.SequenceSet
	list      []Row // rows in memory, where there is no part
}

// RowsOf are rows at hand.
func RowsOf(list []Row) Rows { return Rows{list: list} }

// Len is how many rows there are.
func (r Rows) Len() int { return max(len(r.list), r.part.Len()) }

// Number is a row's number in the task's files.
func (r Rows) Number(i int) int {
	if r.list != nil {
		return r.list[i].Number
	}
	return r.part.Bare(i).Row
}

// Gold is a row's gold answer.
func (r Rows) Gold(i int) kinds.Gold {
	if r.list != nil {
		return r.list[i].Gold
	}
	return GoldOf(r.part.Bare(i))
}

// Size is how many ids a row has.
func (r Rows) Size(i int) int {
	if r.list != nil {
		return len(r.list[i].IDs)
	}
	return r.sequences.Size(i)
}

// At is a row without its key. The error is of kind tokens.ErrCache.
func (r Rows) At(i int) (Row, error) {
	if r.list != nil {
		return r.list[i], nil
	}
	sequence, err := r.sequences.At(i)
	return Row{Number: r.Number(i), Gold: r.Gold(i), IDs: sequence.IDs, Second: sequence.Second}, err
}

// Keyed is a row with its key. The error is of kind tokens.ErrCache or spool.ErrDisk.
func (r Rows) Keyed(i int) (Row, error) {
	row, err := r.At(i)
	if err != nil || r.list != nil {
		return row, err
	}
	e, err := r.part.At(i)
	row.Key = directory.RowKeyOf(e.Text)
	return row, err
}

// Keys are the keys of all rows. The error is of kind spool.ErrDisk.
func (r Rows) Keys() ([]directory.RowKey, error) {
	keys := make([]directory.RowKey, 0, r.Len())
	for _, row := range r.list {
		keys = append(keys, row.Key)
	}
	err := r.part.Each(func(_ int, e data.Example) error {
		keys = append(keys, directory.RowKeyOf(e.Text))
		return nil
	})
	return keys, err
}

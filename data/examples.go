package data

import "ringmaster/data/tokens"

// Part is the examples of one part of a corpus, in order of Row. Their texts are on the disk where the corpus is
// large; in memory are some 50 bytes an example.
type Part struct {
	table *table
	rows  []int32 // places in table
}

// PartOf is a part of examples at hand.
func PartOf(examples []Example) (Part, error) {
	p := Part{table: &table{}}
	for _, e := range examples {
		place, err := p.table.add(e, "", 0, 0)
		if err != nil {
			return Part{}, err
		}
		p.rows = append(p.rows, place)
	}
	return p, nil
}

// Len is how many examples there are.
func (p Part) Len() int { return len(p.rows) }

// Bare is an example without its text and group, which are not read.
func (p Part) Bare(i int) Example { return p.table.bare(p.rows[i]) }

// At is an example. The error is of kind spool.ErrDisk.
func (p Part) At(i int) (Example, error) { return p.table.reader().example(p.rows[i]) }

// Each goes through the examples in their order, which is the fastest way to read all. The error is of kind
// spool.ErrDisk, or do's.
func (p Part) Each(do func(i int, e Example) error) error {
	if len(p.rows) == 0 {
		return nil
	}
	reader := p.table.reader()
	for i, place := range p.rows {
		e, err := reader.example(place)
		if err == nil {
			err = do(i, e)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// List is all examples with their texts in memory. The error is of kind spool.ErrDisk.
func (p Part) List() ([]Example, error) {
	list := make([]Example, 0, len(p.rows))
	err := p.Each(func(_ int, e Example) error {
		list = append(list, e)
		return nil
	})
	return list, err
}

// Texts are the examples' texts, for a tokenizer.
func (p Part) Texts() tokens.Texts { return partTexts{p} }

type partTexts struct{ part Part }

func (t partTexts) Len() int { return t.part.Len() }

func (t partTexts) Each(do func(i int, text string) error) error {
	return t.part.Each(func(i int, e Example) error { return do(i, e.Text) })
}

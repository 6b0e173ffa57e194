package parquetfile

import (
	"errors"
	"io"
	"slices"
	"strings"

	"ringmaster/errkind"

	"github.com/parquet-go/parquet-go"
)

const (
	// freely is how many bytes a file may give whatever its size, most how many times its size beyond.
	freely = 64 << 20
	most   = 100
	// perValue is what a value counts beside its bytes.
	perValue = 8
)

// Rows goes through the chosen columns.
type Rows struct {
	f      *File
	leaves []*parquet.Column
	list   []bool
	// open are the columns of the current group of rows, nil between two.
	open  []*column
	group int
	left  int64 // rows of the group
	given int64 // bytes
}

// Cell is what a row holds in a column: no value where it is null, several of a list.
type Cell struct {
	Values []Value
	List   bool
}

// Rows starts to read the named columns. The error is of kind ErrColumn or ErrDamaged.
func (f *File) Rows(names ...string) (*Rows, error) {
	r := &Rows{f: f}
	for _, name := range names {
		leaf, err := f.leaf(name)
		if err != nil {
			return nil, err
		}
		r.leaves, r.list = append(r.leaves, leaf), append(r.list, leaf.MaxRepetitionLevel() > 0)
	}
	return r, r.checkClaims()
}

// leaf finds a column by its name or path; of a list it is what the list holds.
func (f *File) leaf(name string) (*parquet.Column, error) {
	at := f.open.Root().Column(name)
	if at == nil {
		at = f.open.Root()
		for _, part := range strings.Split(name, ".") {
			if at = at.Column(part); at == nil {
				return nil, errkind.Errorf(ErrColumn, "%s has no column %q: it has %q", f.name, name, f.Columns())
			}
		}
	}
	for !at.Leaf() {
		inner := at.Columns()
		if len(inner) != 1 {
			var names []string
			for _, c := range inner {
				names = append(names, name+"."+c.Name())
			}
			return nil, errkind.Errorf(ErrColumn, "the column %q of %s has nested columns: name one of %q", name, f.name, names)
		}
		at = inner[0]
	}
	if !readable(at) {
		return nil, errkind.Errorf(ErrColumn, "the column %q of %s has the type %s; text, numbers or booleans are expected", name, f.name, at.Type())
	}
	return at, nil
}

// checkClaims refuses a file that says itself how far it expands.
func (r *Rows) checkClaims() error {
	var claimed int64
	for _, group := range r.f.open.Metadata().RowGroups {
		for _, leaf := range r.leaves {
			if leaf.Index() >= len(group.Columns) {
				return r.f.damaged(errors.New("a group of rows lacks a column"))
			}
			about := group.Columns[leaf.Index()].MetaData
			claimed += max(about.TotalUncompressedSize, perValue*about.NumValues)
		}
	}
	return r.expands(claimed)
}

func (r *Rows) expands(bytes int64) error {
	if bytes <= freely || bytes <= most*r.f.size {
		return nil
	}
	return errkind.Errorf(ErrExpands, "%s expands to more than %d MiB, over %d times its own size, so reading stopped: if that is intended, save it as CSV or JSONL",
		r.f.name, bytes>>20, most)
}

// Next is the next row, a cell for each column in the order in which they were named,
// then io.EOF. The cells are valid until the next call.
func (r *Rows) Next() ([]Cell, error) {
	var cells []Cell
	ended := false
	err := r.f.guarded(func() (err error) {
		cells, ended, err = r.next()
		return err
	})
	switch {
	case err != nil:
		return nil, errors.Join(err, r.Close())
	case ended:
		return nil, io.EOF
	}
	for _, c := range cells {
		for _, v := range c.Values {
			r.given += int64(len(v.Text)) + perValue
		}
	}
	if err := r.expands(r.given); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return cells, nil
}

func (r *Rows) next() (cells []Cell, ended bool, err error) {
	for r.left == 0 {
		if err := r.Close(); err != nil {
			return nil, false, err
		}
		groups := r.f.open.RowGroups()
		if r.group == len(groups) {
			return nil, true, nil
		}
		group := groups[r.group]
		r.group++
		chunks := group.ColumnChunks()
		for _, leaf := range r.leaves {
			r.open = append(r.open, &column{pages: chunks[leaf.Index()].Pages(), leaf: leaf})
		}
		r.left = group.NumRows()
	}
	r.left--
	for i, c := range r.open {
		values, err := c.row()
		if errors.Is(err, io.EOF) {
			err = errors.New("a column has fewer rows than its group")
		}
		if err != nil {
			return nil, false, err
		}
		cells = append(cells, Cell{Values: slices.Clone(values), List: r.list[i]})
	}
	return cells, false, nil
}

// Skip leaves out rows; at the end of the file it skips what there is. Whole groups of rows are not read at all.
func (r *Rows) Skip(rows int) error {
	for left := int64(rows); left > 0; {
		groups := r.f.open.RowGroups()
		if r.left == 0 {
			if r.group == len(groups) {
				return nil
			}
			if n := groups[r.group].NumRows(); n <= left {
				r.group++
				left -= n
				continue
			}
		}
		err := r.f.guarded(func() error {
			_, _, err := r.next()
			return err
		})
		if err != nil {
			return errors.Join(err, r.Close())
		}
		left--
	}
	return nil
}

// Close ends the reading early; Next does so by itself at the end.
func (r *Rows) Close() error {
	var errs []error
	for _, c := range r.open {
		errs = append(errs, c.pages.Close())
	}
	r.open = nil
	return errors.Join(errs...)
}

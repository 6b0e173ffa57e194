package data

import (
	"encoding/binary"
	"fmt"
	"math"
	"sort"

	"ringmaster/data/spool"
	"ringmaster/errkind"
)

// table holds the good rows of a corpus in the order of their numbers. Lists of rows are lists of places in it, from
// 0; a place is four bytes, and rows are never copied.
type table struct {
	files  []string
	texts  dictionary
	groups dictionary // values of split.group's column
	sets   [][]int32  // different sets of labels
	setOf  map[string]int32
	blocks [][]row
	count  int

	// Columns that only the split needs, by place: what a split deals out evenly (setStrata), and
	// what stays in one part (putTogether).
	stratum, together []int32
}

// row is a good row. It is small and has no pointer, since there may be many millions.
type row struct {
	value  float64
	number int32 // of the record in all files
	line   uint32
	text   int32 // in the table's texts
	class  int32
	set    int32 // in the table's sets, or none
	group  int32 // in the table's groups, or none
	file   int32 // in the table's files
	part   int8  // that part's column names
}

// none stands where a row has no set, group, or others to stay with.
const none = -1

// blockRows is how many rows stand in one piece of memory; a table grows without being copied.
const blockRows = 1 << 14

func (t *table) at(place int32) *row { return &t.blocks[place/blockRows][place%blockRows] }

// add adds a row. The error is of kind ErrTooManyRows, or spool's.
func (t *table) add(e Example, file string, line, part int) (place int32, err error) {
	if e.Row >= math.MaxInt32 || line > math.MaxUint32 {
		return 0, errkind.Errorf(ErrTooManyRows, "%s:%d is row %d: a corpus has at most %d rows, and a file %d lines", file, line, e.Row, math.MaxInt32, uint32(math.MaxUint32))
	}
	if n := len(t.files); n == 0 || t.files[n-1] != file {
		t.files = append(t.files, file)
	}
	r := row{
		value: e.Value, number: int32(e.Row), line: uint32(line), class: int32(e.Class), set: t.setNumber(e.Set),
		group: none, file: int32(len(t.files) - 1), part: int8(part),
	}
	if r.text, err = t.texts.number(e.Text); err != nil {
		return 0, err
	}
	if e.Group != "" {
		if r.group, err = t.groups.number(e.Group); err != nil {
			return 0, err
		}
	}
	switch {
	case t.count == 0:
		t.blocks = [][]row{nil} // grows as it is filled: most corpora are small
	case t.count%blockRows == 0:
		t.blocks = append(t.blocks, make([]row, 0, blockRows))
	}
	last := &t.blocks[len(t.blocks)-1]
	*last = append(*last, r)
	t.count++
	return int32(t.count - 1), nil
}

// setNumber is the number of a set of labels.
func (t *table) setNumber(set []int32) int32 {
	if set == nil {
		return none
	}
	key := make([]byte, 0, 4*len(set))
	for _, label := range set {
		key = binary.LittleEndian.AppendUint32(key, uint32(label))
	}
	n, met := t.setOf[string(key)]
	if !met {
		if t.setOf == nil {
			t.setOf = map[string]int32{}
		}
		n = int32(len(t.sets))
		t.setOf[string(key)] = n
		t.sets = append(t.sets, set)
	}
	return n
}

// seal frees what only reading and splitting need.
func (t *table) seal() {
	t.texts.seal()
	t.groups.seal()
	t.setOf, t.stratum, t.together = nil, nil, nil
}

// bare is a row as an example without its text and group.
func (t *table) bare(place int32) Example {
	r := t.at(place)
	e := Example{Row: int(r.number), Class: int(r.class), Value: r.value}
	if r.set != none {
		e.Set = t.sets[r.set]
	}
	return e
}

// reader reads examples; those in the order of the table fastest. It is for one goroutine.
type reader struct {
	table  *table
	texts  *spool.Reader
	groups *spool.Reader
}

func (t *table) reader() *reader {
	return &reader{table: t, texts: t.texts.strings.Reader(), groups: t.groups.strings.Reader()}
}

// text is a row's text; the bytes are valid until the next one is read.
func (r *reader) text(place int32) ([]byte, error) {
	return r.texts.Read(int(r.table.at(place).text))
}

func (r *reader) example(place int32) (Example, error) {
	e := r.table.bare(place)
	text, err := r.text(place)
	if err != nil {
		return e, err
	}
	e.Text = string(text)
	if group := r.table.at(place).group; group != none {
		name, err := r.groups.Read(int(group))
		if err != nil {
			return e, err
		}
		e.Group = string(name)
	}
	return e, nil
}

// place is where a row stands: file:line.
func (t *table) place(place int32) string {
	r := t.at(place)
	return fmt.Sprintf("%s:%d", t.files[r.file], r.line)
}

// find is the place of a row by its number.
func (t *table) find(number int) (place int32, found bool) {
	at := sort.Search(t.count, func(i int) bool { return int(t.at(int32(i)).number) >= number })
	return int32(at), at < t.count && int(t.at(int32(at)).number) == number
}

package data

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"

	"ringmaster/errkind"
	"ringmaster/screen"
	"ringmaster/shown"
)

// columns knows where in a file's records text and labels stand.
type columns struct {
	width  int
	text   int
	pair   int // -1 without text_pair
	group  int // -1 without split.group
	part   int // -1 without part
	id     int // -1: none is asked for
	labels []int
	ignore bool // extra fields
	cells  []string
}

// columns finds the declared columns in a file. header is nil for files without
// one; declared names (Columns) win over a header's.
func (d *declaration) columns(path string, header []string) (*columns, error) {
	names := header
	if len(d.Columns) > 0 {
		if header != nil && len(header) != len(d.Columns) {
			return nil, errkind.Errorf(ErrMissingColumn,
				"%s has %s (%s), and columns names %d", path, screen.Count(len(header), "column", "columns"), quoted(header), len(d.Columns))
		}
		names = d.Columns
	}
	c := &columns{width: len(names), pair: -1, group: -1, part: -1, id: -1, ignore: d.ExtraFields == "ignore"}
	var err error
	if d.Split.Group != "" {
		if c.group, err = findColumn(path, names, d.Split.Group); err != nil {
			return nil, err
		}
	}
	if d.Part != "" {
		if c.part, err = findColumn(path, names, d.Part); err != nil {
			return nil, err
		}
	}
	if d.id != "" {
		if c.id, err = findColumn(path, names, d.id); err != nil {
			return nil, err
		}
	}
	if c.text, err = findColumn(path, names, d.Text); err != nil {
		return nil, err
	}
	if d.TextPair != "" {
		if c.pair, err = findColumn(path, names, d.TextPair); err != nil {
			return nil, err
		}
	}
	for _, name := range d.labelColumns() {
		i, err := findColumn(path, names, name)
		if err != nil {
			return nil, err
		}
		c.labels = append(c.labels, i)
	}
	c.cells = make([]string, len(c.labels))
	return c, nil
}

func findColumn(path string, names []string, name string) (int, error) {
	i := slices.Index(names, name)
	if i < 0 {
		return 0, missingColumn(path, "column", name, names)
	}
	if slices.Contains(names[i+1:], name) {
		return 0, errkind.Errorf(ErrMissingColumn,
			"%s has two columns %q: give all columns distinct names with columns", path, name)
	}
	return i, nil
}

// missingColumn says what a file has in place of a column (or field, in JSONL).
func missingColumn(path, what, name string, names []string) error {
	if len(names) == 0 {
		return errkind.Errorf(ErrMissingColumn, "%s has no %s %q: it has no %ss", path, what, name, what)
	}
	text := fmt.Sprintf("%s has no %s %q: it has %s", path, what, name, quoted(names))
	if len(names) == 1 && strings.ContainsAny(names[0], ",;|\t") {
		text += "; if that is several columns, set delimiter to the character between them"
	}
	if near := nearest(name, names); near != "" {
		text += fmt.Sprintf("; did you mean %q?", near)
	}
	return errkind.Mark(errors.New(text), ErrMissingColumn)
}

// nearest is the name that was probably meant, or empty.
func nearest(name string, names []string) string {
	best, bestDistance := "", len(name)/3+1
	for _, n := range names {
		if len(n) > 2*len(name)+8 { // it is far from it, and may be megabytes
			continue
		}
		if d := levenshtein.ComputeDistance(strings.ToLower(name), strings.ToLower(n)); d <= bestDistance && n != "" {
			best, bestDistance = n, d-1 // the first of equals stays
		}
	}
	return best
}

// shownNames is how many names a sentence lists.
const shownNames = 40

// quoted lists names as a person is shown them; a file can have any number, of any length.
func quoted(names []string) string {
	var list []string
	for _, n := range names[:min(len(names), shownNames)] {
		list = append(list, shown.Quote(n))
	}
	if more := len(names) - len(list); more > 0 {
		list = append(list, fmt.Sprintf("%d more", more))
	}
	return strings.Join(list, ", ")
}

// pick takes text, group, labels and id out of a record's fields.
func (c *columns) pick(fields []string) (cells, *fault) {
	if len(fields) < c.width || len(fields) > c.width && !c.ignore {
		return cells{}, &fault{reason: WrongFields, detail: fmt.Sprintf("%s instead of %d", screen.Count(len(fields), "field", "fields"), c.width)}
	}
	for i, at := range c.labels {
		c.cells[i] = fields[at]
	}
	picked := cells{text: fields[c.text], labels: c.cells}
	if c.pair >= 0 {
		picked.pair = fields[c.pair]
	}
	if c.group >= 0 {
		picked.group = fields[c.group]
	}
	if c.part >= 0 {
		picked.part = fields[c.part]
	}
	if c.id >= 0 {
		picked.id = quotedJSON(fields[c.id])
	}
	return picked, nil
}

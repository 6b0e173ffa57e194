package infer

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"ringmaster/config"
	"ringmaster/data"
	"ringmaster/screen"
	"ringmaster/shown"
)

// draft is one task of a run file in the making.
type draft struct {
	*corpus
	*roles
	format     config.Format
	delimiter  rune
	header     bool
	parts      map[string][]string // files by part; "" is path
	namesPath  string              // of a file with the labels' names
	unlabelled bool

	group     string // split.group
	contained bool
	emptyDrop bool    // rows without a label are dropped, and not bad
	maxBad    float64 // 0: the default
	badWhy    string
	report    *data.Report // nil: the corpus was not read whole
	leaks     string       // why contained
	comments  []string
}

// draftOf decides what a corpus's declaration says.
func draftOf(c *corpus, o Options) (*draft, error) {
	first := c.tables[0]
	d := &draft{corpus: c, format: first.format, delimiter: first.delimiter, header: first.header, parts: map[string][]string{}, unlabelled: o.unlabelled()}
	if first.plain() && !d.unlabelled {
		return nil, c.noLabel(nil, nil)
	}
	if err := c.sameDialect(); err != nil {
		return nil, err
	}
	var err error
	if d.roles, err = c.find(o); err != nil {
		return nil, err
	}
	if !d.header && !first.plain() && first.format.Delimited() {
		d.rename = true
		c.nameColumns(d.roles)
	}
	if d.roles.group != nil {
		d.group = d.roles.group.name
	}
	for _, t := range c.tables {
		d.parts[t.part] = append(d.parts[t.part], relative(o.Dir, t.at))
	}
	d.resolveParts()
	if d.label.namesFile != nil {
		d.namesPath = relative(o.Dir, d.label.namesFile.at)
	}
	d.emptyDrop = !d.unlabelled && d.label.one != nil && d.label.one.lists == 0 && d.label.kind.OneClass() && d.label.none > 0 && d.label.separator == "" && first.format.Delimited()
	return d, nil
}

// resolveParts makes path of files that do not divide the rows: those without parts, or of test alone.
func (d *draft) resolveParts() {
	if len(d.parts[trainPart]) > 0 {
		d.parts[trainPart] = append(d.parts[trainPart], d.parts[""]...)
		delete(d.parts, "")
		return
	}
	for _, part := range []string{validPart, testPart} {
		d.parts[""] = append(d.parts[""], d.parts[part]...)
		delete(d.parts, part)
	}
}

func relative(dir, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	from, err := filepath.Abs(dir)
	if err != nil {
		return path
	}
	if rel, err := filepath.Rel(from, absolute(path)); err == nil {
		return filepath.ToSlash(rel)
	}
	return path
}

// sameDialect refuses files of one corpus that one declaration cannot read.
func (c *corpus) sameDialect() error {
	first := c.tables[0]
	for _, t := range c.tables[1:] {
		if t.header != first.header && first.format.Delimited() {
			t.header = first.header // judged by the file that trains
		}
	}
	return nil
}

// nameColumns gives the columns of files without a header names by what they are.
func (c *corpus) nameColumns(r *roles) {
	name := func(p *profile, name string) {
		if p != nil && !slices.Contains(c.columns, name) {
			p.name, c.columns[p.at] = name, name
		}
	}
	name(r.text, "text")
	name(r.pair, "text_pair")
	name(r.label.one, "label")
	name(r.group, "group")
	name(r.part, "part")
}

// share is a count in percent of all.
func share(n, of int) string {
	percent := 100 * float64(n) / float64(max(of, 1))
	if percent > 0 && percent < 1 {
		return fmt.Sprintf("%.1f%%", percent)
	}
	return fmt.Sprintf("%.0f%%", percent)
}

// carves says whether rows are divided by shares: all of them, or those of a part that no file gives.
func (d *draft) carves() bool {
	if d.roles.part != nil {
		return !d.names(validPart) || !d.names(testPart)
	}
	return len(d.parts[""]) > 0 || len(d.parts[validPart]) == 0 || len(d.parts[testPart]) == 0 && !d.unlabelled
}

// names says whether the column of parts names one.
func (d *draft) names(part string) bool {
	for value := range d.roles.part.values {
		if partWords[strings.ToLower(value)] == part {
			return true
		}
	}
	return false
}

// imbalance says how unequal the classes are, where that matters.
func (d *draft) imbalance() string {
	least, most := math.MaxInt, 0
	for _, k := range d.label.classes {
		least, most = min(least, k.rows), max(most, k.rows)
	}
	if len(d.label.classes) < 2 || most < 4*max(least, 1) {
		return ""
	}
	return fmt.Sprintf("the largest class has %s rows, the smallest %s: read the macro F1, not the accuracy", thousands(most), thousands(least))
}

// thousands writes a number with commas.
func thousands(n int) string {
	digits := fmt.Sprint(n)
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return digits
}

// counted is a number with its noun.
func counted(n int, one, many string) string { return thousands(n) + " " + screen.Noun(n, one, many) }

// inWords is a line about a task for a person.
func (d *draft) inWords() string {
	files := screen.Count(len(d.tables), "file", "files")
	if d.text == nil {
		return fmt.Sprintf("%s, %s lines of text", files, thousands(d.rows()))
	}
	text := fmt.Sprintf("%s, %s rows; text %s", files, thousands(d.rows()), shown.Quote(d.text.name))
	if d.pair != nil {
		text += " with " + shown.Quote(d.pair.name)
	}
	if !d.unlabelled {
		text += "; " + d.label.inWords()
	}
	if d.group != "" && d.carves() {
		text += fmt.Sprintf("; split by %s", shown.Quote(d.group))
	}
	return text
}

func quotedList(names []string) []string {
	var list []string
	for _, n := range names {
		list = append(list, shown.Quote(n))
	}
	return list
}

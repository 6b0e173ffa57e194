package data

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"ringmaster/config"
	"ringmaster/data/textfile"
	"ringmaster/shown"
)

// noClass is the label map's value for a label that is declared without a class.
const noClass = -1

// labelReader turns the label cells of a record into a class.
type labelReader struct {
	classOf     map[string]int
	labels      config.Labels
	columns     []string // of 0/1 cells; nil: one cell, or a list
	separator   string
	names       []string // nil: cells hold labels, not numbers of names
	dropSeveral bool
	found       []string // of the current record
}

func newLabelReader(c config.Data, kind config.Kind, classes []string, at func(string) string) (*labelReader, error) {
	l := &labelReader{
		classOf: map[string]int{}, labels: c.Labels, columns: c.LabelColumns,
		separator: c.LabelSeparator, dropSeveral: c.SeveralLabels == "drop",
	}
	if kind.Is(config.KindLabels) && len(c.Labels) == 0 { // each column is its own label
		for i, name := range c.LabelColumns {
			l.labels, l.classOf[name] = append(l.labels, config.Pair{From: name, To: name}), i
		}
	}
	for _, p := range c.Labels {
		l.classOf[p.From] = slices.Index(classes, p.To) // noClass for an empty class
	}
	for _, name := range c.LabelColumns {
		if _, known := l.classOf[name]; !known {
			return nil, wrong("labels lacks %q of label_columns: give it a class, or an empty one to leave it out", name)
		}
	}
	if c.LabelNames != "" {
		var err error
		if l.names, err = readNames(at(c.LabelNames), c.LabelNames); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// readNames reads a file with one name a line.
func readNames(at, path string) ([]string, error) {
	file, err := textfile.Open(at, path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var names []string
	for {
		line, err := file.ReadLine()
		switch name := strings.TrimSpace(line); {
		case errors.Is(err, io.EOF) && len(names) == 0:
			return nil, wrong("%s of label_names has no names", path)
		case errors.Is(err, io.EOF):
			return names, nil
		case err != nil:
			return nil, err
		case name == "":
			return nil, wrong("line %d of %s is blank: each line's number is the number of its label", file.Line(), path)
		case !utf8.ValidString(name):
			return nil, wrong("line %d of %s is not UTF-8: save it as UTF-8", file.Line(), path)
		default:
			names = append(names, name)
		}
	}
}

// known lists the labels of the map, in its order; none of a corpus without labels.
func (l *labelReader) known() []string {
	if l == nil {
		return nil
	}
	var list []string
	for _, p := range l.labels {
		list = append(list, p.From)
	}
	return list
}

// class is the one class of a record's label cells; dropped says why the
// declaration leaves a record without one.
func (l *labelReader) class(cells []string) (class int, dropped string, bad *fault) {
	if bad := l.find(cells); bad != nil {
		return noClass, "", bad
	}
	class, several, bad := l.oneClass()
	switch {
	case bad != nil:
		return noClass, "", bad
	case several && l.dropSeveral:
		return noClass, "several classes", nil
	case several:
		return noClass, "", &fault{reason: SeveralClasses, detail: quoted(l.found) + " are of several classes"}
	case len(l.found) == 0 && l.dropSeveral:
		return noClass, "no label", nil
	case len(l.found) == 0:
		return noClass, "", &fault{reason: MissingLabel, detail: "it has no label"}
	case class == noClass && len(l.found) == 1:
		return noClass, fmt.Sprintf("label %s has no class", shown.Quote(l.found[0])), nil
	case class == noClass:
		return noClass, "several labels, none of them with a class", nil
	}
	return class, "", nil
}

// oneClass is the class that the found labels share; those declared without one do not count.
func (l *labelReader) oneClass() (class int, several bool, bad *fault) {
	class = noClass
	var unknown []string
	for _, label := range l.found {
		c, known := l.classOf[label]
		switch {
		case !known:
			unknown = append(unknown, label)
		case c == noClass, c == class:
		case class != noClass:
			several = true
		default:
			class = c
		}
	}
	if unknown != nil {
		return noClass, false, &fault{reason: UnknownLabel, labels: unknown, detail: "label " + quoted(unknown) + " is not in the map"}
	}
	return class, several, nil
}

// find reads the labels of a record into l.found.
func (l *labelReader) find(cells []string) *fault {
	l.found = l.found[:0]
	if l.columns != nil {
		return l.findSet(cells)
	}
	for _, cell := range cells {
		if l.separator == "" {
			if bad := l.add(cell); bad != nil {
				return bad
			}
			continue
		}
		for part := range strings.SplitSeq(cell, l.separator) {
			if strings.TrimSpace(part) == "" {
				continue
			}
			if bad := l.add(part); bad != nil {
				return bad
			}
		}
	}
	return nil
}

// findSet finds the labels whose columns are set.
func (l *labelReader) findSet(cells []string) *fault {
	for i, cell := range cells {
		set, is := Bit(cell)
		if !is {
			return &fault{reason: NotZeroOne, detail: fmt.Sprintf("%q has %s", l.columns[i], shown.Quote(cell))}
		}
		if set {
			l.found = append(l.found, l.columns[i])
		}
	}
	return nil
}

// Bit reads a cell of a 0/1 column; pandas also writes True, and 1.0 where a column had empty cells.
func Bit(cell string) (set, is bool) {
	switch strings.ToLower(strings.TrimSpace(cell)) {
	case "1", "1.0", "true":
		return true, true
	case "0", "0.0", "false":
		return false, true
	}
	return false, false
}

func (l *labelReader) add(cell string) *fault {
	label := strings.TrimSpace(cell)
	if l.names != nil && label != "" {
		i, err := strconv.Atoi(label)
		if err != nil || i < 0 || i >= len(l.names) {
			return &fault{reason: UnnamedLabel, detail: fmt.Sprintf("label %s is not a number from 0 to %d", shown.Quote(label), len(l.names)-1)}
		}
		label = l.names[i]
	}
	if _, known := l.classOf[label]; label == "" && !known {
		return &fault{reason: MissingLabel, detail: "the label is empty"}
	}
	l.found = append(l.found, label)
	return nil
}

package data

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"ringmaster/config"
	"ringmaster/shown"
)

// readGold reads a record's label cells into e: its class, labels or value. dropped says why the
// declaration leaves the row out.
func (d *declaration) readGold(cells []string, e *Example) (dropped string, bad *fault) {
	switch {
	case d.kind.Is(config.KindValue) && d.Label != "":
		e.Value, bad = readValue(d.Label, cells)
	case d.labels == nil:
	case d.kind.Is(config.KindLabels):
		e.Set, bad = d.labels.set(cells)
	default:
		e.Class, dropped, bad = d.labels.class(cells)
	}
	return dropped, bad
}

// readValue reads the number of a column.
func readValue(column string, cells []string) (float64, *fault) {
	if len(cells) != 1 {
		return 0, &fault{reason: NotANumber, detail: fmt.Sprintf("%q has %d values instead of one number", column, len(cells))}
	}
	cell := strings.TrimSpace(cells[0])
	if cell == "" {
		return 0, &fault{reason: MissingLabel, detail: fmt.Sprintf("%q is empty", column)}
	}
	value, is := config.LabelNumber(cell)
	if !is {
		detail := fmt.Sprintf("%q has %s, which is not a number", column, shown.Quote(cell))
		if _, decimal := config.LabelNumber(strings.Replace(cell, ",", ".", 1)); decimal {
			detail += " (write a decimal point)"
		}
		return 0, &fault{reason: NotANumber, detail: detail}
	}
	if math.Abs(value) > math.MaxFloat32 {
		return 0, &fault{reason: NotANumber, detail: fmt.Sprintf("%q has %s, which is too large: a model gives numbers up to %.2g", column, shown.Quote(cell), math.MaxFloat32)}
	}
	return value, nil
}

// set are the labels of a record, ascending and each once; labels that are declared without a
// class are left out. A record without labels has an empty set.
func (l *labelReader) set(cells []string) ([]int32, *fault) {
	// An empty cell stands for no label, as an empty list does.
	cells = slices.DeleteFunc(slices.Clone(cells), func(cell string) bool { return l.columns == nil && strings.TrimSpace(cell) == "" })
	if bad := l.find(cells); bad != nil {
		return nil, bad
	}
	set := []int32{}
	var unknown []string
	for _, label := range l.found {
		class, known := l.classOf[label]
		switch {
		case !known:
			unknown = append(unknown, label)
		case class != noClass && !slices.Contains(set, int32(class)):
			set = append(set, int32(class))
		}
	}
	if unknown != nil {
		return nil, &fault{reason: UnknownLabel, labels: unknown, detail: "label " + quoted(unknown) + " is not in the map"}
	}
	slices.Sort(set)
	return set, nil
}

// GoldText is an example's class, labels or value for a person; names are Corpus.Classes.
func GoldText(kind config.Kind, names []string, e Example) string {
	switch {
	case kind.Is(config.KindValue):
		return strconv.FormatFloat(e.Value, 'g', -1, 64)
	case !kind.Is(config.KindLabels):
		return names[e.Class]
	case len(e.Set) == 0:
		return "(none)"
	}
	list := make([]string, len(e.Set))
	for i, label := range e.Set {
		list[i] = names[label]
	}
	return strings.Join(list, "+")
}

// Values describes the numbers of a part.
type Values struct {
	Mean float64 `json:"mean"`
	// Deviation is the standard deviation, with the number of rows as divisor.
	Deviation float64 `json:"deviation"`
	Least     float64 `json:"least"`
	Greatest  float64 `json:"greatest"`
}

func valuesOf(t *table, part []int32) *Values {
	v := &Values{Least: math.Inf(1), Greatest: math.Inf(-1)}
	for _, place := range part {
		r := t.at(place)
		v.Mean += r.value / float64(len(part))
		v.Least, v.Greatest = min(v.Least, r.value), max(v.Greatest, r.value)
	}
	for _, place := range part {
		from := t.at(place).value - v.Mean
		v.Deviation += from * from / float64(len(part))
	}
	v.Deviation = math.Sqrt(v.Deviation)
	return v
}

// bySize says what a part's rows have: how many of each class or label, or which values.
func (r *Report) bySize(s PartSize) string {
	switch v := s.Values; {
	case v != nil:
		return fmt.Sprintf("%s: mean %.4g, standard deviation %.4g, from %.4g to %.4g", r.Classes[0], v.Mean, v.Deviation, v.Least, v.Greatest)
	case r.Kind.Is(config.KindValue):
		return "no values"
	case r.Kind.Is(config.KindLabels):
		return byClass(s, r.Classes) + fmt.Sprintf(", no label %d", s.None)
	}
	return byClass(s, r.Classes)
}

// differing is what the rows of one text differ in.
func (r *Report) differing() string {
	switch {
	case r.Kind.Is(config.KindValue):
		return "several values"
	case r.Kind.Is(config.KindLabels):
		return "several sets of labels"
	}
	return "several classes"
}

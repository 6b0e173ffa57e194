package data

import (
	"slices"

	"ringmaster/config"
)

// valueStrata is how many groups of about the same size rows are cut into by their values.
const valueStrata = 5

// setStrata gives each row the stratum by which a split deals it out. Of one class a text that is
// the class. Of several labels it is the rarest of the row's labels among all rows, or none: that
// keeps each part's share of rare labels, and common ones keep theirs by their number. Of a value it is
// one of five groups by size.
func (d *declaration) setStrata(rows []row) {
	switch {
	case d.kind.Is(config.KindLabels):
		d.strata = len(d.classes) + 1
		stratifyLabels(rows, len(d.classes))
	case d.kind.Is(config.KindValue):
		d.strata = valueStrata
		stratifyValues(rows)
	default:
		d.strata = len(d.classes)
		for i := range rows {
			rows[i].stratum = rows[i].Class
		}
	}
}

func stratifyLabels(rows []row, labels int) {
	count := make([]int, labels)
	for _, r := range rows {
		for _, label := range r.Set {
			count[label]++
		}
	}
	for i := range rows {
		rows[i].stratum = Rarest(rows[i].Set, count)
	}
}

// Rarest is the label of a set that has the smallest count, the first of equals; of an empty set it is the number of labels.
func Rarest(set []int32, counts []int) int {
	rarest := len(counts)
	for _, label := range set {
		if rarest == len(counts) || counts[label] < counts[rarest] {
			rarest = int(label)
		}
	}
	return rarest
}

// stratifyValues cuts between different values only, so that a row's stratum does not depend on
// where it stands in its file.
func stratifyValues(rows []row) {
	values := make([]float64, len(rows))
	for i, r := range rows {
		values[i] = r.Value
	}
	slices.Sort(values)
	for i := range rows {
		rank, _ := slices.BinarySearch(values, rows[i].Value)
		rows[i].stratum = rank * valueStrata / len(rows)
	}
}

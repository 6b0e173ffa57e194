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
func (c *cleanedCorpus) setStrata(rows []int32) {
	t := c.rows
	if t.stratum == nil {
		t.stratum = make([]int32, t.count)
	}
	switch {
	case c.kind.Is(config.KindLabels):
		c.strata = len(c.classes) + 1
		t.stratifyLabels(rows, len(c.classes))
	case c.kind.Is(config.KindValue):
		c.strata = valueStrata
		t.stratifyValues(rows)
	default:
		c.strata = len(c.classes)
		for _, place := range rows {
			t.stratum[place] = t.at(place).class
		}
	}
}

func (t *table) stratifyLabels(rows []int32, labels int) {
	count := make([]int, labels)
	for _, place := range rows {
		for _, label := range t.bare(place).Set {
			count[label]++
		}
	}
	for _, place := range rows {
		t.stratum[place] = int32(Rarest(t.bare(place).Set, count))
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
func (t *table) stratifyValues(rows []int32) {
	values := make([]float64, len(rows))
	for i, place := range rows {
		values[i] = t.at(place).value
	}
	slices.Sort(values)
	for _, place := range rows {
		rank, _ := slices.BinarySearch(values, t.at(place).value)
		t.stratum[place] = int32(rank * valueStrata / len(rows))
	}
}

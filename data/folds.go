package data

import (
	"cmp"
	"slices"

	"ringmaster/errkind"
	"ringmaster/screen"
)

// fold takes the rows of one fold of split.folds out as the test part. The folds divide the rows: each row is tested in
// exactly one. They are stratified by class, as equal in size as whole groups, or texts, allow, and depend on the seed and
// the texts alone, as the split does.
func (d *declaration) fold(rows []row) (rest, test []row, err error) {
	s := d.Split
	at := max(s.Fold, 1) - 1
	switch {
	case s.Folds < 2 || at >= s.Folds:
		return nil, nil, wrong("split.fold is %d of %d folds", s.Fold, s.Folds)
	case d.given(2):
		return nil, nil, wrong("split.folds takes the test rows from all rows in turn, but test rows are given: leave out one of the two")
	}
	folds := d.foldTexts(rows)
	if d.keepsTogether() {
		if folds, err = d.foldGroups(rows); err != nil {
			return nil, nil, err
		}
	}
	for i, fold := range folds {
		if i == at {
			test = fold
		} else {
			rest = append(rest, fold...)
		}
	}
	if len(test) == 0 {
		return nil, nil, errkind.Errorf(ErrNoRows, "split.folds: %d folds need as many different texts at least", s.Folds)
	}
	byRow := func(a, b row) int { return cmp.Compare(a.Row, b.Row) }
	slices.SortFunc(rest, byRow)
	slices.SortFunc(test, byRow)
	return rest, test, nil
}

// foldTexts deals distinct texts, stratum after stratum, each in the order of a hash, to the folds in turn: sizes of folds differ
// by one text at most, in all and of each stratum (setStrata).
func (d *declaration) foldTexts(rows []row) [][]row {
	folds := make([][]row, d.Split.Folds)
	texts := distinct(rows, func(text string) uint64 { return drawOrder("fold", d.Split.Seed, text) })
	next := 0
	for stratum := range d.strata {
		for _, t := range texts {
			if t.stratum == stratum {
				folds[next%len(folds)] = append(folds[next%len(folds)], t.rows...)
				next++
			}
		}
	}
	return folds
}

// foldGroups deals whole groups as divideGroups does, to equal parts.
func (d *declaration) foldGroups(rows []row) ([][]row, error) {
	k := d.Split.Folds
	groups := groupsOf(rows, d.strata, d.Split.Seed)
	if len(groups) < k {
		return nil, errkind.Errorf(ErrTooFewGroups, "split.folds: %d folds need as many groups at least, and %s: take fewer folds, or split by something else",
			k, screen.Count(len(groups), "group is there", "groups are there"))
	}
	weights := make([]uint64, k)
	for i := range weights {
		weights[i] = perShare
	}
	deal := newDeal(groups, d.strata, weights)
	for _, g := range groups {
		deal.give(g, deal.cheapest(g))
	}
	deal.fillEmpty()
	folds := make([][]row, k)
	for i, of := range deal.groups {
		for _, g := range of {
			folds[i] = append(folds[i], g.rows...)
		}
	}
	return folds, nil
}

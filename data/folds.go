package data

import (
	"slices"

	"ringmaster/errkind"
	"ringmaster/screen"
)

// fold takes the rows of one fold of split.folds out as the test part. The folds divide the rows: each row is tested in
// exactly one. They are stratified by class, as equal in size as whole groups, or texts, allow, and depend on the seed and
// the texts alone, as the split does.
func (c *cleanedCorpus) fold(rows []int32) (rest, test []int32, err error) {
	s := c.Split
	at := max(s.Fold, 1) - 1
	switch {
	case s.Folds < 2 || at >= s.Folds:
		return nil, nil, wrong("split.fold is %d of %d folds", s.Fold, s.Folds)
	case c.given(2):
		return nil, nil, wrong("split.folds takes the test rows from all rows in turn, but test rows are given: leave out one of the two")
	}
	deal := c.foldTexts
	if c.keepsTogether() {
		deal = c.foldGroups
	}
	folds, err := deal(rows)
	if err != nil {
		return nil, nil, err
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
	slices.Sort(rest)
	slices.Sort(test)
	return rest, test, nil
}

// foldTexts deals distinct texts, stratum after stratum, each in the order of a hash, to the folds in turn: sizes of folds differ
// by one text at most, in all and of each stratum (setStrata).
func (c *cleanedCorpus) foldTexts(rows []int32) ([][]int32, error) {
	folds := make([][]int32, c.Split.Folds)
	texts, err := c.rows.draw(rows, "fold", c.Split.Seed)
	if err != nil {
		return nil, err
	}
	next := 0
	for stratum := range c.strata {
		for _, t := range texts.list {
			if texts.stratum(t) == stratum {
				fold := &folds[next%len(folds)]
				texts.each(t, func(place int32) { *fold = append(*fold, place) })
				next++
			}
		}
	}
	return folds, nil
}

// foldGroups deals whole groups as divideGroups does, to equal parts.
func (c *cleanedCorpus) foldGroups(rows []int32) ([][]int32, error) {
	k := c.Split.Folds
	groups, err := c.groupsOf(rows)
	if err != nil {
		return nil, err
	}
	if len(groups) < k {
		return nil, errkind.Errorf(ErrTooFewGroups, "split.folds: %d folds need as many groups at least, and %s: take fewer folds, or split by something else",
			k, screen.Count(len(groups), "group is there", "groups are there"))
	}
	weights := make([]uint64, k)
	for i := range weights {
		weights[i] = perShare
	}
	deal := newDeal(groups, c.strata, weights)
	for _, g := range groups {
		deal.give(g, deal.cheapest(g))
	}
	deal.fillEmpty()
	folds := make([][]int32, k)
	for i, of := range deal.groups {
		for _, g := range of {
			folds[i] = append(folds[i], g.rows...)
		}
	}
	return folds, nil
}

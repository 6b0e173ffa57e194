package data

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"unicode/utf8"

	"ringmaster/data/shingles"
	"ringmaster/errkind"
	"ringmaster/screen"
	"ringmaster/shown"
)

// groupOf is the value of split.group's column; empty without one. A row whose group is
// unknown could come into another part than the rest of the group, and is bad.
func (d *declaration) groupOf(cell string) (string, *fault) {
	name := d.Split.Group
	if name == "" {
		return "", nil
	}
	cell = strings.TrimSpace(cell)
	switch {
	case cell == "":
		return "", &fault{reason: MissingGroup, detail: fmt.Sprintf("%q is empty, so the row's group is unknown", name)}
	case !utf8.ValidString(cell):
		return "", &fault{reason: InvalidUTF8, detail: fmt.Sprintf("%q is not UTF-8", name)}
	}
	return cell, nil
}

// keepsTogether says whether the split keeps more together than equal texts.
func (d *declaration) keepsTogether() bool { return d.Split.Group != "" || d.Split.Contained }

// putTogether notes of every row what it stays together with: its group, or one of the texts that contain one another.
// Files that are given for a part are not divided: which of their texts stand inside others is package leak's to say. The
// error is of kind spool.ErrDisk.
func (c *cleanedCorpus) putTogether() error {
	if !c.keepsTogether() {
		return nil
	}
	t := c.rows
	t.together = make([]int32, t.count)
	for place := range t.together {
		t.together[place] = t.at(int32(place)).group
	}
	if !c.Split.Contained {
		return nil
	}
	for place := range t.together {
		t.together[place] = none
	}
	texts := make([]string, len(c.train)) // all in memory, as the words that are compared are
	reader := t.reader()
	for i, place := range c.train {
		text, err := reader.text(place)
		if err != nil {
			return err
		}
		texts[i] = string(text)
	}
	numbers := shingles.Together(texts)
	named := map[int]int{} // by the longest text, of equally long ones the first by its letters
	for i, number := range numbers {
		known, met := named[number]
		if text := texts[i]; !met || len(text) > len(texts[known]) || len(text) == len(texts[known]) && text < texts[known] {
			named[number] = i
		}
	}
	for i, number := range numbers {
		t.together[c.train[i]] = t.at(c.train[named[number]]).text
	}
	return nil
}

// togetherName is what rows that stay in one part have in common: their group, or the longest of their texts. It is
// empty for rows that no other has to stay with. The error is of kind spool.ErrDisk.
func (c *cleanedCorpus) togetherName(together int32) (string, error) {
	switch {
	case together == none:
		return "", nil
	case c.Split.Contained:
		return c.rows.texts.strings.String(int(together))
	}
	return c.rows.groups.strings.String(int(together))
}

// rowGroup is all rows of one group: they go the same way.
type rowGroup struct {
	name    string
	order   uint64
	rows    []int32
	classes []int // rows by stratum
}

// divideGroups assigns whole groups to parts, the largest first and those of one size in the
// order of a hash. Each goes to the part with the least cost (see deal.cost), so that the parts
// have their shares of rows, and of each class, at every point: every part gets large and
// small groups.
func (c *cleanedCorpus) divideGroups(rows []int32, weights [parts]uint64) (train, valid, test []int32, err error) {
	groups, err := c.groupsOf(rows)
	if err != nil {
		return nil, nil, nil, err
	}
	asked := 0
	for _, w := range weights {
		if w > 0 {
			asked++
		}
	}
	if asked > 1 && len(groups) < asked && len(rows) > 0 {
		return nil, nil, nil, c.tooFewGroups(groups, weights)
	}
	deal := newDeal(groups, c.strata, weights[:])
	for _, g := range groups {
		deal.give(g, deal.cheapest(g))
	}
	deal.fillEmpty()
	var dealt [parts][]int32
	for p, of := range deal.groups {
		for _, g := range of {
			dealt[p] = append(dealt[p], g.rows...)
		}
		slices.Sort(dealt[p])
	}
	return dealt[0], dealt[1], dealt[2], nil
}

// groupsOf gathers rows by group, in the order in which they are dealt. The error is of kind spool.ErrDisk.
func (c *cleanedCorpus) groupsOf(rows []int32) ([]*rowGroup, error) {
	met := map[int32]*rowGroup{}
	var groups []*rowGroup
	for _, place := range rows {
		together := c.rows.together[place]
		g := met[together]
		if g == nil {
			name, err := c.togetherName(together)
			if err != nil {
				return nil, err
			}
			g = &rowGroup{name: name, order: drawOrder("split group", c.Split.Seed, []byte(name)), classes: make([]int, c.strata)}
			met[together] = g
			groups = append(groups, g)
		}
		g.rows = append(g.rows, place)
		g.classes[c.rows.stratum[place]]++
	}
	slices.SortFunc(groups, func(a, b *rowGroup) int {
		return cmp.Or(cmp.Compare(len(b.rows), len(a.rows)), cmp.Compare(a.order, b.order), strings.Compare(a.name, b.name))
	})
	return groups, nil
}

func (d *declaration) tooFewGroups(groups []*rowGroup, weights [parts]uint64) error {
	var names, wanted []string
	for _, g := range groups {
		names = append(names, shown.Beginning(g.name, longestName))
	}
	for p, w := range weights {
		if w > 0 {
			wanted = append(wanted, partNames[p])
		}
	}
	text := fmt.Sprintf("split.group: %s has %d different values (%s)", d.Split.Group, len(names), quoted(names))
	switch {
	case d.Split.Contained:
		text = fmt.Sprintf("split.contained: texts contained in one another form only %s (%s)", screen.Count(len(names), "group", "groups"), quoted(names))
	case len(names) == 1:
		text = fmt.Sprintf("split.group: %s is %q in every row", d.Split.Group, names[0])
	}
	return errkind.Errorf(ErrTooFewGroups,
		"%s, but each of the %d parts (%s) needs at least one group: split by something else, give files for a part, or set the share of a part that is not needed to 0",
		text, len(wanted), strings.Join(wanted, ", "))
}

// deal is the rows that the parts, or folds, have so far.
type deal struct {
	weights []uint64
	groups  [][]*rowGroup
	rows    []int
	classes [][]int
	all     int
	whole   []int // rows of each class in all groups
}

func newDeal(groups []*rowGroup, classes int, weights []uint64) *deal {
	n := len(weights)
	d := &deal{weights: weights, groups: make([][]*rowGroup, n), rows: make([]int, n), classes: make([][]int, n), whole: make([]int, classes)}
	for p := range n {
		d.classes[p] = make([]int, classes)
	}
	for _, g := range groups {
		d.all += len(g.rows)
		for c, n := range g.classes {
			d.whole[c] += n
		}
	}
	return d
}

func (d *deal) give(g *rowGroup, part int) {
	d.groups[part] = append(d.groups[part], g)
	d.rows[part] += len(g.rows)
	for c, n := range g.classes {
		d.classes[part][c] += n
	}
}

// cheapest is the part with the least cost for a group; of equals the first.
func (d *deal) cheapest(g *rowGroup) int {
	best := -1
	var least *big.Rat
	for p, w := range d.weights {
		if w == 0 {
			continue
		}
		if cost := d.cost(g, p); best < 0 || cost.Cmp(least) < 0 {
			best, least = p, cost
		}
	}
	return best
}

// cost is, but for a factor and a summand that all parts have, what a group adds to the imbalance
//
//	Σ over parts and classes (have − share·dealt)² / (share · rows of the class)
//
// where all rows together count like all classes together. What has been dealt is the same
// whichever part takes the group, which leaves Σ (2·have + n)·n / (share · rows of the class).
// Fractions are exact, so that the choice is the same on every machine.
func (d *deal) cost(g *rowGroup, part int) *big.Rat {
	n := len(g.rows)
	sum := big.NewRat(growth(d.rows[part], n)*int64(len(d.whole)), int64(d.all))
	for c, n := range g.classes {
		if n > 0 {
			sum.Add(sum, big.NewRat(growth(d.classes[part][c], n), int64(d.whole[c])))
		}
	}
	return sum.Quo(sum, big.NewRat(int64(d.weights[part]), perShare))
}

// growth is (have + n)² − have².
func growth(have, n int) int64 { return (2*int64(have) + int64(n)) * int64(n) }

// fillEmpty gives a declared part that is empty the smallest group of the part that has the
// most groups.
func (d *deal) fillEmpty() {
	for p, w := range d.weights {
		if w == 0 || len(d.groups[p]) > 0 {
			continue
		}
		from := 0
		for other := range d.groups {
			if len(d.groups[other]) > len(d.groups[from]) {
				from = other
			}
		}
		last := len(d.groups[from]) - 1
		g := d.groups[from][last]
		d.groups[from] = d.groups[from][:last]
		d.groups[p] = append(d.groups[p], g)
	}
}

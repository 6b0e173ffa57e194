package data

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"ringmaster/screen"
	"ringmaster/shown"
)

// GroupReport says how the groups that a split keeps whole were divided.
type GroupReport struct {
	// Column is split.group; empty for texts contained in one another (split.contained).
	Column string `json:"column"`
	// Groups is how many there are; Parts how many of them training, validation and test have,
	// before limit.
	Groups int        `json:"groups"`
	Parts  [parts]int `json:"parts"`
	// Largest is the group of the most rows.
	Largest Count `json:"largest"`
	// Asked are the shares of the split, and Got those of the rows, where rows were divided
	// into all parts: whole groups cannot always keep the shares.
	Asked [parts]float64 `json:"asked"`
	Got   [parts]float64 `json:"got"`
	// Shared are pairs of parts that have groups in common after limit, as files given for a
	// part can.
	Shared []SharedGroups `json:"shared,omitempty"`

	divided bool
}

// SharedGroups is how many groups two parts have in common.
type SharedGroups struct {
	// A and B are train, valid or test. Rows of OfB in B are of a group that A has too.
	A      string `json:"a"`
	B      string `json:"b"`
	Groups int    `json:"groups"`
	Rows   int    `json:"rows"`
	OfB    int    `json:"of_b"`
	// Example is the first such row of B, with a row of A beside it.
	Example string `json:"example"`
	InA     string `json:"in_a"`
	InB     string `json:"in_b"`
}

var partNames = [parts]string{"train", "valid", "test"}

// dealt are the places of the three parts.
func (c *cleanedCorpus) dealt() [parts][]int32 { return [parts][]int32{c.train, c.valid, c.test} }

// groupReport describes the groups of the three parts; nil where texts are divided singly. The error is of kind
// spool.ErrDisk.
func (c *cleanedCorpus) groupReport() (*GroupReport, error) {
	if !c.keepsTogether() {
		return nil, nil
	}
	r := &GroupReport{
		Column: c.Split.Group, Asked: [parts]float64{c.Split.Train, c.Split.Valid, c.Split.Test},
		divided: len(c.Path) > 0 && c.Part == "" && c.Split.Folds == 0,
	}
	all := map[int32]int{}
	rows := 0
	for p, part := range c.dealt() {
		for _, place := range part {
			if together := c.rows.together[place]; together != none {
				all[together]++
			}
		}
		r.Parts[p] = len(c.rows.firstRows(part))
		rows += len(part)
	}
	for p, part := range c.dealt() {
		r.Got[p] = float64(len(part)) / float64(max(rows, 1))
	}
	r.Groups = len(all)
	for together, n := range all {
		if n < r.Largest.Rows {
			continue
		}
		name, err := c.togetherName(together)
		if err != nil {
			return nil, err
		}
		if n > r.Largest.Rows || name < r.Largest.What {
			r.Largest = Count{What: name, Rows: n}
		}
	}
	return r, nil
}

// firstRows is the first row of each group of a part.
func (t *table) firstRows(part []int32) map[int32]int32 {
	first := map[int32]int32{}
	for _, place := range part {
		together := t.together[place]
		if _, met := first[together]; !met && together != none {
			first[together] = place
		}
	}
	return first
}

// noteShared finds the parts that have groups in common. The error is of kind spool.ErrDisk.
func (c *cleanedCorpus) noteShared() error {
	g := c.report.Groups
	if g == nil {
		return nil
	}
	dealt := c.dealt()
	for a := range parts {
		for b := a + 1; b < parts; b++ {
			s, err := c.sharedGroups(c.rows.firstRows(dealt[a]), dealt[b])
			if err != nil {
				return err
			}
			if s.Groups > 0 {
				s.A, s.B = partNames[a], partNames[b]
				g.Shared = append(g.Shared, s)
			}
		}
	}
	return nil
}

// sharedGroups counts the rows of a part whose group another has; a holds its first rows.
func (c *cleanedCorpus) sharedGroups(a map[int32]int32, b []int32) (s SharedGroups, err error) {
	s.OfB = len(b)
	met := map[int32]bool{}
	for _, place := range b {
		together := c.rows.together[place]
		other, both := a[together]
		if !both {
			continue
		}
		if s.Rows == 0 {
			if s.Example, err = c.togetherName(together); err != nil {
				return s, err
			}
			s.InA, s.InB = c.rows.place(other), c.rows.place(place)
		}
		s.Rows++
		if !met[together] {
			met[together] = true
			s.Groups++
		}
	}
	return s, nil
}

// farOff is the difference between a declared share and the share of rows above which the
// report explains it.
const farOff = 0.02

// lines is the report for a person.
func (g *GroupReport) lines() []string {
	if g == nil {
		return nil
	}
	list := []string{fmt.Sprintf("%d of %s: %d in train, %d in valid, %d in test; the largest, %s, has %s",
		g.Groups, g.by(), g.Parts[0], g.Parts[1], g.Parts[2], shown.Beginning(g.Largest.What, longestName), screen.Count(g.Largest.Rows, "row", "rows"))}
	off := slices.MaxFunc([]int{0, 1, 2}, func(a, b int) int { return cmp.Compare(g.off(a), g.off(b)) })
	if g.divided && g.off(off) > farOff {
		var got, asked []string
		for p := range parts {
			got = append(got, fmt.Sprintf("%.1f%%", 100*g.Got[p]))
			asked = append(asked, fmt.Sprintf("%.3g%%", 100*g.Asked[p]))
		}
		list = append(list, fmt.Sprintf("groups are kept whole, so train, valid and test have %s of the rows instead of %s",
			strings.Join(got, ", "), strings.Join(asked, ", ")))
	}
	for _, s := range g.Shared {
		list = append(list, fmt.Sprintf("%d of %s %s in a group that is also in %s (%s; first: %s, %s and %s): their files were not divided by %s",
			s.Rows, screen.Count(s.OfB, s.B+" row", s.B+" rows"), screen.Noun(s.Rows, "is", "are"), s.A, screen.Count(s.Groups, "group", "groups"), shown.Beginning(s.Example, longestName), s.InA, s.InB, g.by()))
	}
	return list
}

// by is what the rows of a group have in common.
func (g *GroupReport) by() string {
	if g.Column == "" {
		return "texts contained in one another"
	}
	return g.Column
}

func (g *GroupReport) off(part int) float64 {
	return max(g.Got[part]-g.Asked[part], g.Asked[part]-g.Got[part])
}

// longestName is how much of a group's name a line shows.
const longestName = 60

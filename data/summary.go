package data

import (
	"fmt"
	"strings"
)

// Noted counts rows that a cleaning step or a drop concerned, with the places of the first.
type Noted struct {
	What  string   `json:"what"`
	Rows  int      `json:"rows"`
	First []string `json:"first"` // file:line
}

// String is one line for a person.
func (n Noted) String() string {
	return fmt.Sprintf("%s (%d): %s", n.What, n.Rows, strings.Join(n.First, ", ")+n.etc())
}

func (n Noted) etc() string {
	if n.Rows == len(n.First) {
		return ""
	}
	return ", …"
}

// Summary counts what was done to texts and which rows were left out, by kind, in the
// order in which each was first met. A text that two steps change counts in both.
func (t *Trace) Summary() (changed, leftOut []Noted) {
	changes, removals := newNotes(), newNotes()
	for _, c := range t.Changed {
		for _, step := range c.Steps {
			changes.add(step, c.File, c.Line, "")
		}
	}
	for _, l := range t.LeftOut {
		switch l.Why {
		case WhyBad:
			removals.add("bad rows", l.File, l.Line, l.Detail)
		case WhyDropped:
			removals.add("rows dropped, "+l.Detail, l.File, l.Line, "")
		case WhyDuplicate:
			removals.add("duplicates", l.File, l.Line, l.Detail)
		case WhyOverlap:
			removals.add("training rows whose text is in validation or test", l.File, l.Line, l.Detail)
		case WhyLimited:
			removals.add("training rows beyond limit", l.File, l.Line, "")
		}
	}
	return changes.list, removals.list
}

// notes gathers Noted by kind.
type notes struct {
	list []Noted
	at   map[string]int
}

func newNotes() *notes { return &notes{list: []Noted{}, at: map[string]int{}} }

func (n *notes) add(what, file string, line int, detail string) {
	i, met := n.at[what]
	if !met {
		i = len(n.list)
		n.at[what] = i
		n.list = append(n.list, Noted{What: what})
	}
	n.list[i].Rows++
	if len(n.list[i].First) < shownPlaces {
		place := fmt.Sprintf("%s:%d", file, line)
		if detail != "" {
			place += " (" + detail + ")"
		}
		n.list[i].First = append(n.list[i].First, place)
	}
}

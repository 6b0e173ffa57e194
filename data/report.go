package data

import (
	"cmp"
	"fmt"
	"slices"

	"ringmaster/config"
)

// keptPlaces is how many bad rows, and how many conflicts, a report names.
const keptPlaces = 20

// Report counts what happened to every row of a corpus:
// Read = bad + dropped + Duplicates + Overlaps + Limited + Train + Valid + Test.
type Report struct {
	Task  string     `json:"task"`
	Files []FileRows `json:"files"`
	Read  int        `json:"read"`

	// Bad counts bad rows by reason, the most frequent first; BadRows names the first ones.
	Bad     []Count  `json:"bad"`
	BadRows []BadRow `json:"bad_rows"`
	// UnknownLabels counts, by value, labels that the map lacks.
	UnknownLabels []Count `json:"unknown_labels"`

	// Dropped counts rows that the declaration drops, by reason.
	Dropped []Count `json:"dropped"`
	// Duplicates counts removed rows that repeat text and class of an earlier one.
	Duplicates int `json:"duplicates"`
	// Overlaps counts training rows removed because the validation or test part has their text.
	Overlaps int `json:"overlaps"`
	// Limited counts training rows left out by limit.
	Limited int `json:"limited"`

	// Repeats counts rows of validation and test files that repeat an earlier one of
	// their part, and Shared rows of test files whose text validation has: all kept.
	Repeats int `json:"repeats"`
	Shared  int `json:"shared"`

	// Conflicts counts texts that stand with several classes in what is kept, before
	// limit; ConflictTexts names the first ones.
	Conflicts     int        `json:"conflicts"`
	ConflictTexts []Conflict `json:"conflict_texts"`

	// Kind is the kind of task; empty is one class a text.
	Kind    config.Kind `json:"kind,omitempty"`
	Classes []string    `json:"classes"`
	// Positive is the positive class of a task of two classes; nil for others.
	Positive *Positive `json:"positive,omitempty"`
	Train    PartSize  `json:"train"`
	Valid    PartSize  `json:"valid"`
	Test     PartSize  `json:"test"`
	// Warnings are sentences to read before training.
	Warnings []string `json:"warnings"`

	// Fold of Folds is the test part; zero without split.folds.
	Fold  int `json:"fold,omitempty"`
	Folds int `json:"folds,omitempty"`
	// Groups says how split.group was kept; nil without one.
	Groups *GroupReport `json:"groups,omitempty"`

	tallies tallies
}

// FileRows is how many rows a file has, bad ones included.
type FileRows struct {
	File string `json:"file"`
	Rows int    `json:"rows"`
}

// Count is a number of rows, and what they have in common.
type Count struct {
	What string `json:"what"`
	Rows int    `json:"rows"`
}

// BadRow names one bad row.
type BadRow struct {
	File     string `json:"file"`
	Line     int    `json:"line"`      // where its record starts, from 1
	LastLine int    `json:"last_line"` // where its record ends
	Reason   Reason `json:"reason"`
	Detail   string `json:"detail"`
}

// String is the place, then what is wrong: messages.csv:12: 9 fields instead of 8.
func (b BadRow) String() string {
	return fmt.Sprintf("%s:%d: %s", b.File, b.Line, b.Detail)
}

// Conflict is a text that stands with several classes.
type Conflict struct {
	Text string `json:"text"`
	// Rows are its places and classes: "train.tsv:12 negative".
	Rows []string `json:"rows"`
}

// PartSize is the size of a part, in all and by class.
type PartSize struct {
	Rows    int   `json:"rows"`
	Classes []int `json:"classes"`
	// None is how many rows have no label, of a task of several labels a text.
	None int `json:"none,omitempty"`
	// Values describes the rows' numbers, of a task that asks for one.
	Values *Values `json:"values,omitempty"`
}

func newReport(task string, kind config.Kind, classes []string) *Report {
	return &Report{
		Task: task, Kind: kind, Classes: classes,
		// Empty lists, so that JSON has [] where there is nothing.
		Files: []FileRows{}, BadRows: []BadRow{}, ConflictTexts: []Conflict{}, Warnings: []string{},
		tallies: tallies{bad: tally{}, unknown: tally{}, dropped: tally{}},
	}
}

// BadTotal is the number of bad rows.
func (r *Report) BadTotal() int { return total(r.Bad) }

// DroppedTotal is the number of rows that the declaration drops.
func (r *Report) DroppedTotal() int { return total(r.Dropped) }

func total(counts []Count) int {
	n := 0
	for _, c := range counts {
		n += c.Rows
	}
	return n
}

// tally counts by name.
type tally map[string]int

// counts lists a tally, the most frequent first.
func (t tally) counts() []Count {
	list := make([]Count, 0, len(t))
	for what, rows := range t {
		list = append(list, Count{What: what, Rows: rows})
	}
	slices.SortFunc(list, func(a, b Count) int {
		return cmp.Or(cmp.Compare(b.Rows, a.Rows), cmp.Compare(a.What, b.What))
	})
	return list
}

// tallies are a report's counts while files are read.
type tallies struct{ bad, unknown, dropped tally }

func (r *Report) noteDropped(why string) { r.tallies.dropped[why]++ }

func (r *Report) noteBad(file string, at record, bad *fault) {
	r.tallies.bad[string(bad.reason)] += at.weight()
	for _, label := range bad.labels {
		r.tallies.unknown[label]++
	}
	if len(r.BadRows) < keptPlaces {
		r.BadRows = append(r.BadRows, BadRow{
			File: file, Line: at.first, LastLine: at.last, Reason: bad.reason, Detail: bad.detail,
		})
	}
}

// filesRead turns tallies into counts.
func (r *Report) filesRead() {
	r.Bad, r.UnknownLabels, r.Dropped = r.tallies.bad.counts(), r.tallies.unknown.counts(), r.tallies.dropped.counts()
	r.tallies = tallies{}
}

func (r *Report) tooManyBad(maxBad float64) bool {
	return float64(r.BadTotal()) > maxBad*float64(r.Read)
}

// noteConflicts finds the texts that stand with several classes, sets of labels or values. The error is of kind
// spool.ErrDisk.
func (c *cleanedCorpus) noteConflicts() error {
	t := c.rows
	first := make([]int32, t.texts.count()) // by text, the place of its first row, counted from 1
	conflicting := map[int32]*Conflict{}
	for _, part := range c.dealt() {
		for _, place := range part {
			r := t.at(place)
			if before := first[r.text]; before == 0 {
				first[r.text] = place + 1
			} else if t.at(before-1).gold() != r.gold() {
				conflicting[r.text] = nil
			}
		}
	}
	c.report.Conflicts = len(conflicting)
	if len(conflicting) == 0 {
		return nil
	}
	var inOrder []*Conflict
	for _, part := range c.dealt() {
		for _, place := range part {
			text := t.at(place).text
			conflict, is := conflicting[text]
			if !is || conflict == nil && len(inOrder) == keptPlaces {
				continue
			}
			if conflict == nil {
				whole, err := t.texts.strings.String(int(text))
				if err != nil {
					return err
				}
				conflict = &Conflict{Text: ShownTexts(whole)}
				conflicting[text], inOrder = conflict, append(inOrder, conflict)
			}
			conflict.Rows = append(conflict.Rows, t.place(place)+" "+GoldText(c.kind, c.classes, t.bare(place)))
		}
	}
	for _, conflict := range inOrder {
		c.report.ConflictTexts = append(c.report.ConflictTexts, *conflict)
	}
	return nil
}

// sizes counts the rows of the parts.
func (r *Report) sizes(c *cleanedCorpus) {
	r.Train, r.Valid, r.Test = r.sizeOf(c.rows, c.train), r.sizeOf(c.rows, c.valid), r.sizeOf(c.rows, c.test)
}

// sizeOf counts a part's rows by class or label, and describes their values.
func (r *Report) sizeOf(t *table, part []int32) PartSize {
	s := PartSize{Rows: len(part), Classes: make([]int, len(r.Classes))}
	for _, place := range part {
		at := t.bare(place)
		switch {
		case !r.Kind.Is(config.KindLabels):
			s.Classes[at.Class]++
		case len(at.Set) == 0:
			s.None++
		}
		for _, label := range at.Set {
			s.Classes[label]++
		}
	}
	if r.Kind.Is(config.KindValue) && len(part) > 0 {
		s.Values = valuesOf(t, part)
	}
	return s
}

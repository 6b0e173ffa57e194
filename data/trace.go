package data

import "fmt"

// Trace lists the rows that a Report only counts, in the order of the files.
type Trace struct {
	// LeftOut are the rows that are in no part.
	LeftOut []LeftOut
	// Changed are the good rows whose text cleaning changed.
	Changed []Changed

	places map[int]string
}

// Why says why a row is left out.
type Why string

// The reasons to leave a row out.
const (
	WhyBad       Why = "bad"       // it cannot be read as declared
	WhyDropped   Why = "dropped"   // the declaration drops it
	WhyDuplicate Why = "duplicate" // an earlier row has its text and class
	WhyOverlap   Why = "overlap"   // a training row whose text the validation or test part has
	WhyLimited   Why = "limited"   // a training row beyond limit
)

// LeftOut is a row that is in no part.
type LeftOut struct {
	Row    int    `json:"row"`
	File   string `json:"file"`
	Line   int    `json:"line"`
	Why    Why    `json:"why"`
	Detail string `json:"detail"`
	// Text is the cleaned text; of a dropped row as it was read, of a bad one empty.
	Text string `json:"text"`
	// Class is -1 for rows that are bad or dropped.
	Class int `json:"class"`
}

// Changed is a row whose text cleaning changed.
type Changed struct {
	Row    int      `json:"row"`
	File   string   `json:"file"`
	Line   int      `json:"line"`
	Steps  []string `json:"steps"` // what was done, by the names that it is counted by
	Before string   `json:"before"`
	After  string   `json:"after"`
}

func newTrace() *Trace {
	return &Trace{LeftOut: []LeftOut{}, Changed: []Changed{}, places: map[int]string{}}
}

// Place is file:line of a row that was read well.
func (t *Trace) Place(row int) string { return t.places[row] }

// The methods below also work on a nil Trace: Load keeps none.

func (t *Trace) place(r row) {
	if t != nil {
		t.places[r.Row] = r.place()
	}
}

func (t *Trace) change(c Changed) { t.Changed = append(t.Changed, c) }

func (t *Trace) leaveOut(l LeftOut) {
	if t != nil {
		t.LeftOut = append(t.LeftOut, l)
	}
}

// leaveOutRows notes the rows of before that are not in after.
func (t *Trace) leaveOutRows(why Why, before, after []row, detail func(row) string) {
	if t == nil {
		return
	}
	kept := make(map[int]bool, len(after))
	for _, r := range after {
		kept[r.Row] = true
	}
	for _, r := range before {
		if !kept[r.Row] {
			t.leaveOut(LeftOut{Row: r.Row, File: r.file, Line: r.line, Why: why, Detail: detail(r), Text: r.Text, Class: r.Class})
		}
	}
}

func (t *Trace) leaveOutDuplicates(before, after []row) {
	if t == nil {
		return
	}
	first := map[content]string{}
	for _, r := range after {
		first[contentOf(r)] = r.place()
	}
	t.leaveOutRows(WhyDuplicate, before, after, func(r row) string {
		return "the same as " + first[contentOf(r)]
	})
}

func (t *Trace) leaveOutOverlaps(before, train, valid, test []row) {
	if t == nil {
		return
	}
	first := map[string]string{}
	for _, part := range [][]row{test, valid} {
		for _, r := range part {
			if first[r.Text] == "" {
				first[r.Text] = r.place()
			}
		}
	}
	t.leaveOutRows(WhyOverlap, before, train, func(r row) string {
		return fmt.Sprintf("its text is also in %s", first[r.Text])
	})
}

func (t *Trace) leaveOutLimited(before, after []row) {
	t.leaveOutRows(WhyLimited, before, after, func(row) string { return "beyond limit" })
}

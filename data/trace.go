package data

import "strings"

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

// leaveOut notes a row that is left out. A nil Trace, as Load has, notes nothing.
func (t *Trace) leaveOut(l LeftOut) {
	if t != nil {
		t.LeftOut = append(t.LeftOut, l)
	}
}

// leaveOutRows notes the training rows of before that are none any more. The error is of kind spool.ErrDisk.
func (c *cleanedCorpus) leaveOutRows(why Why, before []int32, detail func(place int32) string) error {
	if c.trace == nil {
		return nil
	}
	kept := make(map[int32]bool, len(c.train))
	for _, place := range c.train {
		kept[place] = true
	}
	reader := c.rows.reader()
	for _, place := range before {
		if kept[place] {
			continue
		}
		text, err := reader.text(place)
		if err != nil {
			return err
		}
		r := c.rows.at(place)
		c.trace.leaveOut(LeftOut{
			Row: int(r.number), File: c.rows.files[r.file], Line: int(r.line), Why: why, Detail: detail(place), Text: string(text), Class: int(r.class),
		})
	}
	return nil
}

func (c *cleanedCorpus) leaveOutDuplicates(before []int32) error {
	if c.trace == nil {
		return nil
	}
	first := map[content]int32{}
	for _, place := range c.train {
		first[c.rows.at(place).content()] = place
	}
	return c.leaveOutRows(WhyDuplicate, before, func(place int32) string {
		return "the same as " + c.rows.place(first[c.rows.at(place).content()])
	})
}

func (c *cleanedCorpus) leaveOutOverlaps(before []int32) error {
	if c.trace == nil {
		return nil
	}
	first := map[int32]int32{} // by text
	for _, part := range [][]int32{c.test, c.valid} {
		for _, place := range part {
			if _, met := first[c.rows.at(place).text]; !met {
				first[c.rows.at(place).text] = place
			}
		}
	}
	return c.leaveOutRows(WhyOverlap, before, func(place int32) string {
		return "its text is also in " + c.rows.place(first[c.rows.at(place).text])
	})
}

// traceRow notes where a good row stands, and what cleaning has changed in it.
func (d *declaration) traceRow(r record, e Example, file, place string) {
	d.trace.places[e.Row] = place
	if whole := d.whole(r); e.Text != whole {
		d.trace.Changed = append(d.trace.Changed, Changed{
			Row: e.Row, File: file, Line: r.first, Steps: d.changes(r), Before: strings.Clone(whole), After: strings.Clone(e.Text),
		})
	}
}

package leak

import (
	"fmt"
	"strings"

	"ringmaster/data"
	"ringmaster/data/shingles"
	"ringmaster/shown"
)

// Report says what the parts of a corpus have in common.
type Report struct {
	Task  string `json:"task"`
	Pairs []Pair `json:"pairs"`
}

// Pair is what a tested part has of what another holds.
type Pair struct {
	// Of is the task whose part holds the texts, where it is another than the tested one.
	Of     string `json:"of,omitempty"`
	Held   string `json:"held"`
	Tested string `json:"tested"`
	// Rows are the tested part's rows, Long those of four words and more, and Looked how many
	// of these were looked at: all, or a sample.
	Rows   int `json:"rows"`
	Long   int `json:"long"`
	Looked int `json:"looked"`
	// Contained counts those that stand inside a text of the other part, Near those that do
	// not, and are nearly one.
	Contained Finding `json:"contained"`
	Near      Finding `json:"near"`
	// Sides are of pairs of texts; nil where a row has one.
	Sides *Sides `json:"sides,omitempty"`
}

// Finding counts tested rows.
type Finding struct {
	Rows  int      `json:"rows"`
	First *Example `json:"first,omitempty"`
}

// Example is a tested text and the first text that has it.
type Example struct {
	Text   string `json:"text"`
	Place  string `json:"place"` // file:line
	Other  string `json:"other"`
	Beside string `json:"beside"` // file:line of Other
}

// note counts a tested text that another has. The error is of kind spool.ErrDisk.
func (f *Finding) note(tested part, at int, held part, where int) error {
	f.Rows++
	if f.First != nil {
		return nil
	}
	a, err := tested.examples.At(at)
	if err != nil {
		return err
	}
	b, err := held.examples.At(where)
	if err != nil {
		return err
	}
	f.First = &Example{Text: data.ShownTexts(a.Text), Place: tested.corpus.Place(a.Row), Other: data.ShownTexts(b.Text), Beside: held.corpus.Place(b.Row)}
	return nil
}

// Share is what of the texts that were looked at is contained in the other part, or nearly
// one of its texts.
func (p Pair) Share() float64 {
	return float64(p.Contained.Rows+p.Near.Rows) / float64(max(p.Looked, 1))
}

// telling is the share above which the report says what to do. Below it are phrases that
// texts of one kind have in common anyway: "I love you", "thanks for the help".
const telling = 0.05

// String is the report in a few lines for a person, each ending in a line break: a line for
// each pair of parts that have something in common, examples of the worst of them.
func (r *Report) String() string {
	if r == nil {
		return ""
	}
	var b strings.Builder
	line := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "  %-10s %s\n", name, fmt.Sprintf(format, args...))
	}
	var worst *Pair
	manySides := false
	for i, p := range r.Pairs {
		text, many := p.sidesShown()
		if manySides = manySides || many; text != "" {
			line("pairs", "%s", text)
		}
		if p.Share() == 0 {
			continue
		}
		line("leaks", "%s", p)
		if worst == nil || p.Share() > worst.Share() {
			worst = &r.Pairs[i]
		}
	}
	if manySides {
		line("", "where the model should not know such a text from training, keep its pairs in one part: split.group: the text's column")
	}
	switch {
	case len(r.Pairs) == 0: // one part alone
		return ""
	case worst == nil:
		line("leaks", "no text of %d or more words is contained in, or nearly matches, a text of another part", shingles.MinWords)
		return b.String()
	}
	for _, example := range []struct {
		*Example
		what string
	}{{worst.Contained.First, "is in"}, {worst.Near.First, "nearly matches"}} {
		if e := example.Example; e != nil {
			line("", "%s %q %s %s %q", e.Place, shown.Beginning(e.Text, longestShown), example.what, e.Beside, shown.Beginning(e.Other, longestShown))
		}
	}
	if worst.Share() >= telling {
		line("", "warning: scores on such texts are inflated. Keep rows with common texts in one part (split.group: COLUMN), or test on a file with other texts (test: FILE)")
	}
	return b.String()
}

// String is one line for a person.
func (p Pair) String() string {
	of := fmt.Sprintf("%d %s texts of %d or more words", p.Long, p.Tested, shingles.MinWords)
	if p.Looked < p.Long {
		of = fmt.Sprintf("a sample of %d of the %s", p.Looked, of)
	}
	percent := func(rows int) float64 { return 100 * float64(rows) / float64(p.Looked) }
	verb := func(rows int, one, more string) string {
		if rows == 1 {
			return one
		}
		return more
	}
	inside, near, held := p.Contained.Rows, p.Near.Rows, fmt.Sprintf("a %s text", p.Held)
	if p.Of != "" {
		held += " of " + p.Of
	}
	switch {
	case near == 0:
		return fmt.Sprintf("%d of %s (%.1f%%) %s contained in %s", inside, of, percent(inside), verb(inside, "is", "are"), held)
	case inside == 0:
		return fmt.Sprintf("%d of %s (%.1f%%) nearly %s %s", near, of, percent(near), verb(near, "matches", "match"), held)
	}
	return fmt.Sprintf("%d of %s (%.1f%%) %s contained in %s, %d more (%.1f%%) nearly %s one",
		inside, of, percent(inside), verb(inside, "is", "are"), held, near, percent(near), verb(near, "matches", "match"))
}

// longestShown is how much of a text a line shows.
const longestShown = 60

package data

import (
	"fmt"
	"slices"
	"strings"

	"ringmaster/screen"
	"ringmaster/shown"
)

// shownPlaces is how many places a line for a person names.
const shownPlaces = 3

// String is the report in a few lines for a person, each ending in a line break.
func (r *Report) String() string {
	var b strings.Builder
	line := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "  %-10s %s\n", name, fmt.Sprintf(format, args...))
	}
	var files []string
	for _, f := range r.Files {
		files = append(files, fmt.Sprintf("%s %d", f.File, f.Rows))
	}
	fmt.Fprintf(&b, "%s: %s read (%s)\n", r.Task, screen.Count(r.Read, "row", "rows"), strings.Join(files, ", "))
	if n := r.BadTotal(); n > 0 {
		line("bad", "%d: %s; first: %s", n, counts(r.Bad), r.firstBad())
	}
	if n := r.DroppedTotal(); n > 0 {
		line("dropped", "%d: %s", n, counts(r.Dropped))
	}
	if r.Duplicates > 0 {
		line("duplicates", "%d removed", r.Duplicates)
	}
	if r.Overlaps > 0 {
		line("overlaps", "%s removed whose text is in the validation or test part", screen.Count(r.Overlaps, "training row", "training rows"))
	}
	if r.Repeats > 0 || r.Shared > 0 {
		line("repeats", "%d in validation and test files, %s whose text is in validation; all kept", r.Repeats, screen.Count(r.Shared, "test row", "test rows"))
	}
	if r.Conflicts > 0 {
		line("conflicts", "%s with %s; first: %s", screen.Count(r.Conflicts, "text", "texts"), r.differing(), strings.Join(r.ConflictTexts[0].Rows, ", "))
	}
	if r.Limited > 0 {
		line("limited", "%s left out", screen.Count(r.Limited, "training row", "training rows"))
	}
	for _, part := range r.parts() {
		line(part.name, "%d (%s)", part.size.Rows, r.bySize(part.size))
	}
	if r.Folds > 0 {
		line("folds", "the test part is fold %d of %d (split.fold); compare runs all of them", r.Fold, r.Folds)
	}
	if r.Positive != nil {
		line("positive", "%s", r.Positive)
	}
	for _, warning := range r.Warnings {
		line("warning", "%s", warning)
	}
	for _, text := range r.Groups.lines() {
		line("groups", "%s", text)
	}
	return b.String()
}

func byClass(s PartSize, classes []string) string {
	var texts []string
	for i, n := range s.Classes {
		texts = append(texts, fmt.Sprintf("%s %d", classes[i], n))
	}
	return strings.Join(texts, ", ")
}

// whereRowsWent explains a corpus without training rows.
func (r *Report) whereRowsWent() string {
	text := fmt.Sprintf("of %s read, %d bad, %d dropped", screen.Count(r.Read, "row", "rows"), r.BadTotal(), r.DroppedTotal())
	if r.DroppedTotal() > 0 {
		text += " (" + counts(r.Dropped) + ")"
	}
	return text + fmt.Sprintf(", %s, %d also in validation or test files", screen.Count(r.Duplicates, "duplicate", "duplicates"), r.Overlaps)
}

func (r *Report) firstBad() string {
	var list []string
	for _, b := range r.BadRows[:min(len(r.BadRows), shownPlaces)] {
		list = append(list, b.String())
	}
	return strings.Join(list, "; ")
}

func counts(list []Count) string {
	var texts []string
	for _, c := range list {
		texts = append(texts, fmt.Sprintf("%d %s", c.Rows, c.What))
	}
	return strings.Join(texts, ", ")
}

// BadRowsError is ErrTooManyBad with the report on what was read.
type BadRowsError struct {
	Report Report
	MaxBad float64
	known  []string // labels of the map
}

// Unwrap makes errors.Is true of ErrTooManyBad.
func (e *BadRowsError) Unwrap() error { return ErrTooManyBad }

// Error is one sentence with counts, labels that the map lacks, and the first places.
func (e *BadRowsError) Error() string {
	r := &e.Report
	text := fmt.Sprintf("%d of %s are bad", r.BadTotal(), screen.Count(r.Read, "row", "rows"))
	if r.BadTotal() == 1 {
		text = fmt.Sprintf("1 of %s is bad", screen.Count(r.Read, "row", "rows"))
	}
	if r.Task == "" { // texts to answer, of which none may be bad
		text = fmt.Sprintf("%s: %s: %s", r.Files[0].File, text, counts(r.Bad))
	} else {
		text = fmt.Sprintf("task %q: %s (%.3g%%; max_bad allows %.3g%%): %s",
			r.Task, text, 100*float64(r.BadTotal())/float64(r.Read), 100*e.MaxBad, counts(r.Bad))
	}
	if len(r.UnknownLabels) > 0 {
		var lacks []string
		for _, c := range r.UnknownLabels[:min(len(r.UnknownLabels), 10)] {
			lacks = append(lacks, fmt.Sprintf("%s (%d)", shown.Quote(c.What), c.Rows))
		}
		if more := len(r.UnknownLabels) - len(lacks); more > 0 {
			lacks = append(lacks, fmt.Sprintf("%d more", more))
		}
		text += fmt.Sprintf("; labels has %s and lacks %s", quoted(e.known), strings.Join(lacks, ", "))
	}
	text += "; first: " + r.firstBad()
	if slices.ContainsFunc(r.Bad, func(c Count) bool { return c.What == string(InvalidUTF8) }) {
		text += "; save texts as UTF-8 (those in Latin-1 with: iconv -f LATIN1 -t UTF-8)"
	}
	return text
}

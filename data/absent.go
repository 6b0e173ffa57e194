package data

import (
	"fmt"
	"strings"

	"ringmaster/config"
)

// noteAbsent warns of classes that training has no row of, or that a part which is scored
// lacks.
func (r *Report) noteAbsent() {
	if len(r.Classes) < 2 { // texts without labels
		return
	}
	for c, class := range r.Classes {
		var lacking []string
		for _, part := range r.parts() {
			if part.size.Rows > 0 && part.size.Classes[c] == 0 {
				lacking = append(lacking, part.name)
			}
		}
		if len(lacking) == 0 {
			continue
		}
		text := fmt.Sprintf("%s %q has no rows in %s (%s)", r.noun(), class, strings.Join(lacking, ", "), r.countsOf(c))
		if lacking[0] == r.parts()[0].name {
			text += ": the model cannot learn it"
		} else {
			text += ": it is not evaluated there"
		}
		r.Warnings = append(r.Warnings, text)
	}
}

// countsOf is how many rows each part has of a class.
func (r *Report) countsOf(class int) string {
	var counts []string
	for _, part := range r.parts() {
		n := 0
		if part.size.Rows > 0 {
			n = part.size.Classes[class]
		}
		counts = append(counts, fmt.Sprintf("%s %d of %d", part.name, n, part.size.Rows))
	}
	return strings.Join(counts, ", ")
}

// namedPart is a part's size with its name.
type namedPart struct {
	name string
	size PartSize
}

func (r *Report) parts() []namedPart {
	return []namedPart{{"train", r.Train}, {"valid", r.Valid}, {"test", r.Test}}
}

// Untaught are the classes that training has no row of, in the classes' order.
func (r *Report) Untaught() []string {
	var classes []string
	for c, class := range r.Classes {
		if len(r.Classes) > 1 && r.Train.Rows > 0 && r.Train.Classes[c] == 0 {
			classes = append(classes, class)
		}
	}
	return classes
}

// noun is what the task's classes are called.
func (r *Report) noun() string {
	if r.Kind.Is(config.KindLabels) {
		return "label"
	}
	return "class"
}

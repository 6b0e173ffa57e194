package infer

import (
	"fmt"
	"strings"

	"ringmaster/config"
)

// writeLabels writes the label columns, and the classes with their counts.
func (d *draft) writeLabels(p *page) {
	l := &d.label
	comment := ""
	if len(l.others) > 0 {
		comment = "may be meant instead: " + strings.Join(l.others[:min(len(l.others), 8)], ", ")
	}
	if l.one != nil {
		p.line("      label: "+scalar(l.one.name), comment)
	} else {
		p.line("      label_columns: "+flow(l.columns()), comment)
	}
	if l.separator != "" {
		p.line("      label_separator: "+scalar(l.separator), "")
	}
	if l.namesFile != nil {
		p.line("      label_names: "+scalar(d.namesPath), "a label's number is a line of it, from 0")
	}
	if l.kind.Is(config.KindValue) {
		return
	}
	if l.drops() {
		p.line("      several_labels: drop", fmt.Sprintf("left out: %s with several labels, %s with none", counted(l.several, "row", "rows"), thousands(l.none)))
	}
	if text := d.imbalance(); text != "" {
		p.comment("      ", text)
	}
	what, of := "label: class; an empty class leaves its rows out", 0
	for _, k := range l.classes {
		of += k.rows
	}
	if l.kind.Is(config.KindLabels) {
		what, of = "label: its name; an empty name leaves the label out", d.rows()
	}
	p.line("      labels:", what)
	for _, k := range l.classes {
		from := k.label
		if l.namesFile != nil {
			from = k.name
		}
		p.line(fmt.Sprintf("        %s: %s", key(from), scalar(k.name)), fmt.Sprintf("%s (%s)", counted(k.rows, "row", "rows"), share(k.rows, of)))
	}
	if l.namesFile != nil {
		d.writeUnmet(p)
	}
	if l.unnamed > 0 {
		p.line(`        "-1": ""`, fmt.Sprintf("%s rows with a hidden label", thousands(l.unnamed)))
	}
	if d.emptyDrop {
		p.line(`        "": ""`, fmt.Sprintf("%s rows without a label", thousands(l.none)))
	}
}

// writeUnmet names the labels of a file of names that no row has: a later file may.
func (d *draft) writeUnmet(p *page) {
	met := map[string]bool{}
	for _, k := range d.label.classes {
		met[k.name] = true
	}
	for _, name := range d.label.names {
		if !met[name] {
			p.line(fmt.Sprintf("        %s: \"\"", key(name)), "no row has it")
		}
	}
}

// key is a text as the key of a mapping.
func key(text string) string {
	if text == "" {
		return `""`
	}
	return scalar(text)
}

// writeSplit writes how rows are divided, and why so.
func (d *draft) writeSplit(p *page) {
	for _, text := range d.splitComments() {
		p.comment("      ", text)
	}
	if !d.carves() {
		return
	}
	keys := []string{"train: 0.8", "valid: 0.1", "test: 0.1"}
	switch {
	case d.unlabelled:
		keys = []string{"train: 0.95", "valid: 0.05", "test: 0"}
	case len(d.parts[testPart]) > 0 || d.roles.part != nil && d.names(testPart):
		keys = []string{"train: 0.9", "valid: 0.1", "test: 0"}
	case len(d.parts[validPart]) > 0 || d.roles.part != nil && d.names(validPart):
		keys = []string{"train: 0.9", "valid: 0", "test: 0.1"}
	}
	keys = append(keys, "seed: 13")
	if d.group != "" {
		keys = append(keys, "group: "+scalar(d.group))
	} else if d.contained {
		keys = append(keys, "contained: true")
	}
	p.line("      split: {"+strings.Join(keys, ", ")+"}", d.sizesComment())
}

// fewRows is how many rows a corpus has for which a cross-validation is proposed.
const fewRows = 2000

// splitComments say why rows are divided in this way, and what was left out.
func (d *draft) splitComments() []string {
	var texts []string
	if d.carves() && d.group != "" {
		text := fmt.Sprintf("rows of one %s stay in one part (it has %s values in %s rows): split singly, the score would be too good", d.group, thousands(d.roles.group.distinct), thousands(d.roles.group.rows))
		if len(d.roles.notes.group) > 0 {
			text += "; instead of it may be meant " + strings.Join(d.roles.notes.group, ", ")
		}
		texts = append(texts, text)
	}
	if d.contained {
		texts = append(texts, d.leaks+": such texts stay in one part with the text that contains them")
	}
	r := d.report
	if r == nil {
		return texts
	}
	like, differing := d.label.differing()
	if n := r.Train.Rows + r.Valid.Rows + r.Test.Rows; n < fewRows && len(d.parts[""]) > 0 && !d.unlabelled && d.roles.part == nil {
		texts = append(texts, fmt.Sprintf("a test part of %s tells little: `ringmaster compare FILE.yaml --folds 5` tests on every row once", counted(r.Test.Rows, "row", "rows")))
	}
	if r.Duplicates > 0 {
		texts = append(texts, "removed as duplicates, by text and "+like+": "+counted(r.Duplicates, "row", "rows"))
	}
	if r.Overlaps > 0 {
		texts = append(texts, "removed, since validation or test has their text: "+counted(r.Overlaps, "training row", "training rows"))
	}
	if r.Conflicts > 0 {
		text := counted(r.Conflicts, "text occurs", "texts occur") + " with " + differing
		if len(r.ConflictTexts) > 0 {
			text += ", as " + strings.Join(r.ConflictTexts[0].Rows[:min(2, len(r.ConflictTexts[0].Rows))], " and ")
		}
		texts = append(texts, text)
	}
	return texts
}

func (d *draft) sizesComment() string {
	if d.report == nil {
		return ""
	}
	return fmt.Sprintf("%s / %s / %s rows", thousands(d.report.Train.Rows), thousands(d.report.Valid.Rows), thousands(d.report.Test.Rows))
}

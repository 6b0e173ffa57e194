package infer

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"

	"ringmaster/config"
	"ringmaster/screen"
	"ringmaster/shown"
)

// widest is how wide lines of comments are.
const widest = 110

// page is a YAML text in the making.
type page struct{ b strings.Builder }

// comment writes lines of comment.
func (p *page) comment(indent, text string) {
	for line := range strings.SplitSeq(screen.Wrap(text, widest-len(indent)-2, ""), "\n") {
		fmt.Fprintf(&p.b, "%s# %s\n", indent, line)
	}
}

// line writes a line, with a comment behind it.
func (p *page) line(text, comment string) {
	if comment != "" {
		text += " # " + shown.Line(comment)
	}
	p.b.WriteString(text + "\n")
}

// scalar is a text as YAML reads it back.
func scalar(text string) string {
	n := yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text}
	if strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) || text == "" || strings.ContainsAny(text, "\",[]{}#&*!|>'%@`") {
		n.Style = yaml.DoubleQuotedStyle
	}
	out, err := yaml.Marshal(&n)
	if err != nil {
		return strconv.Quote(text)
	}
	// A long plain text would be folded over several lines.
	if s := strings.TrimSuffix(string(out), "\n"); !strings.Contains(s, "\n") {
		return s
	}
	return strconv.Quote(text)
}

// flow is a list on one line.
func flow(items []string) string {
	var list []string
	for _, item := range items {
		list = append(list, scalar(item))
	}
	return "[" + strings.Join(list, ", ") + "]"
}

// text is the run file.
func (f *file) text() string {
	p := &page{}
	p.comment("", fmt.Sprintf("Written by `%s`. Comments say what was found in the files; change what you know better, then:", f.options.Command))
	p.comment("", "  ringmaster data check FILE.yaml   what is kept of every corpus, and what its parts have in common")
	p.comment("", "  ringmaster train FILE.yaml")
	p.line("model: {base: "+scalar(f.model())+"}", "an encoder by its name (`ringmaster model fetch --help` lists them) or a Hugging Face folder")
	p.line("method: "+string(f.method()), f.methodComment())
	p.line("tasks:", "")
	for i, d := range f.drafts {
		d.write(p, i == 0 && f.method() != config.MaskedLM)
	}
	f.writeTrain(p)
	return p.b.String()
}

// model is the encoder, a folder by its path from the run file's.
func (f *file) model() string {
	model := f.options.Model
	if !config.LooksLikePath(model) {
		return model
	}
	if model = relative(f.options.Dir, model); !config.LooksLikePath(model) {
		model = "./" + model
	}
	return model
}

func (f *file) methodComment() string {
	switch {
	case f.method() == config.MaskedLM:
		return "pretrains the encoder on the texts; a later run with labels starts from its result"
	case len(f.drafts) == 1:
		return "one task with its labels; with a second task: mt, kd or kd-annealed"
	}
	return "one student of all tasks, for the target; compare with --set method=single, or ringmaster compare"
}

func (f *file) writeTrain(p *page) {
	p.line("train:", "")
	epochs := 3
	if f.method() == config.MaskedLM {
		epochs = 1
	}
	p.line(fmt.Sprintf("  epochs: %d", epochs), "")
	p.line("  batch: 32", "examples of a step, whatever the number of workers")
	p.line("  lr: 5e-5", "the peak; 2e-5 for larger encoders")
	for _, text := range f.lengths {
		p.comment("  ", text)
	}
	comment := "longer texts are cut"
	if f.method() == config.MaskedLM {
		comment = "texts are packed into sequences of this many tokens"
	}
	p.line(fmt.Sprintf("  max_length: %d", f.maxLength), comment)
	p.line("  seed: 1", "")
}

// write writes a task.
func (d *draft) write(p *page, target bool) {
	for _, text := range append(append([]string{}, d.corpus.notes...), d.comments...) {
		p.comment("  ", text)
	}
	p.line("  - name: "+d.name, "")
	if target {
		p.line("    target: true", "")
	}
	if !d.unlabelled {
		d.writeKind(p)
	}
	p.line("    data:", "")
	d.writeFiles(p)
	if d.text != nil {
		p.line("      text: "+d.texts(), d.textComment())
	}
	if !d.unlabelled {
		d.writeLabels(p)
	}
	d.writeSplit(p)
	if d.maxBad > 0 {
		p.line("      max_bad: "+strconv.FormatFloat(d.maxBad, 'g', -1, 64), d.badWhy)
	}
}

// writeFiles writes where the rows are, and how they are read.
func (d *draft) writeFiles(p *page) {
	for _, t := range d.tables {
		if t.sampled != "" {
			p.comment("      ", fmt.Sprintf("%s is large: %s. Counts below are of those rows; data check reads all.", t.name, t.sampled))
		}
	}
	for _, part := range []struct{ key, of string }{{"path", ""}, {"train", trainPart}, {"valid", validPart}, {"test", testPart}} {
		files := d.parts[part.of]
		switch {
		case len(files) == 1:
			p.line("      "+part.key+": "+scalar(files[0]), "")
		case len(files) > 1:
			p.line("      "+part.key+":", screen.Count(len(files), "file", "files"))
			for _, file := range files {
				p.line("        - "+scalar(file), "")
			}
		}
	}
	comment := ""
	if d.format == config.TSV {
		comment = "no quoting: a quotation mark is a character"
	}
	if d.roles.part != nil {
		p.line("      part: "+scalar(d.roles.part.name), "says which part a row belongs to: "+d.roles.part.counts())
	}
	p.line("      format: "+string(d.format), comment)
	if usual := map[config.Format]rune{config.CSV: ',', config.TSV: '\t'}[d.format]; d.format.Delimited() && d.delimiter != usual {
		p.line("      delimiter: "+scalar(string(d.delimiter)), "")
	}
	if !d.format.Delimited() {
		return
	}
	if !d.header {
		p.line("      header: false", "the first line is a row")
	}
	if d.rename {
		comment := "the files' headers differ; these names replace them"
		switch {
		case !d.header:
			comment = "names made up for columns without a header"
		case d.tables[0].doubled:
			comment = "the header has a name twice; these names replace it"
		}
		p.line("      columns: "+flow(d.columns), comment)
	}
}

func (d *draft) textComment() string {
	text := fmt.Sprintf("%.0f words on average", float64(d.text.words)/float64(max(d.text.filled(), 1)))
	if d.pair != nil {
		text = fmt.Sprintf("two texts a row, of %s and %s on average; text: %s reads the first alone", d.text.lengthInWords(), d.pair.lengthInWords(), d.text.name)
	} else if len(d.roles.notes.text) > 0 {
		text += "; may be meant too: " + strings.Join(d.roles.notes.text, ", ") + ", or both as text: [" + d.text.name + ", " + d.roles.notes.text[0] + "]"
	}
	return text
}

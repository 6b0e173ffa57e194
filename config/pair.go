package config

import (
	"slices"

	"go.yaml.in/yaml/v3"
)

// nameBothTexts writes text: [FIRST, SECOND] of a task's data as text and text_pair.
func (c *checker) nameBothTexts(root *yaml.Node) {
	tasks := child(root, "tasks")
	if tasks == nil || tasks.Kind != yaml.SequenceNode {
		return
	}
	names := declaredNames(tasks)
	for i, task := range tasks.Content {
		data := child(task, "data")
		if data == nil {
			continue
		}
		text := child(data, "text")
		if text == nil || text.Kind != yaml.SequenceNode {
			continue
		}
		columns := slices.Clone(text.Content)
		line, pair := text.Line, child(data, "text_pair")
		*text = *textNode("")
		text.Line = line
		switch key := taskPath(names, i) + ".data.text"; {
		case len(columns) != 2 || slices.ContainsFunc(columns, func(n *yaml.Node) bool { return n.Kind != yaml.ScalarNode || isNull(n) }):
			c.add(origin{line: line}, ErrType, key, key+": a list names the columns of two texts, [FIRST, SECOND]: write one name, or two")
		case pair != nil:
			c.add(origin{line: line}, ErrValue, key, "the list names two columns, and text_pair another: remove one of them")
		default:
			*text = *columns[0]
			name := textNode("text_pair")
			name.Line = line
			data.Content = append(data.Content, name, columns[1])
		}
	}
}

// validatePair checks the column of second texts.
func (d *Data) validatePair(report reporter, key string) {
	pair := d.TextPair
	if pair == "" {
		return
	}
	report.bad(d.Format.Plain(), key, "%s is plain text without columns: remove this key", d.Format)
	report.bad(pair == d.Text, key, "%s is already the column of the first text", pair)
	report.bad(pair == d.Label || slices.Contains(d.LabelColumns, pair), key, "%s is already the column of the label", pair)
	if d.Format.Delimited() {
		d.validateColumn(report, key, pair)
	}
}

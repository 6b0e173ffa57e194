package config

import "go.yaml.in/yaml/v3"

// nameBothTexts writes text: [FIRST, SECOND] of a task's data as text and text_pair.
func nameBothTexts(root *yaml.Node) {
	tasks := valueOf(root, "tasks")
	if tasks == nil || tasks.Kind != yaml.MappingNode {
		return
	}
	for i := 1; i < len(tasks.Content); i += 2 {
		data := valueOf(tasks.Content[i], "data")
		text := valueOf(data, "text")
		if text == nil || text.Kind != yaml.SequenceNode || len(text.Content) != 2 || valueOf(data, "text_pair") != nil {
			continue
		}
		first, second := *text.Content[0], text.Content[1]
		key := textNode("text_pair")
		key.Line, key.Column = text.Line, text.Column
		*text = first
		data.Content = append(data.Content, key, second)
	}
}

// valueOf is the value of a mapping's key; nil where there is none.
func valueOf(n *yaml.Node, key string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

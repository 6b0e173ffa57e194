package config

import (
	"fmt"

	"go.yaml.in/yaml/v3"
)

// Files is a list of paths; in a file it may stand as a single string.
type Files []string

// UnmarshalYAML accepts a string or a list of strings.
func (f *Files) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*f = Files{n.Value}
		if isNull(n) {
			*f = nil
		}
		return nil
	}
	var list []string
	if err := n.Decode(&list); err != nil {
		return err
	}
	*f = list
	return nil
}

// Pair is one entry of an ordered map.
type Pair struct{ From, To string }

// Labels is an ordered map of strings: order counts (classes are numbered by it),
// and keys keep their case, which a Go map behind viper would not.
type Labels []Pair

// UnmarshalYAML keeps the order of the file.
func (l *Labels) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind != yaml.MappingNode {
		return fmt.Errorf("line %d: expected a map of label: class", n.Line)
	}
	*l = nil
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.Kind != yaml.ScalarNode || value.Kind != yaml.ScalarNode {
			return fmt.Errorf("line %d: expected label: class", key.Line)
		}
		to := value.Value
		if isNull(value) {
			to = ""
		}
		*l = append(*l, Pair{From: key.Value, To: to})
	}
	return nil
}

// MarshalYAML writes the map in its order, keys quoted so that "0" stays a string.
func (l Labels) MarshalYAML() (any, error) { return l.node(), nil }

func (l Labels) node() *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode}
	for _, p := range l {
		from := textNode(p.From)
		from.Style = yaml.DoubleQuotedStyle
		n.Content = append(n.Content, from, textNode(p.To))
	}
	return n
}

// Classes lists the distinct classes in the order of their first appearance.
func (l Labels) Classes() []string {
	var classes []string
	seen := map[string]bool{}
	for _, p := range l {
		if p.To != "" && !seen[p.To] {
			seen[p.To] = true
			classes = append(classes, p.To)
		}
	}
	return classes
}

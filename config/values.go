package config

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Files is a list of paths; YAML may give a single string.
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

// Labels is an ordered map of strings: order may count (Classes), and keys keep their case,
// which a Go map behind viper would not.
type Labels []Pair

// UnmarshalYAML keeps the order of the file.
func (l *Labels) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind != yaml.MappingNode {
		return fmt.Errorf("line %d: expected a mapping, label: class", n.Line)
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

// Classes lists the distinct classes in order of the lowest number that is mapped to each,
// so that the order of the map does not matter; where a label is not a number, in order of
// first appearance.
func (l Labels) Classes() []string {
	var classes []string
	lowest, numbers := map[string]float64{}, true
	for _, p := range l {
		if p.To == "" {
			continue
		}
		number, is := LabelNumber(p.From)
		numbers = numbers && is
		before, seen := lowest[p.To]
		if !seen {
			classes = append(classes, p.To)
		}
		if !seen || number < before {
			lowest[p.To] = number
		}
	}
	if numbers {
		slices.SortStableFunc(classes, func(a, b string) int { return cmp.Compare(lowest[a], lowest[b]) })
	}
	return classes
}

// LabelNumber parses a label as a number; is says whether it is one.
func LabelNumber(label string) (number float64, is bool) {
	number, err := strconv.ParseFloat(strings.TrimSpace(label), 64)
	return number, err == nil && !math.IsNaN(number) && !math.IsInf(number, 0)
}

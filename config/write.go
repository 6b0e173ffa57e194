package config

import (
	"fmt"
	"io"
	"reflect"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"
)

// Write writes the run with all its defaults as a run file. Its paths are
// absolute, so it can be read from any folder: Load gives back r.Absolute(), but for
// BaseDir. The token is left out, since run directories are shared.
func (r *Run) Write(w io.Writer) error { return r.Absolute().write(w) }

// WriteBeside is Write for a file that lies beside the data it names: relative paths of
// data files stay as they are, so that the folder can be moved as a whole.
func (r *Run) WriteBeside(w io.Writer) error {
	absolute := r.Absolute()
	for i, t := range r.Tasks {
		d := &absolute.Tasks[i].Data
		d.Path, d.Train, d.Valid, d.Test = t.Data.Path, t.Data.Train, t.Data.Valid, t.Data.Test
	}
	return absolute.write(w)
}

// WriteAsIs is Write with the paths as they are.
func (r *Run) WriteAsIs(w io.Writer) error { return r.write(w) }

func (r Run) write(w io.Writer) error {
	r.Cluster.Token = ""
	root, err := node(reflect.ValueOf(r))
	if err != nil {
		return fmt.Errorf("write the resolved configuration: %w", err)
	}
	encoder := yaml.NewEncoder(w)
	encoder.SetIndent(2)
	if err := encoder.Encode(root); err != nil {
		return fmt.Errorf("write the resolved configuration: %w", err)
	}
	if err := encoder.Close(); err != nil {
		return fmt.Errorf("write the resolved configuration: %w", err)
	}
	return nil
}

// node is the YAML tree of a value. The encoder writes text with line breaks as a block,
// which it cannot always read back ("\t\n"), so text is quoted here.
func node(v reflect.Value) (*yaml.Node, error) {
	switch {
	case v.Type() == labelsType:
		return v.Interface().(Labels).node(), nil
	case v.Type() == weightsType:
		return v.Interface().(ClassWeights).node(), nil
	case isSection(v.Type()):
		section := &yaml.Node{Kind: yaml.MappingNode}
		for _, f := range fieldsOf(v.Type()) {
			value := v.Field(f.index)
			if f.optional && (value.IsZero() || value.Kind() == reflect.Slice && value.Len() == 0) {
				continue
			}
			n, err := node(value)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", f.name, err)
			}
			section.Content = append(section.Content, textNode(f.name), n)
		}
		return section, nil
	case v.Kind() == reflect.Slice:
		list := &yaml.Node{Kind: yaml.SequenceNode}
		for i := range v.Len() {
			n, err := node(v.Index(i))
			if err != nil {
				return nil, err
			}
			list.Content = append(list.Content, n)
		}
		return list, nil
	case v.Kind() == reflect.String:
		return textNode(v.String()), nil
	}
	n := &yaml.Node{}
	return n, n.Encode(v.Interface())
}

// textNode is text in a form that reads back unchanged.
func textNode(s string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
	if strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		n.Style = yaml.DoubleQuotedStyle
	}
	return n
}

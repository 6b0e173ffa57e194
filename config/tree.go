package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxNodes bounds a file with its aliases written out, so that a few lines of
// aliases of aliases cannot fill the memory.
const maxNodes = 100_000

var syntaxLine = regexp.MustCompile(`^line (\d+): `)

// parse reads the one document of a run file and expands its aliases and merge keys. It
// returns nil when that fails; what is wrong is added to notes.
func parse(text []byte, notes *diagnostics) *yaml.Node {
	syntax := func(line int, text string) *yaml.Node {
		notes.add(origin{line: line}, ErrSyntax, "", text)
		return nil
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var document, second yaml.Node
	switch err := decoder.Decode(&document); {
	case errors.Is(err, io.EOF):
		return syntax(0, "the file is empty: a run file has at least model and tasks")
	case err != nil:
		line, said := readableSyntax(err)
		return syntax(line, "this is not YAML: "+said)
	}
	switch err := decoder.Decode(&second); {
	case err == nil:
		return syntax(second.Line, "a run file is one YAML document: remove what follows the second ---")
	case !errors.Is(err, io.EOF):
		line, said := readableSyntax(err)
		return syntax(line, "this is not YAML: "+said)
	}
	e := expander{open: map[*yaml.Node]bool{}}
	root, err := e.expand(document.Content[0])
	if err != nil {
		return syntax(e.line, err.Error())
	}
	if isNull(root) {
		return syntax(0, "the file is empty: a run file has at least model and tasks")
	}
	return root
}

func readableSyntax(err error) (line int, said string) {
	said = strings.TrimPrefix(err.Error(), "yaml: ")
	if m := syntaxLine.FindStringSubmatch(said); m != nil {
		line, _ = strconv.Atoi(m[1]) // the pattern allows digits only
		said = said[len(m[0]):]
	}
	return line, said
}

// expander copies a tree and expands its aliases and merge keys (<<).
type expander struct {
	open  map[*yaml.Node]bool // anchors being written out
	count int
	line  int // of the node at fault
}

func (e *expander) expand(n *yaml.Node) (*yaml.Node, error) {
	if e.count++; e.count > maxNodes {
		e.line = n.Line
		return nil, fmt.Errorf("the file's aliases expand to more than %d values: use fewer", maxNodes)
	}
	if n.Kind == yaml.AliasNode {
		if e.open[n.Alias] {
			e.line = n.Line
			return nil, fmt.Errorf("the alias *%s contains itself", n.Value)
		}
		e.open[n.Alias] = true
		defer delete(e.open, n.Alias)
		return e.expand(n.Alias)
	}
	copied := *n
	copied.Content, copied.Anchor = nil, ""
	if n.Kind == yaml.MappingNode {
		return &copied, e.mapping(n, &copied)
	}
	for _, child := range n.Content {
		c, err := e.expand(child)
		if err != nil {
			return nil, err
		}
		copied.Content = append(copied.Content, c)
	}
	return &copied, nil
}

// mapping copies n's pairs. Merged pairs take the place of <<, and a key beside << wins
// over a merged one.
func (e *expander) mapping(n, into *yaml.Node) error {
	own := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		own[n.Content[i].Value] = true
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, err := e.expand(n.Content[i])
		if err != nil {
			return err
		}
		value, err := e.expand(n.Content[i+1])
		if err != nil {
			return err
		}
		if !isMerge(key) {
			into.Content = append(into.Content, key, value)
			continue
		}
		merged := []*yaml.Node{value}
		if value.Kind == yaml.SequenceNode {
			merged = value.Content
		}
		for _, m := range merged {
			if m.Kind != yaml.MappingNode {
				e.line = key.Line
				return errors.New("<< takes an alias of a mapping, or a list of them")
			}
			for j := 0; j+1 < len(m.Content); j += 2 {
				if name := m.Content[j].Value; !own[name] {
					own[name] = true
					into.Content = append(into.Content, m.Content[j], m.Content[j+1])
				}
			}
		}
	}
	return nil
}

func isMerge(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Value == "<<" && n.ShortTag() == "!!merge"
}

func isNull(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null"
}

// child is the value of a mapping's key, or nil.
func child(n *yaml.Node, name string) *yaml.Node {
	if n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return n.Content[i+1]
		}
	}
	return nil
}

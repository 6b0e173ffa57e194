package config

import (
	"fmt"
	"reflect"

	"go.yaml.in/yaml/v3"
)

// checker compares a file's YAML tree with the Go types. What does not fit is noted and
// removed, so that the rest can still be decoded and validated.
type checker struct {
	*diagnostics
	// set holds the key nodes that overrides put into the tree.
	set map[*yaml.Node]layer
	// as holds the key nodes that were written by a former name, and that name.
	as map[*yaml.Node]string
	// ignoreEnv leaves environment variables out.
	ignoreEnv bool
}

func newChecker(file string) *checker {
	return &checker{diagnostics: newDiagnostics(file), set: map[*yaml.Node]layer{}, as: map[*yaml.Node]string{}}
}

func (c *checker) originOf(key *yaml.Node) origin {
	if layer, ok := c.set[key]; ok {
		return origin{layer: layer, as: c.as[key]}
	}
	return origin{line: key.Line, as: c.as[key]}
}

// section checks the keys of a map against a Go struct, in place.
func (c *checker) section(n *yaml.Node, t reflect.Type, path string) {
	c.entries(n, path, func(key, value *yaml.Node, at string, from origin) bool {
		f, known := fieldOf(t, key.Value)
		if !known {
			c.unknown(from, t, path, key.Value)
			return false
		}
		if c.origins[at].layer <= from.layer { // --set and flags were read before
			c.origins[at] = from
		}
		return c.value(value, f.typ, at, from)
	})
}

// entries keeps those entries of a map, in place, whose key is unique and that keep accepts; at
// is the key's path.
func (c *checker) entries(n *yaml.Node, path string, keep func(key, value *yaml.Node, at string, from origin) bool) {
	var kept []*yaml.Node
	first := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		at := join(path, key.Value)
		if c.unique(first, key, at) && keep(key, value, at, c.originOf(key)) {
			kept = append(kept, key, value)
		}
	}
	n.Content = kept
}

// unique notes a key that is in its map twice, or is not a scalar.
func (c *checker) unique(first map[string]*yaml.Node, key *yaml.Node, at string) bool {
	if key.Kind != yaml.ScalarNode {
		c.add(c.originOf(key), ErrType, at, fmt.Sprintf("%s: expected a key, found %s", at, found(key)))
		return false
	}
	if before := first[key.Value]; before != nil {
		c.add(c.originOf(key), ErrDuplicateKey, at,
			fmt.Sprintf("%s appears twice, first on line %d", c.originOf(key).written(at), before.Line))
		return false
	}
	first[key.Value] = key
	return true
}

// value reports whether n is kept: it fits its type and is not empty.
func (c *checker) value(n *yaml.Node, t reflect.Type, path string, from origin) bool {
	switch {
	case isNull(n) && (isSection(t) || t.Kind() == reflect.Slice || t.Kind() == reflect.String):
		return false // as if the key were not written
	case isSection(t) && n.Kind == yaml.MappingNode:
		c.section(n, t, path)
		return true
	case (t == labelsType || t == weightsType) && n.Kind == yaml.MappingNode:
		c.labels(n, path)
		return true
	case t == tasksType && n.Kind == yaml.SequenceNode:
		c.tasks(n)
		return true
	case t == weightsType && fitsScalar(n, reflect.TypeFor[string]()):
		return true
	case t == filesType && fitsScalar(n, reflect.TypeFor[string]()):
		return true
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.String && n.Kind == yaml.SequenceNode:
		return c.texts(n, path, from)
	case fitsScalar(n, t):
		return true
	}
	c.add(from, ErrType, path, fmt.Sprintf("%s: expected %s, found %s", from.written(path), typeName(t), found(n)))
	return false
}

// labels checks a map of text to text; an empty value is one (it drops the row).
func (c *checker) labels(n *yaml.Node, path string) {
	c.entries(n, path, func(_, value *yaml.Node, at string, from origin) bool {
		if value.Kind != yaml.ScalarNode {
			c.add(from, ErrType, at, fmt.Sprintf("%s: expected text, found %s", at, found(value)))
			c.broken[path] = true // how many classes there are is not known
			return false
		}
		c.origins[at] = from
		return true
	})
}

// texts checks a list of scalars; each item remembers its line.
func (c *checker) texts(n *yaml.Node, path string, from origin) bool {
	fits := true
	for i, item := range n.Content {
		at, here := itemPath(path, i), from
		if from.layer == inFile {
			here.line = item.Line
		}
		c.origins[at] = here
		if item.Kind != yaml.ScalarNode || isNull(item) {
			c.add(here, ErrType, path, fmt.Sprintf("%s: expected text, found %s", at, found(item)))
			fits = false
		}
	}
	return fits
}

// tasks checks every task; messages name it by taskPath. One that is not a map is replaced
// by an empty one, so that the indices of the others stay.
func (c *checker) tasks(n *yaml.Node) {
	names := declaredNames(n)
	for i, task := range n.Content {
		path := taskPath(names, i)
		c.origins[path] = origin{line: task.Line}
		if task.Kind != yaml.MappingNode {
			c.add(origin{line: task.Line}, ErrType, path,
				fmt.Sprintf("%s: expected a mapping with a task's keys, found %s", path, found(task)))
			n.Content[i] = &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: task.Line}
			continue
		}
		c.section(task, taskType, path)
	}
}

// declaredNames are the names of a list of tasks; one without a name has an empty one.
func declaredNames(n *yaml.Node) []string {
	names := make([]string, len(n.Content))
	for i, task := range n.Content {
		if name := child(task, "name"); name != nil {
			names[i] = name.Value
		}
	}
	return names
}

// taskPath is tasks.NAME, or tasks[i] for a task without a usable name of its own.
func taskPath(names []string, i int) string {
	same := 0
	for _, name := range names {
		if name == names[i] {
			same++
		}
	}
	if same > 1 || !taskName.MatchString(names[i]) {
		return fmt.Sprintf("tasks[%d]", i)
	}
	return "tasks." + names[i]
}

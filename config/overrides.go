package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"ringmaster/shown"
)

// override is one value of the command line: KEY=VALUE.
type override struct {
	key, value string
	layer      layer
	as         string // the former name of the key, where it was given by that
}

// overrides lists --set in its order, then flags sorted by key.
func (c *checker) overrides(opts LoadOptions) []override {
	var list []override
	for _, s := range opts.Set {
		key, value, found := strings.Cut(s, "=")
		if !found || key == "" {
			c.add(origin{layer: inSet}, ErrValue, key, shown.Quote(s)+" is not of the form key=value, like train.lr=3e-5")
			continue
		}
		list = append(list, override{key: key, value: value, layer: inSet})
	}
	flags := make([]string, 0, len(opts.Flags))
	for key := range opts.Flags {
		flags = append(flags, key)
	}
	slices.Sort(flags)
	for _, key := range flags {
		list = append(list, override{key: key, value: opts.Flags[key], layer: inFlag})
	}
	c.renameOverrides(list)
	return list
}

// plain checks an override of a key outside tasks and returns its value.
func (c *checker) plain(o override) (any, bool) {
	from := origin{layer: o.layer, as: o.as}
	steps := strings.Split(o.key, ".")
	t := runType
	for i, step := range steps {
		path := strings.Join(steps[:i], ".")
		if !isSection(t) {
			c.add(from, ErrUnknownKey, o.key, fmt.Sprintf("unknown key %s: %s takes %s", o.key, path, typeName(t)))
			return nil, false
		}
		f, known := fieldOf(t, step)
		if !known {
			c.unknown(from, t, path, strings.Join(steps[i:], "."))
			return nil, false
		}
		t = f.typ
	}
	if !c.single(from, t, o.key) {
		return nil, false
	}
	node := parseValue(o.value, t)
	if !fitsScalar(node, t) {
		c.add(from, ErrType, o.key, fmt.Sprintf("%s: expected %s, found %s", from.written(o.key), typeName(t), found(node)))
		return nil, false
	}
	value, err := decodeScalar(node, t)
	if err != nil {
		c.add(from, ErrType, o.key, fmt.Sprintf("%s: %v", o.key, err))
		return nil, false
	}
	c.origins[o.key] = from
	return value, true
}

// single reports whether a key is a single value; an override of a section is a problem.
func (c *checker) single(from origin, t reflect.Type, key string) bool {
	if isSection(t) {
		f := fieldsOf(t)[0]
		c.add(from, ErrType, key, fmt.Sprintf("%s is a section: set one of its keys, like %s.%s", key, key, f.name))
	}
	return !isSection(t)
}

// inTask writes an override of a task's key into the tree, which is checked afterwards.
func (c *checker) inTask(root *yaml.Node, o override) {
	from := origin{layer: o.layer, as: o.as}
	steps := strings.Split(o.key, ".")
	if len(steps) < 3 {
		c.add(from, ErrUnknownKey, o.key, fmt.Sprintf("%s: set a task's keys one by one, like tasks.NAME.data.limit=500", o.key))
		return
	}
	at := c.findTask(root, from, steps[1])
	t, path := taskType, "tasks."+steps[1]
	for i := 2; at != nil; i++ {
		if t == labelsType || t == weightsType {
			c.setChild(from, at, strings.Join(steps[i:], "."), &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: o.value})
			return
		}
		if !isSection(t) {
			c.add(from, ErrUnknownKey, o.key, fmt.Sprintf("unknown key %s: %s takes %s", o.key, path, typeName(t)))
			return
		}
		f, known := fieldOf(t, steps[i])
		if !known {
			c.unknown(from, t, path, strings.Join(steps[i:], "."))
			return
		}
		t, path = f.typ, join(path, steps[i])
		if i == len(steps)-1 {
			if c.single(from, t, o.key) {
				c.setChild(from, at, steps[i], parseValue(o.value, t))
			}
			return
		}
		if !isSection(t) && t != labelsType && t != weightsType {
			continue // told at the next step
		}
		next := child(at, steps[i])
		if next == nil || isNull(next) {
			next = &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
			c.setChild(origin{layer: o.layer}, at, steps[i], next)
		}
		if next.Kind != yaml.MappingNode {
			return // told when the file is checked
		}
		at = next
	}
}

// findTask is the tree of the task of that name, or nil.
func (c *checker) findTask(root *yaml.Node, from origin, name string) *yaml.Node {
	var names []string
	if tasks := child(root, "tasks"); tasks != nil {
		for _, task := range tasks.Content {
			if n := child(task, "name"); n != nil && n.Value == name {
				return task
			} else if n != nil {
				names = append(names, n.Value)
			}
		}
	}
	key := "tasks." + name
	text := fmt.Sprintf("%s: no task is named %s", key, name)
	if meant := suggest(name, names); meant != "" {
		text += fmt.Sprintf(": did you mean %s?", meant)
	} else if len(names) > 0 {
		text += ": the file has " + strings.Join(names, ", ")
	}
	c.add(from, ErrUnknownKey, key, text)
	return nil
}

// setChild sets a key of a map, or replaces it.
func (c *checker) setChild(from origin, section *yaml.Node, name string, value *yaml.Node) {
	key := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: name}
	c.set[key], c.as[key] = from.layer, from.as
	for i := 0; i+1 < len(section.Content); i += 2 {
		if section.Content[i].Value == name {
			section.Content[i], section.Content[i+1] = key, value
			return
		}
	}
	section.Content = append(section.Content, key, value)
}

// parseValue parses a value given as a string. Text is taken literally, so that a
// delimiter | needs no YAML quoting; quoted text and other types are YAML.
func parseValue(text string, t reflect.Type) *yaml.Node {
	raw := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text}
	if t.Kind() == reflect.String && !strings.HasPrefix(text, `"`) && !strings.HasPrefix(text, `'`) {
		return raw
	}
	var document yaml.Node
	if err := yaml.Unmarshal([]byte(text), &document); err != nil || len(document.Content) != 1 {
		return raw
	}
	e := expander{open: map[*yaml.Node]bool{}}
	node, err := e.expand(document.Content[0])
	if err != nil {
		return raw
	}
	return node
}

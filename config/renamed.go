package config

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// renamed gives the present name of every key that an earlier version called otherwise. A
// key of a task is written as in Schema (tasks.NAME.…); both names are of one section. The
// old name is still read wherever a key may be given, with a notice.
var renamed = map[string]string{
	"cluster.wire": "cluster.gradient_dtype",
	"train.mix":    "train.sampling_exponent",
}

// CurrentKey is the present name of a key's path; a path that no version called otherwise
// is returned as it is.
func CurrentKey(key string) string {
	task := inTask.FindString(key)
	current := ""
	if task != "" {
		current = anyTask
	}
	rest := strings.TrimPrefix(strings.TrimPrefix(key, task), ".")
	if rest == "" {
		return key
	}
	for step := range strings.SplitSeq(rest, ".") {
		current = join(current, step)
		if now, old := renamed[current]; old {
			current = now
		}
	}
	if task != "" {
		return task + strings.TrimPrefix(current, anyTask)
	}
	return current
}

// formerNames are the names that earlier versions had for a key outside tasks, sorted.
func formerNames(key string) []string {
	var names []string
	for old, now := range renamed {
		if now == key {
			names = append(names, old)
		}
	}
	slices.Sort(names)
	return names
}

// renameKeys gives the keys of a tree their present names. Where a section has a key under
// both names, the present one stays; two different values are a problem.
func (c *checker) renameKeys(n *yaml.Node, path string) {
	switch {
	case n.Kind == yaml.SequenceNode && path == "tasks":
		names := declaredNames(n)
		for i, task := range n.Content {
			c.renameKeys(task, taskPath(names, i))
		}
	case n.Kind == yaml.MappingNode:
		var kept []*yaml.Node
		for i := 0; i+1 < len(n.Content); i += 2 {
			key, value := n.Content[i], n.Content[i+1]
			old := join(path, key.Value)
			at := CurrentKey(old)
			if at == old || c.renameKey(n, key, value, old, at) {
				kept = append(kept, key, value)
			}
			c.renameKeys(value, at)
		}
		n.Content = kept
	}
}

// renameKey gives one key of a section its present name, and says whether it is to be kept.
func (c *checker) renameKey(section, key, value *yaml.Node, old, now string) bool {
	from := origin{line: key.Line, as: old}
	c.noticeRenamed(from, old, now)
	name := strings.TrimPrefix(now[len(parentOf(now)):], ".")
	for i := 0; i+1 < len(section.Content); i += 2 {
		other := section.Content[i]
		if other.Value != name || c.as[other] != "" { // one written by a former name is a duplicate, told later
			continue
		}
		if !sameValue(value, section.Content[i+1]) {
			c.bothNames(from, old, now)
		}
		return false
	}
	key.Value = name
	c.as[key] = old
	return true
}

// renameOverrides gives --set and flags their present names. Under one name the last of
// several wins; two names with different values are a problem.
func (c *checker) renameOverrides(list []override) {
	for i := range list {
		o := &list[i]
		if now := CurrentKey(o.key); now != o.key {
			o.as, o.key = o.key, now
			c.noticeRenamed(origin{layer: o.layer, as: o.as}, o.as, now)
		}
	}
	for i, o := range list {
		for _, other := range list[i+1:] {
			if o.layer == other.layer && o.key == other.key && o.as != other.as && !sameText(o.value, other.value) {
				old := cmp.Or(o.as, other.as)
				c.bothNames(origin{layer: o.layer, as: old}, old, o.key)
			}
		}
	}
}

// variable finds the environment variable that sets a key: its text is empty where none
// does. as is the former name of the key, where that is the variable's.
func (c *checker) variable(key string) (text, as string) {
	text = os.Getenv(EnvName(key))
	for _, old := range formerNames(key) {
		given := os.Getenv(EnvName(old))
		if given == "" {
			continue
		}
		c.noticeRenamed(origin{layer: inEnvironment, as: old}, old, key)
		switch {
		case text == "":
			text, as = given, old
		case !sameText(text, given):
			c.bothNames(origin{layer: inEnvironment, as: old}, old, key)
		}
	}
	return text, as
}

func (c *checker) bothNames(from origin, old, now string) {
	keep := now
	if from.layer == inEnvironment {
		keep = EnvName(now)
	}
	c.add(from, ErrDuplicateKey, now, fmt.Sprintf("%s and %s are two names of one key and have different values: keep only %s", old, now, keep))
}

// noticeRenamed notes, once for each place, that a key was given by its former name.
func (c *checker) noticeRenamed(from origin, old, now string) {
	where := c.where(from, now)
	if from.layer == inEnvironment {
		old, now = EnvName(old), EnvName(now)
		where = "environment"
	}
	text := fmt.Sprintf("%s: %s is now called %s; the old name still works", where, old, now)
	if !slices.Contains(c.notices, text) {
		c.notices = append(c.notices, text)
	}
}

// written names a key in a message, and how it was written where that is a former name.
func (from origin) written(key string) string {
	if from.as == "" || from.layer == inEnvironment { // the place names the variable
		return key
	}
	return fmt.Sprintf("%s (written as %s)", key, from.as)
}

func sameValue(a, b *yaml.Node) bool {
	if a.Kind == yaml.ScalarNode && b.Kind == yaml.ScalarNode {
		return sameText(a.Value, b.Value)
	}
	if a.Kind != b.Kind || len(a.Content) != len(b.Content) {
		return false
	}
	for i := range a.Content {
		if !sameValue(a.Content[i], b.Content[i]) {
			return false
		}
	}
	return true
}

// sameText says whether two values are the same text or the same number.
func sameText(a, b string) bool {
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	return a == b || errX == nil && errY == nil && x == y
}

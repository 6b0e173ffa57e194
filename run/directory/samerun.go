package directory

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"ringmaster/config"
)

// mayChange are the keys of a run file, with all below them, that may be others when a run
// is resumed: they say where and how it runs, not what comes of it; or how long its last
// training is, which may become another on the way (Plan.Before).
var mayChange = []string{"cluster", "checkpoint", "storage", "device", "train.epochs", "train.steps", "pretrain.epochs", "pretrain.steps"}

// mostNamed is how many keys an error names.
const mostNamed = 5

// CheckSameRun holds a resolved configuration, as (*config.Run).Write writes it, against
// the run's own. ErrOtherRun, which names the keys that differ, means that the two would
// not make the same run: other data, other steps, another model.
func (l Layout) CheckSameRun(resolved []byte) error {
	raw, err := os.ReadFile(l.Config())
	if err != nil {
		return fmt.Errorf("run directory: %w", err)
	}
	was, err := flatten(raw)
	if err != nil {
		return fmt.Errorf("%s: %w: %w", l.Config(), ErrDamaged, err)
	}
	is, err := flatten(resolved)
	if err != nil {
		return fmt.Errorf("the configuration to resume with: %w", err)
	}
	differ := differences(was, is)
	if len(differ) == 0 {
		return nil
	}
	named := differ[:min(mostNamed, len(differ))]
	text := strings.Join(named, "; ")
	if more := len(differ) - len(named); more > 0 {
		text += fmt.Sprintf("; and %d more", more)
	}
	return fmt.Errorf("%s: %w: %s: resume with the original settings, or start a new run", l, ErrOtherRun, text)
}

// setting is a key of a run file, and what it is set to.
type setting struct{ key, value string }

// flatten lists a run file's settings in their order, under the keys' present names.
func flatten(text []byte) ([]setting, error) {
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		return nil, err
	}
	if len(document.Content) != 1 || document.Content[0].Kind != yaml.MappingNode {
		return nil, fmt.Errorf("it is not a run file")
	}
	return flattened(nil, "", document.Content[0]), nil
}

func flattened(all []setting, key string, n *yaml.Node) []setting {
	below := func(name string) string { return strings.TrimPrefix(key+"."+name, ".") }
	switch {
	case n.Kind == yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			all = flattened(all, below(n.Content[i].Value), n.Content[i+1])
		}
	case n.Kind == yaml.SequenceNode:
		for i, item := range n.Content {
			all = flattened(all, below(nameOf(item, i)), item)
		}
	default:
		all = append(all, setting{config.CurrentKey(key), n.Value})
	}
	return all
}

// nameOf is what a list's item is called in keys: a task by its name.
func nameOf(item *yaml.Node, index int) string {
	if item.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(item.Content); i += 2 {
			if item.Content[i].Value == "name" {
				return item.Content[i+1].Value
			}
		}
	}
	return fmt.Sprint(index)
}

// differences tells of every setting that is not the same in both. Where all are, their
// order may differ still: that of tasks and labels counts, since it numbers them.
func differences(was, is []setting) []string {
	counts := func(s setting) bool {
		return !slices.ContainsFunc(mayChange, func(key string) bool { return s.key == key || strings.HasPrefix(s.key, key+".") })
	}
	was, is = slices.DeleteFunc(slices.Clone(was), not(counts)), slices.DeleteFunc(slices.Clone(is), not(counts))
	before, now := valuesOf(was), valuesOf(is)
	var differ []string
	for _, s := range is {
		old, known := before[s.key]
		switch {
		case !known:
			differ = append(differ, fmt.Sprintf("%s is %s, but was not set", s.key, shown(s.value)))
		case old != s.value:
			differ = append(differ, fmt.Sprintf("%s is %s, but was %s", s.key, shown(s.value), shown(old)))
		}
	}
	for _, s := range was {
		if _, known := now[s.key]; !known {
			differ = append(differ, fmt.Sprintf("%s is not set, but was %s", s.key, shown(s.value)))
		}
	}
	if len(differ) == 0 {
		for i := range was {
			if was[i] != is[i] {
				return []string{fmt.Sprintf("the order has changed: %s is in the place of %s", is[i].key, was[i].key)}
			}
		}
	}
	return differ
}

func not(f func(setting) bool) func(setting) bool {
	return func(s setting) bool { return !f(s) }
}

func valuesOf(list []setting) map[string]string {
	values := map[string]string{}
	for _, s := range list {
		values[s.key] = s.value
	}
	return values
}

// longestShown is how much of a value an error shows.
const longestShown = 60

func shown(value string) string {
	if runes := []rune(value); len(runes) > longestShown {
		value = string(runes[:longestShown]) + "…"
	}
	if value == "" || strings.ContainsAny(value, " \n\t;") {
		return fmt.Sprintf("%q", value)
	}
	return value
}

package config

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"
)

// ClassWeights are the losses' weights by class or label: a map with a positive number for each, 1 for those that it leaves
// out, or balanced. Empty weighs all alike.
type ClassWeights []Pair

// Balanced in place of a map weighs each class by the inverse of its number of training rows.
const Balanced = "balanced"

// balancedWeights stands for the word.
var balancedWeights = ClassWeights{{To: Balanced}}

// Balanced says whether the weights follow from the training rows.
func (w ClassWeights) Balanced() bool { return slices.Equal(w, balancedWeights) }

// Of are the weights of classes in their order; of ones that are balanced nothing is known here.
func (w ClassWeights) Of(classes []string) []float64 {
	weights := make([]float64, len(classes))
	for i, class := range classes {
		weights[i] = 1
		for _, p := range w {
			if number, is := LabelNumber(p.To); is && p.From == class {
				weights[i] = number
			}
		}
	}
	return weights
}

// UnmarshalYAML accepts a word or a map.
func (w *ClassWeights) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*w = ClassWeights{{To: n.Value}}
		if isNull(n) {
			*w = nil
		}
		return nil
	}
	return (*Labels)(w).UnmarshalYAML(n)
}

// MarshalYAML writes what UnmarshalYAML reads.
func (w ClassWeights) MarshalYAML() (any, error) { return w.node(), nil }

func (w ClassWeights) node() *yaml.Node {
	if len(w) == 1 && w[0].From == "" {
		return textNode(w[0].To)
	}
	return Labels(w).node()
}

func (t Task) validateWeights(report reporter, path string) {
	w, classes := t.ClassWeights, t.Outputs()
	switch {
	case len(w) == 0 || w.Balanced():
		report.bad(len(w) > 0 && t.Kind.Is(KindValue), path, "a task of kind value has no classes to weigh: remove this key")
		return
	case t.Kind.Is(KindValue):
		report.bad(true, path, "a task of kind value has no classes to weigh: remove this key")
		return
	case len(w) == 1 && w[0].From == "":
		report.bad(true, path, "%s", oneOf(w[0].To, Balanced)+", or a map from a class to its weight")
		return
	}
	for _, p := range w {
		at := path + "." + p.From
		if len(classes) > 0 && !slices.Contains(classes, p.From) {
			text := fmt.Sprintf("the task has no class %s", p.From)
			if meant := suggest(p.From, classes); meant != "" {
				text += fmt.Sprintf(": did you mean %s?", meant)
			}
			report(ErrValue, at, text)
		}
		number, is := LabelNumber(p.To)
		report.bad(!is || number <= 0 || number > maxWeight, at, "%s is not a weight: write a number above 0, at most %d", p.To, maxWeight)
	}
}

// maxWeight bounds a weight; larger ones are mistakes.
const maxWeight = 1_000_000

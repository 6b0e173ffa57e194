package config

import "cmp"

// Kind is what a task asks of a text.
type Kind string

// The kinds.
const (
	// KindClasses: exactly one of several classes.
	KindClasses Kind = "classes"
	// KindLabels: any number of several labels, none too.
	KindLabels Kind = "labels"
	// KindValue: a real number.
	KindValue Kind = "value"
	// KindOrdered: exactly one of several classes that have an order, as levels have.
	KindOrdered Kind = "ordered"
)

// Kinds are all kinds.
func Kinds() []Kind { return []Kind{KindClasses, KindLabels, KindValue, KindOrdered} }

// Is compares kinds; an empty one is KindClasses.
func (k Kind) Is(other Kind) bool { return cmp.Or(k, KindClasses) == cmp.Or(other, KindClasses) }

// OneClass says whether a text has exactly one of the task's classes.
func (k Kind) OneClass() bool { return k.Is(KindClasses) || k.Is(KindOrdered) }

// Outputs names the numbers that the task's head gives for a text: its classes or labels in their
// order, or, of a value, the column that it stands in.
func (t Task) Outputs() []string { return t.Data.Outputs(t.Kind) }

// Loss is the loss of a task of kind value.
type Loss string

// The losses.
const (
	// LossMSE: the squared error; also the empty value.
	LossMSE Loss = "mse"
	// LossBetaNLL: a likelihood whose head gives a variance too (kinds.BetaNLL).
	LossBetaNLL Loss = "beta-nll"
)

// HeadOutputs are Outputs, and under LossBetaNLL the logarithm of the value's variance besides.
func (t Task) HeadOutputs() []string {
	outputs := t.Outputs()
	if t.Kind.Is(KindValue) && t.Loss == LossBetaNLL && len(outputs) == 1 {
		return []string{outputs[0], outputs[0] + " log variance"}
	}
	return outputs
}

func (t Task) validateLoss(report reporter, path string) {
	switch {
	case t.Loss == "":
	case t.Loss != LossMSE && t.Loss != LossBetaNLL:
		report.bad(true, path, "%s", oneOf(string(t.Loss), string(LossMSE), string(LossBetaNLL)))
	case !t.Kind.Is(KindValue):
		report.bad(true, path, "only a task of kind value has a choice of losses, and this one is of kind %s: remove this key", cmp.Or(t.Kind, KindClasses))
	}
}

// Outputs are those of a task of a kind.
func (d *Data) Outputs(kind Kind) []string {
	switch {
	case kind.Is(KindValue) && d.Label == "":
		return nil
	case kind.Is(KindValue):
		return []string{d.Label}
	case kind.Is(KindLabels) && len(d.Labels) == 0:
		return d.LabelColumns
	}
	return d.Labels.Classes()
}

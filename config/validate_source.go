package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// validateSource checks the task that the student is trained on in place of the target. Under
// MaskedLM it is not used, and the same file may have one for a later run.
func (r *Run) validateSource(report reporter) {
	if r.Source == "" || r.Method == MaskedLM {
		return
	}
	at := slices.IndexFunc(r.Tasks, func(t Task) bool { return t.Name == r.Source })
	if at < 0 {
		report(ErrValue, "source", r.noTask(r.Source))
		return
	}
	source := r.Tasks[at]
	report.bad(r.Method != Single, "source", "a source needs method single: remove source, or set method to single")
	report.bad(source.Target, "source", "%s is the target itself: name another task, or remove source", r.Source)
	report.bad(source.Pretrain, "source", "%s is a pretraining corpus (pretrain: true), which students are not trained on", r.Source)
	target, ok := r.Target()
	if !ok || source.Target || source.Pretrain {
		return
	}
	report.bad(!source.Kind.Is(target.Kind), "source", "%s is of kind %s, the target %s of kind %s: source and target need the same kind",
		source.Name, cmp.Or(source.Kind, KindClasses), target.Name, cmp.Or(target.Kind, KindClasses))
	if !source.Kind.Is(target.Kind) || target.Kind.Is(KindValue) { // of a value one output, whatever the columns are called
		return
	}
	from, to, are := source.Outputs(), target.Outputs(), "classes"
	if target.Kind.Is(KindLabels) {
		are = "labels"
	}
	report.bad(len(from) > 0 && len(to) > 0 && !slices.Equal(from, to), "source",
		"%s has the %s %s, the target %s has %s: source and target need the same %s in the same order",
		source.Name, are, strings.Join(from, ", "), target.Name, strings.Join(to, ", "), are)
}

// noTask is the message for an unknown task, with the task that was probably meant.
func (r *Run) noTask(name string) string {
	var all []string
	for _, t := range r.Tasks {
		all = append(all, t.Name)
	}
	text := fmt.Sprintf("no task is named %s", name)
	if meant := suggest(name, all); meant != "" {
		return text + fmt.Sprintf(": did you mean %s?", meant)
	}
	return text + ": the file has " + strings.Join(all, ", ")
}

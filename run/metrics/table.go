package metrics

import (
	"fmt"

	"ringmaster/screen"
)

var columns = []string{"task", "part", "precision", "recall", "F1", "accuracy", "majority", "support", "rows"}

// Table renders a line a task and part, in percent, in at most width columns. What the
// numbers speak of does not fit beside them: Legend says it.
func Table(r Report, width int) string {
	t := screen.Table{Header: columns, Texts: []int{0, 1}, Keys: 2}
	for _, task := range r {
		for _, part := range task.Parts() {
			t.Rows = append(t.Rows, part.cells(task.Task))
		}
	}
	return t.Render(width)
}

// Legend says of each task what its precision, recall and F1 speak of, a line each; below it
// stands what a person has to know to read its scores right.
func Legend(r Report) (lines []string) {
	for _, task := range r {
		parts := task.Parts()
		if len(parts) == 0 {
			continue
		}
		s := parts[len(parts)-1].Scores
		line := fmt.Sprintf("%s: precision, recall and F1 of %s", task.Task, s.Of())
		if s.Averaging == Macro {
			line = fmt.Sprintf("%s: precision, recall and F1: %s", task.Task, s.Of())
		}
		if s.PositiveBecause != "" {
			line += " (" + s.PositiveBecause + ")"
		}
		lines = append(lines, line)
		if warning := s.UntaughtWarning(); warning != "" {
			lines = append(lines, fmt.Sprintf("warning: %s: %s", task.Task, warning))
		}
		for _, part := range parts {
			if warning := part.Scores.Warning(part.Name); warning != "" {
				lines = append(lines, fmt.Sprintf("warning: %s, %s: %s", task.Task, part.Name, warning))
			}
		}
	}
	return lines
}

// Part is a task's scores on one part of its corpus.
type Part struct {
	Name   string
	Scores *Scores
}

// Parts are those that were scored.
func (t TaskScores) Parts() []Part {
	var out []Part
	if t.Valid != nil {
		out = append(out, Part{"valid", t.Valid})
	}
	if t.Test != nil {
		out = append(out, Part{"test", t.Test})
	}
	return out
}

func (p Part) cells(task string) []string {
	s := p.Scores
	return []string{
		task, p.Name, percent(s.Precision), percent(s.Recall), percent(s.F1), percent(s.Accuracy),
		percent(s.Majority), fmt.Sprint(s.Support), fmt.Sprint(s.Rows),
	}
}

func percent(x float64) string { return fmt.Sprintf("%.1f", 100*x) }

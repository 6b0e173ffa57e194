package metrics

import (
	"fmt"
	"slices"
	"strings"

	"ringmaster/screen"
)

var columns = []string{"task", "part", "precision", "recall", "F1", "accuracy", "majority", "support", "rows"}

// Table renders a line a task and part, in percent, in at most width columns; tasks that ask for a
// value have a table of their own below. What the
// numbers speak of does not fit beside them: Legend says it.
func Table(r Report, width int) string {
	classes := screen.Table{Header: columns, Texts: []int{0, 1}, Keys: 2}
	values := screen.Table{Header: valueColumns, Texts: []int{0, 1}, Keys: 2}
	more := moreColumns(r)
	for _, c := range more {
		classes.Header = append(slices.Clone(classes.Header), c.name)
	}
	for _, task := range r {
		for _, part := range task.Parts() {
			if part.Scores.Value != nil {
				values.Rows = append(values.Rows, part.valueCells(task.Task))
				continue
			}
			cells := part.cells(task.Task)
			for _, c := range more {
				cells = append(cells, c.cell(part.Scores))
			}
			classes.Rows = append(classes.Rows, cells)
		}
	}
	var texts []string
	for _, t := range []screen.Table{classes, values} {
		if len(t.Rows) > 0 {
			texts = append(texts, t.Render(width))
		}
	}
	return strings.Join(texts, "\n\n")
}

// column is one that only some kinds of task have a number in.
type column struct {
	name   string
	number func(*Scores) *float64
	format func(float64) string
}

func (c column) cell(s *Scores) string {
	if x := c.number(s); x != nil {
		return c.format(*x)
	}
	return ""
}

// moreColumns are those that some part has a number in.
func moreColumns(r Report) (more []column) {
	for _, c := range []column{
		{"macro F1", func(s *Scores) *float64 { return s.MacroF1 }, percent},
		{"kappa", func(s *Scores) *float64 { return s.Kappa }, func(x float64) string { return fmt.Sprintf("%.3f", x) }},
	} {
		if slices.ContainsFunc(r, func(t TaskScores) bool {
			return slices.ContainsFunc(t.Parts(), func(p Part) bool { return c.number(p.Scores) != nil })
		}) {
			more = append(more, c)
		}
	}
	return more
}

var valueColumns = []string{"task", "part", "Pearson's r", "Spearman's ρ", "RMSE", "MAE", "std of gold", "rows"}

func (p Part) valueCells(task string) []string {
	v := p.Scores.Value
	return []string{
		task, p.Name, fmt.Sprintf("%.3f", v.Pearson), fmt.Sprintf("%.3f", v.Spearman),
		fmt.Sprintf("%.4g", v.RMSE), fmt.Sprintf("%.4g", v.MAE), fmt.Sprintf("%.4g", v.Deviation), fmt.Sprint(p.Scores.Rows),
	}
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
		switch {
		case s.Value != nil:
			line = fmt.Sprintf("%s: correlations and errors of the predicted %s", task.Task, s.Of())
		case s.Averaging == Micro:
			line = fmt.Sprintf("%s: precision, recall and F1: %s; accuracy: texts whose labels are all right", task.Task, s.Of())
		case s.Averaging == Macro:
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

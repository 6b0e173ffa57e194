package metrics

import (
	"fmt"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// Style is how a table is drawn.
type Style int

// The styles.
const (
	Terminal Style = iota
	Markdown
)

// Table renders a report: one row per task and part, percentages with one decimal.
// It ends without a newline.
func Table(r Report, style Style) string {
	w := table.NewWriter()
	w.AppendHeader(table.Row{"task", "part", "precision", "recall", "F1", "accuracy", "majority", "support", "rows", "of"})
	for _, t := range r {
		for _, part := range t.parts() {
			s := part.scores
			w.AppendRow(table.Row{
				t.Task, part.name, percent(s.Precision), percent(s.Recall), percent(s.F1), percent(s.Accuracy),
				percent(s.Majority), s.Support, s.Rows, s.of(),
			})
		}
	}
	right := []table.ColumnConfig{}
	for column := 3; column <= 9; column++ {
		right = append(right, table.ColumnConfig{Number: column, Align: text.AlignRight, AlignHeader: text.AlignRight})
	}
	w.SetColumnConfigs(right)
	if style == Markdown {
		return w.RenderMarkdown()
	}
	w.SetStyle(plain())
	return w.Render()
}

// plain is columns apart and a rule under the header: reads well in any terminal
// and in a log file.
func plain() table.Style {
	s := table.StyleLight
	s.Options = table.OptionsNoBordersAndSeparators
	s.Options.SeparateHeader = true
	s.Format.Header = text.FormatDefault
	return s
}

type part struct {
	name   string
	scores *Scores
}

// parts are the scored ones.
func (t TaskScores) parts() []part {
	var out []part
	if t.Valid != nil {
		out = append(out, part{"valid", t.Valid})
	}
	if t.Test != nil {
		out = append(out, part{"test", t.Test})
	}
	return out
}

// of says what precision, recall and F1 speak of.
func (s *Scores) of() string {
	if s.Averaging == PositiveClass {
		return fmt.Sprintf("class %q", s.Positive)
	}
	return fmt.Sprintf("macro over %d", len(s.Classes))
}

func percent(x float64) string { return fmt.Sprintf("%.1f", 100*x) }

package report

import (
	"fmt"

	"ringmaster/reproduce"
	"ringmaster/run/metrics"
)

var classColumns = []string{"class", "precision", "recall", "F1", "rows", "predicted"}

// classesSection has each class's own scores, of the test rows, or of the validation rows where
// there are none.
func classesSection(report metrics.Report) Section {
	s := Section{Title: "Scores by class", Intro: "In percent. Rows: number of gold rows of the class. A quotient of 0/0 counts as 0."}
	for _, task := range report {
		for _, part := range task.Parts() {
			if len(part.Scores.PerClass) == 0 { // a value
				continue
			}
			s.Tables = append(s.Tables, classTable(task.Task+", "+part.Name, part.Scores))
		}
	}
	return s
}

// classTable is a table of classes; the first column's title says of what.
func classTable(of string, scores *metrics.Scores) Table {
	t := Table{Header: append([]string{of + ": class"}, classColumns[1:]...)}
	for _, c := range scores.PerClass {
		t.Rows = append(t.Rows, []string{
			c.Class, percent(c.Precision), percent(c.Recall), percent(c.F1), fmt.Sprint(c.Support), fmt.Sprint(c.Predicted),
		})
	}
	return t
}

// systemClasses are each system's scores by class, over the test rows of all seeds together.
func systemClasses(result *reproduce.Result) (Section, error) {
	s := Section{Title: "Scores by class", Intro: "In percent, on the target's test rows, all seeds together. A quotient of 0/0 counts as 0."}
	for _, row := range result.Rows {
		if len(row.Confusion) == 0 {
			continue
		}
		c, err := metrics.FromCounts(row.Classes, row.Confusion)
		if err != nil {
			return s, err
		}
		scores := c.Scores()
		s.Tables = append(s.Tables, classTable(row.Title, &scores))
	}
	return s, nil
}

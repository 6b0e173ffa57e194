package report

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"ringmaster/config"
	"ringmaster/reproduce"
	"ringmaster/reproduce/experiments"
	"ringmaster/run/directory"
)

// ofExperiment is the page of an experiment.
func ofExperiment(ctx context.Context, dir string) (*Page, error) {
	result, err := reproduce.Read(dir)
	if err != nil {
		return nil, err
	}
	p := &Page{
		Title: result.Heading(), Reproduces: result.Paper != "",
		Subtitle: fmt.Sprintf("%s; %d of %d runs done in %s; run file %s",
			result.About, result.Finished, result.Cells, time.Duration(result.Seconds*float64(time.Second)).Round(time.Second), result.Record.File),
	}
	if result.Finished == 0 {
		p.warn("No run is finished yet.")
		return p, nil
	}
	if err := p.describe(result); err != nil {
		return nil, err
	}
	p.Sections = append(p.Sections, tableSection(result))
	if len(result.Pretrainings) > 0 {
		p.Sections = append(p.Sections, pretrainingsSection(result))
	}
	p.Sections = append(p.Sections, comparisonsSection(result))
	p.addSystems(result)
	classes, err := systemClasses(result)
	if err != nil {
		return nil, err
	}
	if len(classes.Tables) > 0 {
		p.Sections = append(p.Sections, classes)
	}
	if err := p.addFirstSettings(result); err != nil {
		return nil, err
	}
	return p, p.addBest(ctx, result)
}

// describe says what was run, or what differs from the paper, of the richest row and of a baseline.
func (p *Page) describe(result *reproduce.Result) error {
	var richest *config.Run
	var of directory.Layout
	for _, row := range result.Rows {
		if len(row.Directories) == 0 {
			continue
		}
		l := directory.Layout(row.Directories[0])
		run, err := config.LoadResolved(l.Config())
		if err != nil {
			return err
		}
		if row.Family == experiments.Baseline {
			for _, said := range []string{p.vectors(run.Model), "Training of the baselines: " + numbers(run) + " (the first seed's)."} {
				if !slices.Contains(p.Differences, said) {
					p.Differences = append(p.Differences, said)
				}
			}
			continue
		}
		if richest == nil || len(run.StudentTasks()) > len(richest.StudentTasks()) {
			richest, of = run, l
		}
	}
	if richest != nil {
		if err := beforePretraining(result, richest); err != nil {
			return err
		}
		p.Differences = append(p.differences(of, richest), p.Differences...)
		p.Differences = append(p.Differences, "Training: "+numbers(richest)+" (the first seed's; teachers keep their seed).")
	}
	if err := p.describePretrainings(result); err != nil {
		return err
	}
	for _, s := range result.Record.Skipped {
		p.Differences = append(p.Differences, fmt.Sprintf("Row %s is left out: %s.", s.Row, s.Why))
	}
	if said := result.PublishedSource(); said != "" {
		p.Differences = append(p.Differences, said)
	}
	return nil
}

func tableSection(result *reproduce.Result) Section {
	s := Section{
		Title: "Results", Intro: fmt.Sprintf(result.Measure.Name()+result.Measure.In()+", on the target's test rows; means over seeds. The interval is a two-level bootstrap "+
			"over seeds and test rows. If several hyperparameter values were tried, the best was chosen on validation rows, never on test rows. %d seeds are requested.", len(result.Record.Seeds)),
	}
	m, details := result.Measure, result.Details()
	t := Table{Header: []string{"system", "seeds", m.Name(), "±", "95% interval"}}
	for _, d := range details {
		t.Header = append(t.Header, strings.ReplaceAll(d.Header, "\n", " "))
	}
	published := result.PublishedSource() != ""
	if published {
		t.Header = append(t.Header, "paper's F1")
	}
	var estimates []estimate
	for _, row := range result.Rows {
		cells := []string{row.TitleWithChoice(), fmt.Sprint(row.Seeds)}
		interval := "–"
		if row.Interval != nil {
			interval = m.Shown(&row.Interval.Low) + " – " + m.Shown(&row.Interval.High)
			e := estimate{name: row.Title, low: m.Scale() * row.Interval.Low, mid: m.Scale() * *row.Score, high: m.Scale() * row.Interval.High}
			for _, score := range row.BySeed {
				e.dots = append(e.dots, m.Scale()*score)
			}
			if row.Published != nil {
				mark := 100 * *row.Published
				e.mark = &mark
			}
			estimates = append(estimates, e)
		}
		cells = append(cells, m.Shown(row.Score), m.Shown(row.Deviation), interval)
		for _, d := range details {
			cells = append(cells, d.Cell(row))
		}
		if published {
			cells = append(cells, publishedCell(row))
		}
		t.Rows = append(t.Rows, cells)
	}
	s.Tables = []Table{t}
	chart := forest(m.Name()+" by system, with 95% intervals; small dots: single seeds", m.Name(), false, estimates)
	chart.Numbers = Table{} // the table has them
	s.Charts = []Chart{chart}
	return s
}

// publishedCell is the paper's F1 of a row, with precision and recall where it has them.
func publishedCell(row reproduce.RowResult) string {
	if row.PublishedPrecision == nil {
		return orDash(row.Published)
	}
	return fmt.Sprintf("%s (P %s, R %s)", percent(*row.Published), percent(*row.PublishedPrecision), percent(*row.PublishedRecall))
}

func comparisonsSection(result *reproduce.Result) Section {
	m := result.Measure
	s := Section{Title: result.Question, Intro: "Each row compared with its reference row, paired by seed and test row; differences in " + points(m) + "."}
	if len(result.Comparisons) == 0 {
		s.Outro = "No pair of rows to compare is finished yet."
		return s
	}
	t := Table{Header: []string{"system", "against", "seeds", "difference", "95% interval", "p", "p, Holm", "p, these models"}}
	var estimates []estimate
	for _, c := range result.Comparisons {
		t.Rows = append(t.Rows, append([]string{c.Row, c.Against}, inText(c.Cells(m))...))
		estimates = append(estimates, estimate{
			name: c.Row + " − " + c.Against, low: m.Scale() * c.Interval.Low, mid: m.Scale() * c.Difference, high: m.Scale() * c.Interval.High,
		})
	}
	chart := forest("Difference in "+m.Name()+", with 95% intervals", points(m), true, estimates)
	chart.Numbers = Table{}
	s.Tables, s.Charts, s.Outro = []Table{t}, []Chart{chart}, result.ComparisonsCaption()
	return s
}

// inText are a table's cells as text.
func inText(cells []any) []string {
	texts := make([]string, len(cells))
	for i, c := range cells {
		texts[i] = fmt.Sprint(c)
	}
	return texts
}

// points is the unit of differences.
func points(m reproduce.Measure) string {
	if m.Scale() == 1 {
		return m.Name()
	}
	return "points of " + m.Name()
}

func orDash(share *float64) string {
	if share == nil {
		return "–"
	}
	return percent(*share)
}

// addSystems adds each system's curves, of its first seed, and its confusion matrix.
func (p *Page) addSystems(result *reproduce.Result) {
	curves := Section{Title: "Curves", Intro: "Mean loss per step, in nats, by task: the student of each system, first seed."}
	matrices := Section{Title: "Confusion matrices", Intro: "On the target's test rows, all seeds together. Rows are the gold classes, columns the predicted ones. Colour: share of the row."}
	annealed := false
	for _, row := range result.Rows {
		if len(row.Directories) == 0 {
			continue
		}
		if row.Confusion != nil {
			matrices.Confusions = append(matrices.Confusions, Confusion{Title: row.Title, Classes: row.Classes, Counts: row.Confusion})
		}
		stages, err := readCurves(directory.Layout(row.Directories[0]), result.Target)
		if err != nil {
			p.warn("The log of steps of %s could not be read to its end: %v", row.Name, err)
		}
		if len(stages) == 0 {
			continue
		}
		student := stages[len(stages)-1]
		curves.Charts = append(curves.Charts, student.chart(row.Title))
		if len(student.valid.Points) > 0 {
			curves.Charts = append(curves.Charts, student.validChart(row.Title+": "+result.Measure.Name()+" on validation rows"+result.Measure.In()))
		}
		if student.annealed && !annealed {
			annealed = true
			curves.Charts = append(curves.Charts, student.lambdaChart("λ, the weight of the gold labels, in annealed KD"))
		}
	}
	p.Sections = append(p.Sections, curves)
	if len(matrices.Confusions) > 0 {
		p.Sections = append(p.Sections, matrices)
	}
}

// addBest adds the worst mistakes of the row with the best score on validation rows, of those
// that are chosen by the same rows as the first: a score on others is no rival. Of texts without a class it adds none.
func (p *Page) addBest(ctx context.Context, result *reproduce.Result) error {
	best := -1
	for i, row := range result.Rows {
		if row.Valid != nil && (best < 0 || row.ChosenBy == result.Rows[best].ChosenBy && *row.Valid > *result.Rows[best].Valid) {
			best = i
		}
	}
	row := result.Rows[best]
	if row.Confusion == nil {
		return nil
	}
	var runs []directory.Layout
	for _, dir := range row.Directories {
		runs = append(runs, directory.Layout(dir))
	}
	run, err := config.LoadResolved(runs[0].Config())
	if err != nil {
		return err
	}
	scores, err := runs[0].ReadMetrics()
	if err != nil {
		return err
	}
	if result.Record.Resplit || result.Record.Folds > 0 {
		runs = runs[:1] // other seeds have other test rows
	}
	p.addMistakes(ctx, run, scores, runs, fmt.Sprintf("Of %s, the system with the best %s on validation rows: test rows that most of its seeds "+
		"misclassify, the most confident first. Probabilities are means over seeds.", row.Title, result.Measure.Name()))
	return nil
}

// Files are where a directory's report lies.
func Files(dir string) (html, markdown string) {
	return filepath.Join(dir, "report.html"), filepath.Join(dir, "report.md")
}

package report

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"ringmaster/config"
	"ringmaster/reproduce"
	"ringmaster/run/directory"
	"ringmaster/run/metrics"
)

// Of is the page of a directory: a run's, or an experiment's.
func Of(ctx context.Context, dir string) (*Page, error) {
	if reproduce.IsCurve(dir) {
		return ofCurve(dir)
	}
	if reproduce.IsExperiment(dir) {
		return ofExperiment(ctx, dir)
	}
	l := directory.Layout(dir)
	holds, err := l.HoldsRun()
	if err != nil {
		return nil, err
	}
	if !holds {
		return nil, fmt.Errorf("%w: %s", ErrNothingThere, dir)
	}
	return ofRun(ctx, l)
}

// ofRun is the page of one run.
func ofRun(ctx context.Context, l directory.Layout) (*Page, error) {
	run, err := config.LoadResolved(l.Config())
	if err != nil {
		return nil, err
	}
	if run.Method == config.MaskedLM {
		return ofPretraining(l, run)
	}
	p := &Page{
		Title:    filepath.Base(string(l)),
		Subtitle: fmt.Sprintf("method %s; %s", run.Method, numbers(run)),
	}
	p.Differences = p.differences(l, run)
	scores, err := l.ReadMetrics()
	if err != nil {
		p.warn("The run has no scores: %v", err)
	} else {
		p.Sections = append(p.Sections, scoresSection(scores), classesSection(scores))
	}
	stages, err := readCurves(l, targetOf(run))
	if err != nil {
		p.warn("The log of steps could not be read to its end: %v", err)
	}
	p.Sections = append(p.Sections, curvesSection(stages))
	p.addCorpora(l)
	if err := p.addSettings(run); err != nil {
		return nil, err
	}
	if scores != nil {
		if s := confusionsOf(scores); len(s.Confusions) > 0 {
			p.Sections = append(p.Sections, s)
		}
		p.addMistakes(ctx, run, scores, []directory.Layout{l}, "The test rows that were misclassified with the highest confidence.")
	}
	return p, nil
}

func (p *Page) warn(format string, args ...any) {
	p.Warnings = append(p.Warnings, fmt.Sprintf(format, args...))
}

// numbers are a run's training numbers, for a person.
func numbers(run *config.Run) string {
	t := run.Train
	length := fmt.Sprintf("%g epochs", t.Epochs)
	if t.Steps > 0 {
		length = fmt.Sprintf("%d steps", t.Steps)
	}
	return fmt.Sprintf("%s, batch %d, learning rate %g, %d tokens, seed %d", length, t.Batch, t.LR, t.MaxLength, t.Seed)
}

func scoresSection(report metrics.Report) Section {
	t := Table{Header: []string{"task", "part", "precision", "recall", "F1", "accuracy", "majority", "rows", "of"}}
	values := Table{Header: []string{"task", "part", "Pearson's r", "Spearman's ρ", "RMSE", "MAE", "std of gold", "rows", "of"}}
	for _, task := range report {
		for _, part := range []struct {
			name string
			s    *metrics.Scores
		}{{"valid", task.Valid}, {"test", task.Test}} {
			if part.s == nil {
				continue
			}
			if v := part.s.Value; v != nil {
				values.Rows = append(values.Rows, []string{
					task.Task, part.name, fmt.Sprintf("%.3f", v.Pearson), fmt.Sprintf("%.3f", v.Spearman), fmt.Sprintf("%.4g", v.RMSE),
					fmt.Sprintf("%.4g", v.MAE), fmt.Sprintf("%.4g", v.Deviation), fmt.Sprint(part.s.Rows), part.s.Definition(part.name),
				})
				continue
			}
			t.Rows = append(t.Rows, []string{
				task.Task, part.name, percent(part.s.Precision), percent(part.s.Recall), percent(part.s.F1),
				percent(part.s.Accuracy), percent(part.s.Majority), fmt.Sprint(part.s.Rows), part.s.Definition(part.name),
			})
		}
	}
	s := Section{Title: "Scores"}
	if len(t.Rows) > 0 {
		s.Intro, s.Tables = "In percent. Majority: accuracy of always predicting the most frequent class.", append(s.Tables, t)
	}
	if len(values.Rows) > 0 {
		s.Tables = append(s.Tables, values)
		s.Intro = strings.TrimSpace(s.Intro + " Std of gold: the RMSE of always predicting the mean.")
	}
	return s
}

func percent(share float64) string { return fmt.Sprintf("%.1f", 100*share) }

func curvesSection(stages []*stageCurves) Section {
	s := Section{Title: "Curves", Intro: "Mean loss per step, by task."}
	for _, stage := range stages {
		s.Charts = append(s.Charts, stage.chart(stage.title()))
		if stage.annealed {
			s.Charts = append(s.Charts, stage.lambdaChart(stage.stage+": λ, the weight of the gold labels"))
		}
		if len(stage.valid.Points) > 0 {
			s.Charts = append(s.Charts, stage.validChart(stage.stage+": "+stage.valid.Name+" on validation rows"+stage.unit()))
		}
		if told := stage.told(); told != "" {
			s.Outro = strings.TrimSpace(s.Outro + " " + told)
		}
	}
	return s
}

// confusionsOf are the matrices of the test rows, of the validation rows where there are none.
func confusionsOf(report metrics.Report) Section {
	s := Section{Title: "Confusion matrices", Intro: "Rows are the gold classes, columns the predicted ones. Colour: share of the row."}
	for _, task := range report {
		scores, part := task.Test, "test"
		if scores == nil {
			scores, part = task.Valid, "valid"
		}
		if scores != nil && scores.Confusion != nil { // others have no one class a text
			s.Confusions = append(s.Confusions, Confusion{
				Title: task.Task + ", " + part + " rows", Classes: scores.Classes, Counts: scores.Confusion,
			})
		}
	}
	return s
}

// addMistakes adds the worst mistakes of a target's test rows, over one or several runs of
// the same task.
func (p *Page) addMistakes(ctx context.Context, run *config.Run, report metrics.Report, runs []directory.Layout, intro string) {
	name := targetOf(run)
	scores, scored := report.Task(name)
	if !scored || scores.Test == nil || scores.Test.Confusion == nil {
		return // the worst mistakes are those of one class a text
	}
	var predictions [][]directory.Prediction
	for _, l := range runs {
		all, err := l.ReadPredictions()
		if err != nil {
			p.warn("The worst mistakes cannot be shown: %v", err)
			return
		}
		predictions = append(predictions, all)
	}
	all := readings(predictions, name, scores.Test.Classes)
	texts, err := testTexts(ctx, run, name)
	if err == nil {
		err = fits(all, texts)
	}
	if err != nil {
		texts = nil
		p.warn("%s", firstLine(err))
	}
	p.Sections = append(p.Sections, Section{Title: "Worst mistakes", Intro: intro, Mistakes: worstMistakes(all, texts)})
}

// firstLine keeps a warning to a line.
func firstLine(err error) string {
	line, _, more := strings.Cut(err.Error(), "\n")
	if more {
		line += " …"
	}
	return line
}

// targetOf is the name of a run's target.
func targetOf(run *config.Run) string {
	target, _ := run.Target() // a run that trains a student has one
	return target.Name
}

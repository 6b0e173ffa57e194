package report

import (
	"fmt"
	"path/filepath"
	"strings"

	"ringmaster/config"
	"ringmaster/reproduce"
	"ringmaster/run/directory"
)

// pretrainingsSection tells how well each pretraining's held-out texts are told.
func pretrainingsSection(result *reproduce.Result) Section {
	t := Table{Header: reproduce.PretrainingColumns()}
	for _, p := range result.Pretrainings {
		t.Rows = append(t.Rows, p.Columns())
	}
	return Section{Title: "Pretraining", Intro: reproduce.PretrainingsCaption, Tables: []Table{t}}
}

// beforePretraining names, as a run's encoder, the one that its pretraining began with.
func beforePretraining(result *reproduce.Result, run *config.Run) error {
	for _, p := range result.Pretrainings {
		if model, err := filepath.Abs(directory.Layout(p.Directory).Model()); err != nil || model != run.Model.Base {
			continue
		}
		began, err := config.LoadResolved(directory.Layout(p.Directory).Config())
		if err != nil {
			return err
		}
		run.Model.Base = began.Model.Base
	}
	return nil
}

// describePretrainings says what the encoders were pretrained on.
func (p *Page) describePretrainings(result *reproduce.Result) error {
	for _, pretraining := range result.Pretrainings {
		if !pretraining.Finished {
			continue
		}
		run, err := config.LoadResolved(directory.Layout(pretraining.Directory).Config())
		if err != nil {
			return err
		}
		for _, t := range run.PretrainTasks() {
			limit := ""
			if t.Data.Limit > 0 {
				limit = fmt.Sprintf(", at most %d texts of it", t.Data.Limit)
			}
			p.Differences = append(p.Differences, fmt.Sprintf("Pretraining on %s: %s%s; %s. The paper's unlabelled tweets are not public.",
				t.Name, strings.Join(fewNames(t.Data), ", "), limit, numbers(run)))
		}
	}
	return nil
}

// fewNames are the names of a corpus's files, the first few where they are many.
func fewNames(d config.Data) []string {
	const few = 4
	names := fileNames(d)
	if len(names) > few {
		return append(names[:few:few], fmt.Sprintf("and %d more files", len(names)-few))
	}
	return names
}

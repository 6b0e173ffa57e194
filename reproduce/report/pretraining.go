package report

import (
	"fmt"
	"path/filepath"

	"ringmaster/config"
	"ringmaster/run/directory"
	"ringmaster/run/metrics"
	"ringmaster/run/plan"
)

// ofPretraining is the page of a run that pretrained an encoder.
func ofPretraining(l directory.Layout, run *config.Run) (*Page, error) {
	p := &Page{
		Title:    filepath.Base(string(l)),
		Subtitle: fmt.Sprintf("masked-language-model pretraining of %s; %s", run.Model.Base, numbers(run)),
	}
	scores, err := l.ReadPerplexities()
	if err != nil {
		p.warn("The run has no scores: %v", err)
	} else {
		p.Sections = append(p.Sections, perplexitySection(scores))
	}
	stages, err := readCurves(l, plan.MaskedTask)
	if err != nil {
		p.warn("The log of steps could not be read to its end: %v", err)
	}
	p.Sections = append(p.Sections, curvesSection(stages))
	p.addCorpora(l)
	return p, p.addSettings(run)
}

func perplexitySection(all metrics.Perplexities) Section {
	t := Table{Header: []string{"corpus", "part", "before", "after", "masked tokens", "sequences"}}
	t.Rows = all.Rows()
	return Section{
		Title:  "Perplexity",
		Intro:  "Perplexity of masked tokens in texts held out from pretraining, with the same tokens before and after.",
		Tables: []Table{t},
	}
}

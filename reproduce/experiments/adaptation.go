package experiments

import (
	"fmt"
	"slices"
	"strings"

	"ringmaster/config"
)

// eachCorpus stands, in a declared row's name and title, for the corpus that is pretrained on.
const eachCorpus = "NAME"

// domainAdaptation is Table 7. Its row of pretraining stands for one row each corpus of the
// run file.
func domainAdaptation() Table {
	return Table{
		Name: "domain-adaptation", Title: "Domain adaptation", Paper: "Table 7",
		About: "an encoder pretrained on unlabelled text, trained on a source, tested on a target",
		Rows: []Row{
			{Name: "source-only", Title: "SOURCE-ONLY", Family: SourceOnly, Method: config.Single, Source: true},
			{
				Name: "pretrain-" + eachCorpus, Title: "PRETRAIN-" + eachCorpus, Family: Pretrained, Method: config.Single,
				Source: true, Corpus: eachCorpus, Against: []string{"source-only"},
			},
			{Name: "target-only", Title: "TARGET-ONLY", Family: TargetOnly, Method: config.Single},
		},
		Question: "Does pretraining help?", Example: "examples/domain-adaptation.yaml",
	}
}

// on is a row that stands for each corpus, made that of one.
func (r Row) on(corpus string) Row {
	r.Name = strings.Replace(r.Name, eachCorpus, corpus, 1)
	r.Title = strings.Replace(r.Title, eachCorpus, corpus, 1)
	r.Corpus = corpus
	return r
}

// made says whether a row that stands for each corpus was made that of one.
func (r Row) made() error {
	if r.Corpus == eachCorpus {
		return fmt.Errorf("%w: the run file marks no task as text to pretrain on (pretrain: true)", ErrNotMade)
	}
	return nil
}

// For is the table with a row for each corpus that the base run file marks to pretrain on.
// Where it marks none, the row that stands for them is left, to be told of. A table about a
// source needs one: ErrNotMade.
func (t Table) For(base *config.Run) (Table, error) {
	if base.Source == "" && slices.ContainsFunc(t.Rows, func(r Row) bool { return r.Source }) {
		return t, fmt.Errorf("%w: %s needs a source and a target, but the run file has no source: set source: NAME, with a task that has the target's classes (see %s)",
			ErrNotMade, t.Name, t.Example)
	}
	filled := t
	filled.Rows = nil
	for _, r := range t.Rows {
		made := false
		for _, task := range base.Tasks {
			if r.Corpus == eachCorpus && task.Pretrain {
				filled.Rows, made = append(filled.Rows, r.on(task.Name)), true
			}
		}
		if !made {
			filled.Rows = append(filled.Rows, r)
		}
	}
	return filled, nil
}

// Row is the row of a name; one of pretraining may be on any corpus.
func (t Table) Row(name string) (Row, error) {
	var all []string
	for _, r := range t.Rows {
		before, _, each := strings.Cut(r.Name, eachCorpus)
		corpus, is := strings.CutPrefix(name, before)
		switch {
		case r.Name == name:
			return r, nil
		case each && is && corpus != "":
			return r.on(corpus), nil
		}
		all = append(all, r.Name)
	}
	return Row{}, fmt.Errorf("%w: %s has no row %q; its rows are %s", ErrUnknown, t.Name, name, strings.Join(all, ", "))
}

// Pretraining makes the run that pretrains a row's encoder, from the base run file: its
// corpus, with the numbers that are pretraining's.
func (t Table) Pretraining(row Row, load Load) (*config.Run, error) {
	if err := row.made(); err != nil {
		return nil, err
	}
	run, err := load("method=" + string(config.MaskedLM))
	if err != nil {
		return nil, err
	}
	// What follows is in Train already, or about the fine-tuning.
	run.Source, run.Pretrain = "", config.Pretrain{WholeWords: run.Pretrain.WholeWords}
	run.Tasks = slices.DeleteFunc(slices.Clone(run.Tasks), func(t config.Task) bool { return t.Name != row.Corpus })
	if err := run.Validate(); err != nil {
		return nil, err
	}
	return run, nil
}

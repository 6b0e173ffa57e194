package reproduce

import (
	"fmt"
	"maps"
	"path/filepath"
	"strings"

	"ringmaster/reproduce/experiments"
	"ringmaster/reproduce/statistics"
)

// Result is a table with its statistics, of the cells that are finished. Scores are
// fractions; nil stands for what is not known.
type Result struct {
	Record Record `json:"record"`
	Title  string `json:"title"`
	Paper  string `json:"paper"`
	About  string `json:"about"`
	Target string `json:"target"` // the task; empty while no cell is finished
	// Measure is the score that the table compares, the main score of the target's kind.
	Measure     Measure      `json:"measure,omitempty"`
	Rows        []RowResult  `json:"rows"`
	Comparisons []Comparison `json:"comparisons"`
	// Pretrainings are those that rows begin with.
	Pretrainings []Pretraining `json:"pretrainings,omitempty"`
	// Question is what the comparisons answer.
	Question string `json:"-"`
	Finished int    `json:"finished"` // cells
	Cells    int    `json:"cells"`
	// Seconds is what the finished cells took.
	Seconds float64 `json:"seconds"`

	published map[string]experiments.Figures // by row
}

// RowResult is a row over its seeds, under the choice that validation rows made.
type RowResult struct {
	Name   string             `json:"name"`
	Title  string             `json:"title"`
	Family experiments.Family `json:"family"`
	// Choice is what was chosen of Tried; Undecided says that some choice has no finished
	// cell yet, so that the first was taken.
	Choice    []string `json:"choice"`
	Tried     int      `json:"tried"`
	Undecided bool     `json:"undecided"`
	Seeds     int      `json:"seeds"` // finished
	// Score, of the table's measure, and all numbers with a pointer are means over the seeds. Numbers that the target's
	// kind does not have are nil.
	Score     *float64             `json:"score"`
	F1        *float64             `json:"f1"`
	Deviation *float64             `json:"deviation"` // of Score, between seeds
	Interval  *statistics.Interval `json:"interval"`
	Precision *float64             `json:"precision"`
	Recall    *float64             `json:"recall"`
	Accuracy  *float64             `json:"accuracy"`
	ValidF1   *float64             `json:"valid_f1"`
	Valid     *float64             `json:"valid_score"` // of the table's measure
	MacroF1   *float64             `json:"macro_f1,omitempty"`
	Spearman  *float64             `json:"spearman,omitempty"`
	RMSE      *float64             `json:"rmse,omitempty"`
	MAE       *float64             `json:"mae,omitempty"`
	// ChosenBy is the task whose validation rows these are; empty for the target.
	ChosenBy string    `json:"chosen_by,omitempty"`
	BySeed   []float64 `json:"by_seed"` // Score
	// Published, PublishedPrecision and PublishedRecall are the paper's, or those given.
	Published          *float64 `json:"published"`
	PublishedPrecision *float64 `json:"published_precision,omitempty"`
	PublishedRecall    *float64 `json:"published_recall,omitempty"`
	// Classes and Confusion, [gold][predicted], are summed over the seeds.
	Classes   []string `json:"classes"`
	Confusion [][]int  `json:"confusion"`
	// Directories are the finished cells'.
	Directories []string `json:"directories"`

	outcomes map[uint64]outcome
	cells    map[uint64]string // directories of the finished cells, by seed
}

// Read makes an experiment's table of the cells that are finished.
func Read(dir string) (*Result, error) {
	record, err := ReadRecord(dir)
	if err != nil {
		return nil, err
	}
	published, err := record.figures()
	if err != nil {
		return nil, err
	}
	r := &Result{
		Record: record, Title: record.Title, Paper: record.Paper, About: record.About, Question: record.Question,
		Comparisons: []Comparison{}, published: published,
	}
	for _, row := range record.Rows {
		if row.Pretraining != "" {
			if err := r.readPretraining(row.Corpus, filepath.Join(dir, row.Pretraining)); err != nil {
				return nil, err
			}
		}
		result, err := r.readRow(dir, row)
		if err != nil {
			return nil, err
		}
		result.publish(published[row.Name])
		r.Rows = append(r.Rows, result)
	}
	return r, r.compare()
}

// figures are the published scores that stand beside the rows, by row: the paper's, and in
// their place those that were given.
func (r Record) figures() (map[string]experiments.Figures, error) {
	paper, err := experiments.Paper()
	if err != nil {
		return nil, err
	}
	figures := map[string]experiments.Figures{}
	maps.Copy(figures, paper[r.Experiment])
	for row, f1 := range r.Published {
		figures[row] = experiments.Figures{F1: f1}
	}
	return figures, nil
}

// publish sets a row's published scores; zero Figures are none.
func (r *RowResult) publish(f experiments.Figures) {
	share := func(percent *float64) *float64 {
		if percent == nil {
			return nil
		}
		s := *percent / 100
		return &s
	}
	if f.F1 > 0 {
		r.Published, r.PublishedPrecision, r.PublishedRecall = share(&f.F1), share(f.Precision), share(f.Recall)
	}
}

// readRow reads a row's cells and takes the choice with the best validation score.
func (r *Result) readRow(dir string, record RowRecord) (RowResult, error) {
	result := RowResult{Name: record.Name, Title: record.Title, Family: record.Family, Tried: len(record.Choices)}
	choices := make([]map[uint64]outcome, len(record.Choices))
	directories := make([]map[uint64]string, len(record.Choices))
	for i, c := range record.Choices {
		choices[i], directories[i] = map[uint64]outcome{}, map[uint64]string{}
		for n, cell := range c.Cells {
			r.Cells++
			path := filepath.Join(dir, cell)
			if _, finished, err := readFinished(path); err != nil {
				return result, err
			} else if !finished {
				continue
			}
			o, err := readOutcome(path)
			if err != nil {
				return result, err
			}
			r.Finished++
			r.Target = o.Target
			r.Measure, _ = mainOf(o.test)
			if o.ChosenBy != o.Target {
				result.ChosenBy = o.ChosenBy
			}
			r.Seconds += o.Seconds
			choices[i][r.Record.Seeds[n]], directories[i][r.Record.Seeds[n]] = o, path
		}
	}
	best, decided := choose(choices, r.Record.Seeds)
	result.Choice, result.Undecided = record.Choices[best].Set, !decided
	result.outcomes, result.cells = choices[best], directories[best]
	for _, seed := range r.Record.Seeds {
		if path, finished := directories[best][seed]; finished {
			result.Directories = append(result.Directories, path)
		}
	}
	return result, result.summarise(r.Record.Seeds)
}

// choose is the choice with the best mean validation score over the seeds that all choices
// have; the first, undecided, while there is no such seed.
func choose(choices []map[uint64]outcome, seeds []uint64) (best int, decided bool) {
	means := make([]float64, len(choices))
	for _, seed := range seeds {
		shared := true
		for _, c := range choices {
			_, has := c[seed]
			shared = shared && has
		}
		if !shared {
			continue
		}
		decided = true
		for i, c := range choices {
			_, valid := mainOf(c[seed].valid)
			means[i] += valid // the same number of seeds for all: sums do
		}
	}
	for i, m := range means {
		if m > means[best] {
			best = i
		}
	}
	return best, decided || len(choices) == 1
}

// summarise computes the row's numbers.
func (r *RowResult) summarise(seeds []uint64) error {
	outcomes := inOrder(r.outcomes, seeds)
	r.Seeds = len(outcomes)
	if len(outcomes) == 0 {
		return nil
	}
	mean := func(of func(outcome) float64) *float64 {
		values := make([]float64, len(outcomes))
		for i, o := range outcomes {
			values[i] = of(o)
		}
		m, _ := statistics.MeanAndDeviation(values)
		return &m
	}
	r.Score = mean(func(o outcome) float64 { _, s := mainOf(o.test); return s })
	r.Valid = mean(func(o outcome) float64 { _, s := mainOf(o.valid); return s })
	if first := outcomes[0].test; first.Value != nil {
		r.Spearman = mean(func(o outcome) float64 { return o.test.Value.Spearman })
		r.RMSE = mean(func(o outcome) float64 { return o.test.Value.RMSE })
		r.MAE = mean(func(o outcome) float64 { return o.test.Value.MAE })
	} else {
		r.F1 = mean(func(o outcome) float64 { return o.test.F1 })
		r.Precision = mean(func(o outcome) float64 { return o.test.Precision })
		r.Recall = mean(func(o outcome) float64 { return o.test.Recall })
		r.Accuracy = mean(func(o outcome) float64 { return o.test.Accuracy })
		r.ValidF1 = mean(func(o outcome) float64 { return o.valid.F1 })
		if first.MacroF1 != nil {
			r.MacroF1 = mean(func(o outcome) float64 { return *o.test.MacroF1 })
		}
	}
	for _, o := range outcomes {
		_, score := mainOf(o.test)
		r.BySeed = append(r.BySeed, score)
	}
	if len(outcomes) > 1 {
		_, deviation := statistics.MeanAndDeviation(r.BySeed)
		r.Deviation = &deviation
	}
	r.Classes = outcomes[0].test.Classes
	if outcomes[0].test.Confusion != nil {
		r.Confusion = make([][]int, len(r.Classes))
	}
	for g := range r.Confusion {
		r.Confusion[g] = make([]int, len(r.Classes))
		for _, o := range outcomes {
			for p, n := range o.test.Confusion[g] {
				r.Confusion[g][p] += n
			}
		}
	}
	interval, err := statistics.Bootstrap(system(outcomes), statistics.Defaults())
	if err != nil {
		return fmt.Errorf("%s: %w", r.Name, err)
	}
	r.Interval = &interval
	return nil
}

func inOrder(outcomes map[uint64]outcome, seeds []uint64) (list []outcome) {
	for _, seed := range seeds {
		if o, has := outcomes[seed]; has {
			list = append(list, o)
		}
	}
	return list
}

// ChoiceText is a choice for a person to read: "lr 5e-5, epochs 3".
func ChoiceText(set []string) string {
	parts := make([]string, len(set))
	for i, s := range set {
		parts[i] = strings.Replace(strings.TrimPrefix(s, "train."), "=", " ", 1)
	}
	return strings.Join(parts, ", ")
}

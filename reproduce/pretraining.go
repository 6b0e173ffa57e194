package reproduce

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"ringmaster/config"
	"ringmaster/reproduce/experiments"
	"ringmaster/run/directory"
	"ringmaster/run/metrics"
)

// Pretraining is how an encoder was pretrained that rows begin with.
type Pretraining struct {
	Corpus    string `json:"corpus"`
	Directory string `json:"directory"`
	Finished  bool   `json:"finished"`
	// HeldOut is how well texts are told that were held out of it, before and after; nil
	// while it is not finished, and for a corpus that has none.
	HeldOut *metrics.Perplexity `json:"held_out"`
	Steps   int                 `json:"steps"`
	Seconds float64             `json:"seconds"`
}

// PretrainingsCaption says what a table of pretrainings shows.
const PretrainingsCaption = "Perplexity is that of masked tokens in texts held out from pretraining, with the same tokens before and after. " +
	"For an encoder without a masked language model head (MiniLM), the value before is that of an untrained head. The encoder is pretrained once per corpus, for all seeds."

// PretrainingColumns head what Columns gives.
func PretrainingColumns() []string {
	return []string{"pretrained on", "steps", "masked tokens held out", "perplexity before", "after", "time"}
}

// Columns are the pretraining as a line of a table.
func (p Pretraining) Columns() []string {
	line := []string{p.Corpus, "–", "–", "–", "–", "not done yet"}
	if p.Finished {
		line[1], line[5] = fmt.Sprint(p.Steps), time.Duration(p.Seconds*float64(time.Second)).Round(time.Second).String()
	}
	if h := p.HeldOut; h != nil {
		line[2], line[3], line[4] = fmt.Sprint(h.Masked), fmt.Sprintf("%.2f", h.Before), fmt.Sprintf("%.2f", h.Perplexity)
	}
	return line
}

// planPretraining plans the pretraining of a row's encoder: one for all its seeds and choices.
func (p *Plan) planPretraining(ctx context.Context, row experiments.Row) (*cell, error) {
	run, err := p.o.Table.Pretraining(row, p.o.Load)
	if err != nil {
		return nil, err
	}
	job, err := p.o.Prepare(ctx, run)
	if err != nil {
		return nil, err
	}
	name := "encoder-" + row.Corpus
	c := &cell{name: name, title: "pretraining on " + row.Corpus, seed: run.Train.Seed, job: job}
	if c.key, err = job.Identity(); err != nil {
		return nil, err
	}
	if c.dir, err = filepath.Abs(filepath.Join(p.o.Runs, "cells", name+"-"+c.key)); err != nil {
		return nil, err
	}
	c.steps, err = stepsOf(job)
	return c, err
}

// pretrains says whether the cell is a pretraining.
func (c *cell) pretrains() bool { return c.job.Run.Method == config.MaskedLM }

// model is the folder of the model that the cell leaves.
func (c *cell) model() string { return directory.Layout(c.dir).Model() }

// hasModel says whether a pretraining's encoder is there for a row to begin with.
func (c *cell) hasModel() error {
	if _, err := os.Stat(c.model()); err != nil {
		return fmt.Errorf("%w: the pretrained encoder is not available: %w; remove %s, and it is pretrained again", ErrDamaged, err, c.dir)
	}
	return nil
}

// toldPretraining says how a pretraining came out, and rewrites the table if that is due.
func (p *Plan) toldPretraining(c *cell, took time.Duration) error {
	held, err := heldOut(c.dir)
	if err != nil {
		return err
	}
	said := "no texts held out"
	if held != nil {
		said = fmt.Sprintf("perplexity of held-out texts %.2f (%.2f before)", held.Perplexity, held.Before)
	}
	p.o.Notify("%s: %s, in %s", c.title, said, took.Round(time.Second))
	return p.table.due()
}

// readPretraining takes a pretraining into the result.
func (r *Result) readPretraining(corpus, dir string) error {
	r.Cells++
	pretraining := Pretraining{Corpus: corpus, Directory: dir}
	f, finished, err := readFinished(dir)
	if err != nil {
		return err
	}
	if finished {
		r.Finished++
		r.Seconds += f.Seconds
		pretraining.Finished, pretraining.Steps, pretraining.Seconds = true, f.Steps, f.Seconds
		if pretraining.HeldOut, err = heldOut(dir); err != nil {
			return err
		}
	}
	r.Pretrainings = append(r.Pretrainings, pretraining)
	return nil
}

// heldOut is how well a finished pretraining tells its corpus's validation texts, or its
// test texts where there are no others; nil where there are none.
func heldOut(dir string) (*metrics.Perplexity, error) {
	all, err := directory.Layout(dir).ReadPerplexities()
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w; remove this directory, and the encoder is pretrained again", ErrDamaged, dir, err)
	}
	for _, c := range all {
		if c.Valid != nil {
			return c.Valid, nil
		}
		if c.Test != nil {
			return c.Test, nil
		}
	}
	return nil, nil
}

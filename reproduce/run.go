package reproduce

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// Run computes the cells that are not finished, one after the other. After each it
// rewrites the experiment's table, so that whatever ends it leaves one. When ctx ends, the
// engine's error comes back (coordinator.ErrStopped where it stopped cleanly).
func (p *Plan) Run(ctx context.Context) error {
	if err := os.MkdirAll(p.o.Dir, 0o755); err != nil {
		return err
	}
	if err := p.record.write(p.o.Dir); err != nil {
		return err
	}
	pace := newPace()
	var missing []*cell
	for _, c := range p.cells {
		f, finished, err := readFinished(c.dir)
		switch {
		case err != nil:
			return err
		case finished:
			pace.finished(f.Row, f.Steps, f.Seconds)
		default:
			missing = append(missing, c)
		}
	}
	p.o.Notify("%s: %d cells, %d already finished", p.o.Table.Name, len(p.cells), len(p.cells)-len(missing))
	for i, c := range missing {
		p.o.Notify("cell %d/%d: %s%s", len(p.cells)-len(missing)+i+1, len(p.cells), c.title, pace.left(missing[i:]))
		took, err := p.compute(ctx, c)
		if err != nil {
			return fmt.Errorf("%s: %w", c.title, err)
		}
		pace.finished(c.name, c.steps, took.Seconds())
		if err := p.told(c, took); err != nil {
			return err
		}
	}
	return nil
}

// compute runs a cell in its directory.
func (p *Plan) compute(ctx context.Context, c *cell) (took time.Duration, err error) {
	// Two rows may be one and the same run, as when nothing sets them apart.
	if _, finished, err := readFinished(c.dir); finished || err != nil {
		return 0, err
	}
	dir, resume, err := openCell(c.dir, c.job.Run)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, dir.Close()) }()
	if c.encoder != nil {
		if err := c.encoder.hasModel(); err != nil {
			return 0, err
		}
	}
	began := time.Now()
	if err := p.o.Engine(ctx, c.job, dir, resume); err != nil {
		return 0, err
	}
	took = time.Since(began)
	return took, closeCell(dir, c.finished(took), p.o.KeepModels || c.pretrains(), p.o.KeepModels)
}

// finished is the record of a cell that was run.
func (c *cell) finished(took time.Duration) Finished {
	f := Finished{Key: c.key, Row: c.name, Target: c.job.EvalTask().Name, Seed: c.seed, Seconds: took.Seconds(), Steps: c.steps}
	if c.job.AdaptTarget != nil {
		f.ChosenBy = c.job.Tasks[c.job.Target].Name
	}
	return f
}

// told says how a cell came out, and rewrites the table.
func (p *Plan) told(c *cell, took time.Duration) error {
	if c.pretrains() {
		return p.toldPretraining(c, took)
	}
	o, err := readOutcome(c.dir)
	if err != nil {
		return err
	}
	measure, test := mainOf(o.test)
	_, valid := mainOf(o.valid)
	p.o.Notify("%s: %s %s on test, %s on validation, in %s", c.title, measure.Name(), measure.Shown(&test), measure.Shown(&valid), took.Round(time.Second))
	return p.rewriteTables()
}

// rewriteTables makes the table anew of what is finished.
func (p *Plan) rewriteTables() error {
	result, err := Read(p.o.Dir)
	if err != nil {
		return err
	}
	if err := result.writeFoldPredictions(p.o.Dir); err != nil {
		return err
	}
	return result.WriteTables(p.o.Dir)
}

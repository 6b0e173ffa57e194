package reproduce

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// Run computes the cells that are not finished, one after the other. Now and then it rewrites
// the experiment's table, so that whatever ends it leaves one. When ctx ends, the engine's
// error comes back (coordinator.ErrStopped where it stopped cleanly).
func (p *Plan) Run(ctx context.Context) error {
	if err := p.begin(); err != nil {
		return err
	}
	cells := make([]planned, len(p.cells))
	for i, c := range p.cells {
		cells[i] = planned{c, p}
	}
	return errors.Join(computeAll(ctx, p.o, cells, nil), p.table.settle())
}

// begin writes down what the table is made of.
func (p *Plan) begin() error {
	if err := os.MkdirAll(p.o.Dir, 0o755); err != nil {
		return err
	}
	p.table = &seldom{do: p.rewriteTables}
	return p.record.write(p.o.Dir)
}

// planned is a cell and the plan that it belongs to.
type planned struct {
	*cell
	plan *Plan
}

// computeAll computes the cells that are not finished, in their order. after, when not nil, is called after each.
func computeAll(ctx context.Context, o Options, cells []planned, after func() error) error {
	pace := newPace()
	var missing []planned
	for _, c := range cells {
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
	o.Notify("%s: %d cells, %d already finished", o.Table.Name, len(cells), len(cells)-len(missing))
	for i, c := range missing {
		o.Notify("cell %d/%d: %s%s", len(cells)-len(missing)+i+1, len(cells), c.title, pace.left(missing[i:]))
		took, err := c.plan.compute(ctx, c.cell)
		if err != nil {
			return fmt.Errorf("%s: %w", c.title, err)
		}
		pace.finished(c.name, c.steps, took.Seconds())
		if err := c.plan.told(c.cell, took); err != nil {
			return err
		}
		if after == nil {
			continue
		}
		if err := after(); err != nil {
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

// told says how a cell came out, and rewrites the table if that is due.
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
	return p.table.due()
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

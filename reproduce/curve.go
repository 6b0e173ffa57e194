package reproduce

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"ringmaster/config"
)

// Curve is a learning curve: a comparison at several numbers of the target's training rows. Each number is a Plan of its
// own, in a directory below the curve's. Cells are computed seed by seed, so that an interrupted curve has all its points.
type Curve struct {
	o      Options
	record CurveRecord
	plans  []*Plan
}

// NewCurve plans the comparison at each of these numbers of training rows. Where the target has fewer, it is ErrOptions.
func NewCurve(ctx context.Context, o Options, trainRows []int) (*Curve, error) {
	rows := slices.Clone(trainRows)
	slices.Sort(rows)
	if rows = slices.Compact(rows); len(rows) == 0 || rows[0] < 1 {
		return nil, fmt.Errorf("%w: numbers of training rows must be at least 1", ErrOptions)
	}
	base, err := o.Load()
	if err != nil {
		return nil, err
	}
	target, ok := base.Target()
	if !ok {
		return nil, fmt.Errorf("%w: the run file marks no task with target: true", ErrOptions)
	}
	c := &Curve{o: o, record: CurveRecord{Title: o.Table.Title, File: o.File, Target: target.Name}}
	for _, n := range rows {
		point := o
		name := fmt.Sprintf("rows-%d", n)
		point.Dir = filepath.Join(o.Dir, name)
		point.Load = func(set ...string) (*config.Run, error) {
			return o.Load(append([]string{fmt.Sprintf("tasks.%s.data.limit=%d", target.Name, n)}, set...)...)
		}
		plan, err := NewPlan(ctx, point)
		if err != nil {
			return nil, fmt.Errorf("%d training rows: %w", n, err)
		}
		if err := plan.enough(n); err != nil {
			return nil, err
		}
		c.plans = append(c.plans, plan)
		c.record.Points = append(c.record.Points, CurvePoint{TrainRows: n, Directory: name})
	}
	return c, nil
}

// enough says whether the target of every cell has so many training rows.
func (p *Plan) enough(n int) error {
	for _, c := range p.cells {
		if c.pretrains() {
			continue
		}
		if t := c.job.Tasks[c.job.Target]; t.Train.Len() < n {
			return fmt.Errorf("%w: the training part of %s has %d rows, fewer than the %d that the curve asks for", ErrOptions, t.Name, t.Train.Len(), n)
		}
	}
	return nil
}

// Run computes the cells that are not finished, of all points for one seed before the next.
func (c *Curve) Run(ctx context.Context) error {
	if err := os.MkdirAll(c.o.Dir, 0o755); err != nil {
		return err
	}
	if err := c.record.write(c.o.Dir); err != nil {
		return err
	}
	var cells []planned
	for seed := range c.o.Seeds {
		for i, p := range c.plans {
			for _, one := range p.bySeed[seed] {
				of := *one
				of.title = fmt.Sprintf("%d rows, %s", c.record.Points[i].TrainRows, one.title)
				cells = append(cells, planned{&of, p})
			}
		}
	}
	for _, p := range c.plans {
		if err := p.begin(); err != nil {
			return err
		}
	}
	curve := &seldom{do: func() error { return rewriteCurve(c.o.Dir) }}
	failed := computeAll(ctx, c.o, cells, curve.due)
	for _, p := range c.plans {
		failed = errors.Join(failed, p.table.settle())
	}
	return errors.Join(failed, curve.settle())
}

func rewriteCurve(dir string) error {
	result, err := ReadCurve(dir)
	if err != nil {
		return err
	}
	return result.WriteTables(dir)
}

// Describe lists the cells of each point and says which are finished.
func (c *Curve) Describe(w io.Writer) error {
	for i, p := range c.plans {
		if _, err := fmt.Fprintf(w, "%d training rows\n", c.record.Points[i].TrainRows); err != nil {
			return err
		}
		if err := p.Describe(w); err != nil {
			return err
		}
	}
	return nil
}

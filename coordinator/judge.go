package coordinator

import (
	"context"

	"ringmaster/coordinator/core"
	"ringmaster/kinds"
	"ringmaster/run/directory"
	"ringmaster/run/metrics"
)

// judge scores the state before a step at which the stage may end early, and keeps a checkpoint of it. It
// waits for a checkpoint under way: there is one at a time.
func (c *checkpointer) judge(d core.Judge) error {
	c.toJudge = &d
	if c.pending.underWay() && c.pending.step != d.Step {
		return nil // resumeJudging comes when it has ended
	}
	if c.pending.underWay() || c.stage.kept == d.Step {
		return c.orderValidation(d.Generation, d.Step, d.Holders)
	}
	if err := c.order(d.Generation, d.Step, d.Holders); err != nil {
		return err
	}
	return c.orderValidation(d.Generation, d.Step, d.Holders)
}

// resumeJudging asks for the scores of a judgement that waited for a checkpoint.
func (c *checkpointer) resumeJudging() error {
	if d := c.toJudge; d != nil && (c.scoring == nil || c.scoring.step != d.Step) {
		return c.judge(*d)
	}
	return nil
}

// answer tells the core whether the stage ends with the state that was scored, once that is on disk. A state
// without a score counts as one with the worst.
func (c *checkpointer) answer(ctx context.Context, v *validation, measured *directory.Validation) error {
	d, s := c.toJudge, c.stage.training()
	if d == nil || v.step != d.Step || s == nil {
		return nil
	}
	c.toJudge = nil
	if measured == nil {
		measure := kinds.Main(v.task.Kind)
		measured = &directory.Validation{
			Steps: v.step, Task: v.task.Name, F1: metrics.Worst(measure), Measure: directory.MeasureName(measure), Rows: v.task.Valid.Len(),
		}
	}
	ends, err := s.early.add(*measured, c.stage.units)
	if err != nil {
		return err
	}
	if ends {
		c.stage.units = v.step
	}
	c.apply(ctx, core.Judged{Stage: d.Stage, Step: d.Step, Ends: ends})
	return nil
}

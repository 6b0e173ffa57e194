package coordinator

import (
	"context"
	"fmt"
	"time"

	"ringmaster/coordinator/core"
)

// How long a run that was asked to stop waits while nothing arrives.
const (
	// stopGrace is for what costs nothing to give up: the state is in a checkpoint.
	stopGrace = 5 * time.Second
	// stopPatience is for steps whose state would be lost.
	stopPatience = 10 * time.Second
	// handoverGrace, and the time that the state takes at handoverRate, is for the last
	// checkpoint.
	handoverGrace = 30 * time.Second
	handoverRate  = 20 << 20 // bytes a second
	// stateSize is how many times as large as the model's folder a state and its model are:
	// parameters, two moments, and the model itself.
	stateSize = 4
)

// stop asks for the run's end after the steps under way.
func (c *coordinator) stop(ctx context.Context) {
	c.waits.stopped = time.Now()
	c.notify("stopping after the steps under way; press Ctrl-C again to abort")
	c.apply(ctx, core.StopRequested{})
}

// stopInTime ends a run that was asked to stop and waits for something that does not come.
func (c *coordinator) stopInTime(now time.Time) {
	if c.over || c.waits.stopped.IsZero() {
		return
	}
	if c.opts.Grace > 0 && now.Sub(c.waits.stopped) >= stopWithin(c.opts.Grace) {
		c.fail(fmt.Errorf("%w; what was under way did not end within %s (--grace %s)%s", ErrStopped, stopWithin(c.opts.Grace), c.opts.Grace, c.stage.undone()))
		return
	}
	lasts := min(now.Sub(c.waits.stopped), c.waits.run.Lasts(now))
	if lasts < c.patience() {
		return
	}
	wait := c.waitsFor()
	if wait.From != "" {
		wait.For += " (" + wait.From + ")"
	}
	c.fail(fmt.Errorf("%w while waiting for %s: nothing arrived for %s%s", ErrStopped, wait.For, lasts.Round(time.Second), c.stage.undone()))
}

// stopWithin is how much of a grace period the steps and the checkpoint under way may take: the
// rest is for the word to the workers, and for what is being written.
func stopWithin(grace time.Duration) time.Duration { return grace - min(grace/3, leaveTimeout/2) }

// patience is how long the present wait may last once the run was asked to stop.
func (c *coordinator) patience() time.Duration {
	if c.waits.away {
		return stopGrace
	}
	usual := c.waits.run.Usual()
	switch c.machine.Waiting().For {
	case core.InferenceBatches:
		return max(stopGrace, 2*usual)
	case core.Steps:
		if c.stage.done <= max(c.stage.from, c.stage.kept) {
			return stopGrace
		}
		return max(stopPatience, 3*usual)
	case core.Handover:
		return handoverGrace + time.Duration(stateSize*c.stage.modelBytes()/handoverRate)*time.Second
	default:
		return stopPatience
	}
}

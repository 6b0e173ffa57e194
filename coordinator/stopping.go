package coordinator

import (
	"context"
	"fmt"
	"time"

	"ringmaster/coordinator/core"
)

// How long a run that was asked to stop waits, without anything coming of it.
const (
	// stopGrace is for what costs nothing to give up: steps beyond a checkpoint that stands.
	stopGrace = 5 * time.Second
	// stopPatience is for steps whose state would be lost.
	stopPatience = 10 * time.Second
	// handoverGrace, and the time that the state takes at handoverRate, is for the last
	// checkpoint.
	handoverGrace = 30 * time.Second
	handoverRate  = 20 << 20 // bytes a second
	// stateSize is how many times the model's folder a state takes on its way: parameters and
	// two moments, and the model itself.
	stateSize = 4
)

// stop asks for the run's end after the steps under way.
func (r *coordinator) stop(ctx context.Context) {
	r.stopped = time.Now()
	r.notify("stopping after the steps under way; once more ends it at once")
	r.apply(ctx, core.StopRequested{})
}

// stopsInTime ends a run that was asked to stop and waits for something that does not come.
func (r *coordinator) stopsInTime(now time.Time) {
	if r.over || r.stopped.IsZero() {
		return
	}
	lasts := min(now.Sub(r.stopped), r.waits.run.Lasts(now))
	if lasts < r.toStop() {
		return
	}
	is := r.waitsFor()
	if is.From != "" {
		is.For += " (" + is.From + ")"
	}
	r.fail(fmt.Errorf("%w, without waiting any longer for %s: nothing came for %s%s", ErrStopped, is.For, lasts.Round(time.Second), r.undone()))
}

// undone tells of the committed steps that no checkpoint has.
func (r *coordinator) undone() string {
	if r.current < 0 || r.stages[r.current].kind() != core.Train || r.done == r.units {
		return ""
	}
	switch n := r.done - max(r.from, r.kept); {
	case n < 1:
		return ""
	case n == 1:
		return "; 1 step since the last checkpoint is to be done again"
	default:
		return fmt.Sprintf("; %d steps since the last checkpoint are to be done again", n)
	}
}

// toStop is how long the present wait may last once the run was asked to stop.
func (r *coordinator) toStop() time.Duration {
	if r.away {
		return stopGrace
	}
	usual := r.waits.run.Usual()
	switch r.machine.Waiting().For {
	case core.InferenceBatches:
		return max(stopGrace, 2*usual)
	case core.Steps:
		if r.done <= max(r.from, r.kept) {
			return stopGrace
		}
		return max(stopPatience, 3*usual)
	case core.Handover:
		var size int64
		for _, f := range r.begin.Folder.Files {
			size += f.Size
		}
		return handoverGrace + time.Duration(stateSize*size/handoverRate)*time.Second
	default:
		return stopPatience
	}
}

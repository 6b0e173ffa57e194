package coordinator

import (
	"time"

	"ringmaster/coordinator/core"
	"ringmaster/run/protocol"
)

// event is what a report means to the core. A Saved report means nothing yet, since the folder
// has to be fetched first; nor does a shard of a checkpoint.
func event(w core.WorkerID, r *protocol.Report) core.Event {
	switch {
	case r.RingReady != nil:
		ready := core.RingReady{Worker: w, Generation: r.RingReady.Generation}
		if h := r.RingReady.Held; h != nil {
			ready.State = &core.StateID{Applied: h.Applied, AppliedGeneration: h.AppliedGeneration}
		}
		return ready
	case r.StageReady != nil:
		return core.StageReady{Worker: w, Generation: r.StageReady.Generation}
	case r.StepDone != nil:
		d := r.StepDone
		return core.UnitDone{Worker: w, Generation: d.Generation, Stage: d.Stage, Unit: d.Step, Hash: d.Hash}
	case r.InferenceDone != nil:
		d := r.InferenceDone
		return core.UnitDone{Worker: w, Generation: d.Generation, Stage: d.Stage, Unit: d.Batch}
	case r.Broken != nil:
		b := core.Broken{Worker: w, Generation: r.Broken.Generation, Rank: -1, Reason: r.Broken.Reason, At: time.Now()}
		if r.Broken.Rank != nil {
			b.Rank = *r.Broken.Rank
		}
		return b
	case r.Leaving != nil:
		return core.Leaving{Worker: w}
	case r.Failed != nil:
		return core.Failed{Worker: w, Reason: r.Failed.Reason}
	default:
		return core.Heard{Worker: w, At: time.Now()}
	}
}

package coordinator

import (
	"context"
	"errors"
	"fmt"

	"ringmaster/coordinator/core"
	"ringmaster/refusals"
	"ringmaster/run/transfer"
)

// expel ends a worker that reports what cannot be true. What it holds may be wrong as well, so
// its process is not let in again; the others do its work.
func (c *coordinator) expel(ctx context.Context, w core.WorkerID, cause error) {
	c.noteLiar(w, cause)
	c.apply(ctx, core.Lost{Worker: w, Reason: cause.Error()})
}

// expelLater is expel for whoever executes a decision of the core, which takes no event meanwhile.
func (c *coordinator) expelLater(w core.WorkerID, cause error) {
	c.noteLiar(w, cause)
	c.background(func() result { return result{event: core.Lost{Worker: w, Reason: cause.Error()}} })
}

func (c *coordinator) noteLiar(w core.WorkerID, cause error) {
	kind := refusals.Undealt
	switch {
	case errors.Is(cause, transfer.ErrBadName):
		kind = refusals.Path
	case errors.Is(cause, transfer.ErrTooLarge):
		kind = refusals.Oversized
	}
	c.refused.Add(kind, fmt.Sprintf("a report of worker %s: %v", w, cause))
	if hello := c.members.workers[w]; hello != nil {
		c.members.bar(hello, &core.WorkerError{Worker: w, Rank: -1, Kind: core.ErrFailed, Reason: cause.Error()}, true)
	}
}

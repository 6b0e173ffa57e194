package coordinator

import (
	"fmt"

	"ringmaster/coordinator/core"
	"ringmaster/coordinator/progress"
)

// participation knows how many workers took part in the committed steps, and what of that a
// person was told.
type participation struct {
	steps progress.TakingPart
	told  int // how many, the last time
}

func newParticipation(asked int) participation {
	return participation{steps: progress.TakingPart{Asked: asked}, told: asked}
}

// change says when a step was done by fewer workers than were asked for, or by all of them
// again; empty where that is known. members are the ring's.
func (p *participation) change(now int, members []core.WorkerID) (line string) {
	asked := p.steps.Asked
	switch {
	case now == p.told || now >= asked && p.told >= asked:
	case now < asked && len(members) == now:
		line = fmt.Sprintf("%d of the %d requested workers take part from now on: %s", now, asked, workersNamed(members))
	case now < asked:
		line = fmt.Sprintf("%d of the %d requested workers take part from now on", now, asked)
	default:
		line = fmt.Sprintf("all %d workers take part again", asked)
	}
	p.told = now
	return line
}

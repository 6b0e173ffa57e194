package coordinator

import (
	"fmt"
	"slices"
	"strings"

	"ringmaster/coordinator/core"
	"ringmaster/run/protocol"
)

// mostAtFault is how many of a step's examples are named.
const mostAtFault = 3

// atFault names the examples that make a step not finite, as its ranks reported them, and a
// rank's reason.
func (s *trainStage) atFault(n int, reports map[core.WorkerID]*protocol.StepDone, rankOf func(core.WorkerID) int) string {
	step, err := s.step(n)
	if err != nil {
		return err.Error()
	}
	var named []string
	reasons := map[string]string{} // by example
	for w, report := range reports {
		if report.NotFinite == nil {
			continue
		}
		rank := rankOf(w)
		if rank < 0 || rank >= report.World {
			continue
		}
		positions := s.shares(step, report.World, report.ActiveRanks)[rank]
		for _, at := range report.NotFinite.Examples {
			if at >= 0 && at < len(positions) {
				id := s.exampleID(step.Examples[positions[at]])
				name := fmt.Sprintf("row %d of task %s", id.Row, id.Task)
				named = append(named, name)
				reasons[name] = fmt.Sprintf("rank %d: %s", rank, report.NotFinite.Reason)
			}
		}
	}
	if len(named) == 0 {
		return "no single example is at fault"
	}
	slices.Sort(named)
	reason := reasons[named[0]]
	if more := len(named) - mostAtFault; more > 0 {
		return fmt.Sprintf("%s and %d more (%s)", strings.Join(named[:mostAtFault], ", "), more, reason)
	}
	return fmt.Sprintf("%s (%s)", strings.Join(named, ", "), reason)
}

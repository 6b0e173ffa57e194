package coordinator

import (
	"ringmaster/config"
	"ringmaster/coordinator/core"
)

// How many stripes are chosen: a stripe keeps about one core busy while a sum is under way, and the backward
// pass, which goes on meanwhile, is to keep the most of them. More than four are for whoever has measured that they
// gain something (docs/ring-at-scale.md).
const (
	coresPerStripe = 4
	mostStripes    = 4
)

// stripes is over how many parallel links the members of a ring send to their neighbours. All have as many:
// as many as suit the one with the fewest cores.
func (m *membership) stripes(members []core.WorkerID) int {
	if !m.inMesh() {
		return 1 // all would cross the one server
	}
	if asked, _ := config.ParseStripes(m.job.Run.Cluster.RingStripes); asked > 0 { // it was validated
		return asked
	}
	fewest := coresPerStripe * mostStripes
	for _, w := range members {
		cores := 0
		if hello := m.workers[w]; hello != nil {
			cores = hello.Threads
		}
		fewest = min(fewest, cores)
	}
	return max(1, fewest/coresPerStripe)
}

package coordinator

import (
	"fmt"

	"ringmaster/affinity"
	"ringmaster/config"
	"ringmaster/coordinator/job"
)

// fewLocal is how many workers a machine may have even with fewer cores: ranks that share a core
// are slow, but useful for trying things out.
const fewLocal = 8

// CheckLocal says whether a run's workers may all be started on this machine: as many as it has
// cores, or eight. A mistyped number would start as many processes, each with the whole model
// in memory. The error is of kind job.ErrRefused.
func CheckLocal(c config.Cluster) error {
	own, err := affinity.Own()
	if err != nil {
		return err
	}
	return checkLocal(c, own.Count())
}

func checkLocal(c config.Cluster, cores int) error {
	most := max(fewLocal, cores)
	if c.Workers <= most || c.Oversubscribe {
		return nil
	}
	return job.Refused(fmt.Errorf("cluster.workers (--workers) is %d, and at most %d may be started on this machine, which has %d cores: "+
		"lower it, start some on other machines with ringmaster coordinator, or set cluster.oversubscribe: true to allow it", c.Workers, most, cores))
}

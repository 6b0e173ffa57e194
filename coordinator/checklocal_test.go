package coordinator

import (
	"errors"
	"math"
	"strings"
	"testing"

	"ringmaster/config"
	"ringmaster/coordinator/job"
)

func TestNoMoreLocalWorkersThanCoresUnlessItIsMeant(t *testing.T) {
	for _, c := range []struct {
		workers, cores int
		meant, fine    bool
	}{
		{workers: 1, cores: 1, fine: true},
		{workers: 8, cores: 1, fine: true},
		{workers: 9, cores: 2},
		{workers: 64, cores: 64, fine: true},
		{workers: 65, cores: 64},
		{workers: 1000, cores: 2},
		{workers: 1000, cores: 2, meant: true, fine: true},
		{workers: math.MaxInt, cores: 2},
	} {
		err := checkLocal(config.Cluster{Workers: c.workers, Oversubscribe: c.meant}, c.cores)
		if (err == nil) != c.fine {
			t.Errorf("%d workers on %d cores (meant: %v): %v", c.workers, c.cores, c.meant, err)
		}
		if err != nil && (!errors.Is(err, job.ErrRefused) || !strings.Contains(err.Error(), "cluster.oversubscribe")) {
			t.Errorf("%v: not of its kind, or does not say what to do", err)
		}
	}
}

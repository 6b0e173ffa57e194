package coordinator

import (
	"testing"

	"ringmaster/config"
	"ringmaster/coordinator/core"
	"ringmaster/coordinator/job"
	"ringmaster/run/protocol"
)

func TestStripesFollowTheWorkerWithFewestCores(t *testing.T) {
	for name, c := range map[string]struct {
		topology config.Topology
		asked    string
		threads  []int
		want     int
	}{
		"two cores each":            {config.Mesh, "", []int{2, 2}, 1},
		"seven cores":               {config.Mesh, "auto", []int{7, 7}, 1},
		"eight":                     {config.Mesh, "auto", []int{8, 9}, 2},
		"one with fewer":            {config.Mesh, "auto", []int{32, 8}, 2},
		"many":                      {config.Mesh, "", []int{96, 96}, 4},
		"not known":                 {config.Mesh, "", []int{64, 0}, 1},
		"below any":                 {config.Mesh, "", []int{64, -8}, 1},
		"asked for":                 {config.Mesh, "3", []int{2, 64}, 3},
		"over a server that is all": {config.Broker, "3", []int{64, 64}, 1},
	} {
		run := &config.Run{Cluster: config.Cluster{Topology: c.topology, RingStripes: c.asked}}
		m := &membership{setup: &setup{job: &job.Job{Run: run}}, workers: map[core.WorkerID]*protocol.Hello{}}
		var members []core.WorkerID
		for i, threads := range c.threads {
			id := core.WorkerID(rune('a' + i))
			members, m.workers[id] = append(members, id), &protocol.Hello{Threads: threads}
		}
		if got := m.stripes(members); got != c.want {
			t.Errorf("%s: %d stripes, want %d", name, got, c.want)
		}
	}
}

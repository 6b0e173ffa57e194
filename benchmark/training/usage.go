package training

import (
	"sort"
	"time"

	"github.com/prometheus/procfs"
)

// ticksPerSecond is the unit of /proc's processor times on all of Linux's architectures that Go has.
const ticksPerSecond = 100

// A reading is the processor time that a process and all its descendants had used at a time.
type reading struct {
	at  time.Time
	cpu float64 // seconds, user and system
}

// read adds up the processor time of a process and its descendants, ended ones included. There is none
// without /proc, and after somebody has waited for the process.
func read(root int) (r reading, ok bool) {
	all, err := procfs.AllProcs()
	if err != nil {
		return r, false
	}
	parents, used := map[int]int{}, map[int]float64{}
	for _, p := range all {
		s, err := p.Stat()
		if err != nil {
			continue // it has ended meanwhile
		}
		parents[s.PID] = s.PPID
		used[s.PID] = float64(int(s.UTime)+int(s.STime)+s.CUTime+s.CSTime) / ticksPerSecond
	}
	r.at = time.Now()
	for pid := range parents {
		if descends(pid, root, parents) {
			r.cpu += used[pid]
		}
	}
	_, ok = parents[root]
	return r, ok
}

func descends(pid, root int, parents map[int]int) bool {
	for steps := 0; pid > 0 && steps <= len(parents); steps++ {
		if pid == root {
			return true
		}
		pid = parents[pid]
	}
	return false
}

// cpuAt is the processor time at a moment, on the line between the readings around it.
func cpuAt(readings []reading, at time.Time) float64 {
	i := sort.Search(len(readings), func(i int) bool { return readings[i].at.After(at) })
	switch {
	case len(readings) == 0:
		return 0
	case i == 0:
		return readings[0].cpu
	case i == len(readings):
		return readings[i-1].cpu
	}
	before, after := readings[i-1], readings[i]
	share := float64(at.Sub(before.at)) / float64(after.at.Sub(before.at))
	return before.cpu + share*(after.cpu-before.cpu)
}

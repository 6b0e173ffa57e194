package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A worker has as much memory after 2,000 steps as after 200, to 2%: a single tensor of a micro-batch's states
// that each step left would be more.
func TestMemoryDoesNotGrowWithSteps(t *testing.T) {
	const most = 1.02
	d := newDesk(t)
	p := startEndless(t, d, "--workers", "2")
	dir := d.at("runs", "long")
	early := d.residentAfter(t, p, dir, 200)
	for n := 400; n < 2000; n += 200 { // so that a slow machine has time for each
		p.await(t, fmt.Sprint(n, " steps"), func() bool { return d.steps(t, dir, "student") >= n })
	}
	late := d.residentAfter(t, p, dir, 2000)
	t.Logf("MB resident after 200 and 2,000 steps: %v, %v", early, late)
	for pid, before := range early {
		if after := late[pid]; after == 0 || after > most*before {
			t.Errorf("process %d has %.1f MB after 200 steps and %.1f MB after 2,000", pid, before, after)
		}
	}
	p.stop(t)
}

// residentAfter is the resident memory of each worker in MB after so many steps: the median over the next
// steps, since Go's collector lets it rise and fall.
func (d *desk) residentAfter(t *testing.T, p *process, dir string, steps int) map[int]float64 {
	t.Helper()
	const samples = 41
	all := map[int][]float64{}
	for i := range samples {
		p.await(t, fmt.Sprint(steps+i, " steps"), func() bool { return d.steps(t, dir, "student") >= steps+i })
		for _, pid := range d.workers(t) {
			all[pid] = append(all[pid], residentOf(t, pid))
		}
	}
	medians := map[int]float64{}
	for pid, of := range all {
		slices.Sort(of)
		medians[pid] = of[len(of)/2]
	}
	return medians
}

// residentOf is VmRSS of a process, in MB.
func residentOf(t *testing.T, pid int) (mb float64) {
	t.Helper()
	status, err := os.ReadFile(filepath.Join("/proc", fmt.Sprint(pid), "status"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		if text, found := strings.CutPrefix(line, "VmRSS:"); found {
			if _, err := fmt.Sscan(text, &mb); err != nil {
				t.Fatal(err)
			}
			return mb / 1024
		}
	}
	t.Fatalf("/proc/%d/status has no VmRSS", pid)
	return 0
}

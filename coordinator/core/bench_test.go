package core

import (
	"fmt"
	"testing"
	"time"
)

// BenchmarkStep is what the machine takes for one global step: a report and a sign of life of
// each worker, the commit, and the next deal.
func BenchmarkStep(b *testing.B) {
	for _, world := range []int{4, 64, 1024} {
		b.Run(fmt.Sprintf("workers=%d", world), func(b *testing.B) {
			m, workers := inTraining(b, world)
			step := 0
			for b.Loop() {
				oneStep(b, m, workers, step)
				step++
			}
		})
	}
}

// oneStep has all workers report a step, the last of which lets the next be dealt.
func oneStep(t testing.TB, m *Machine, workers []WorkerID, step int) {
	now, dealt := time.Unix(0, int64(step)), 0
	for _, w := range workers {
		m.Apply(Heard{Worker: w, At: now})
		for _, d := range m.Apply(UnitDone{Worker: w, Generation: 2, Unit: step}) {
			if _, is := d.(DealStep); is {
				dealt++
			}
		}
	}
	if dealt != 1 {
		t.Fatalf("%d steps were dealt after step %d", dealt, step)
	}
}

// inTraining is a machine whose workers have begun a stage without end.
func inTraining(b testing.TB, world int) (*Machine, []WorkerID) {
	b.Helper()
	m := New(Config{Workers: world, Min: 1, Max: world, Ahead: 2, Silence: time.Hour, Suspicion: time.Hour, Gather: time.Hour, Setbacks: 5}, 1)
	workers := make([]WorkerID, world)
	for i := range workers {
		workers[i] = WorkerID(fmt.Sprintf("w%d", i))
		m.Apply(Joined{Worker: workers[i]})
	}
	m.Apply(Prepared{Kind: Train, Units: 1 << 40})
	for _, w := range workers {
		m.Apply(StageReady{Worker: w, Generation: 1})
	}
	var dealt []Decision
	for _, w := range workers {
		dealt = append(dealt, m.Apply(RingReady{Worker: w, Generation: 2, State: &StateID{0, 1}})...)
	}
	if len(dealt) != 2 {
		b.Fatalf("the ring of %d workers decided %+v, want 2 steps dealt", world, dealt)
	}
	return m, workers
}

package audit

import (
	"maps"
	"math"
	"slices"

	"ringmaster/config"
	"ringmaster/run/directory"
)

// tolerance is by what share of itself a λ or a learning rate may differ from the plan's:
// processors may fuse a multiplication and an addition, or not.
const tolerance = 1e-12

// checkEvents holds what each event says against the plan and the ledger.
func (t *trial) checkEvents() {
	t.checkGenerations()
	for _, s := range t.stages {
		t.checkBegun(s)
		t.checkSkipped(s)
		for _, n := range slices.Sorted(maps.Keys(s.events)) {
			t.checkEvent(s, s.events[n])
		}
	}
}

func (t *trial) checkEvent(s *stage, e directory.Event) {
	if e.Lost {
		return // tellLost did
	}
	want := s.steps[e.Step]
	if e.Total != want.Total {
		t.problem("step %d of %s: the event gives the length of the stage as %s, the plan has %d", e.Step, s.name, steps(e.Total), want.Total)
	}
	if !same(e.Lambda, want.Lambda) {
		t.problem("step %d of %s: λ is %v, the plan has %v", e.Step, s.name, e.Lambda, want.Lambda)
	}
	if !same(e.LR, want.LR) {
		t.problem("step %d of %s: the learning rate is %v, the plan has %v", e.Step, s.name, e.LR, want.LR)
	}
	if e.Skipped && t.record.Run.Train.NotFinite != config.SkipNotFinite {
		t.problem("step %d of %s: it was skipped, but train.not_finite is %s", e.Step, s.name, t.record.Run.Train.NotFinite)
	}
	for _, task := range slices.Sorted(maps.Keys(e.Loss)) {
		if loss := e.Loss[task]; !e.Skipped && (math.IsNaN(loss) || math.IsInf(loss, 0)) {
			t.problem("step %d of %s: the loss of %s is %v", e.Step, s.name, task, loss)
		}
	}
	if entry, here := s.ledger[e.Step]; here && !entry.Lost {
		t.compare(s, e, entry)
	}
}

// compare holds an event against the ledger's entry of the same step.
func (t *trial) compare(s *stage, e directory.Event, entry directory.LedgerEntry) {
	if e.World != len(entry.Ranks) {
		t.problem("step %d of %s: the world size is %d, but the ledger has the examples of %d ranks", e.Step, s.name, e.World, len(entry.Ranks))
	}
	count := map[string]int{}
	for _, rank := range entry.Ranks {
		for _, id := range rank {
			count[id.Task]++
		}
	}
	tasks := maps.Clone(count)
	maps.Copy(tasks, e.Examples)
	for _, task := range slices.Sorted(maps.Keys(tasks)) {
		if e.Examples[task] != count[task] {
			t.problem("step %d of %s: the event counts %d examples of %s, the ledger %d", e.Step, s.name, e.Examples[task], task, count[task])
		}
		// The loss of a step that was skipped may be no number, which is not written.
		if _, told := e.Loss[task]; !told && !e.Skipped && e.Examples[task] > 0 {
			t.problem("step %d of %s: the event has no loss of %s", e.Step, s.name, task)
		}
	}
}

func same(got, want float64) bool { return math.Abs(got-want) <= tolerance*math.Abs(want) }

package audit

import (
	"maps"
	"slices"

	"ringmaster/run/directory"
)

// recordLog is the coordinator's record, as problems name it.
const recordLog = "record.log"

// checkGenerations looks at the ring's membership in the order of the log: generations
// do not fall, and within one the number of ranks stays. The coordinator's record, where
// there is one, says who was in each.
func (t *trial) checkGenerations() {
	told := map[uint64]bool{}
	var before *directory.Event // that is not lost
	for i, e := range t.record.Events.Lines {
		if e.Lost {
			continue
		}
		if !told[e.Generation] {
			told[e.Generation] = t.checkMembers(i, e)
		}
		last := before
		if before = &t.record.Events.Lines[i]; last == nil {
			continue
		}
		before := last
		if e.Generation < before.Generation {
			t.problem("step %d of %s: the generation decreases from %d to %d (%s, line %d)",
				e.Step, e.Stage, before.Generation, e.Generation, eventLog, i+1)
		}
		if e.Generation == before.Generation && e.World != before.World {
			t.problem("step %d of %s: the world size changes from %d to %d within generation %d (%s, line %d)",
				e.Step, e.Stage, before.World, e.World, e.Generation, eventLog, i+1)
		}
	}
}

// checkMembers holds an event's generation against the record, and says whether it told of
// it.
func (t *trial) checkMembers(line int, e directory.Event) (told bool) {
	c := t.record.Coordinator
	if c == nil || len(c.Members) == 0 {
		return false
	}
	if first := slices.Min(slices.Collect(maps.Keys(c.Members))); e.Generation < first {
		return false // of a release that left no record
	}
	members, handedOut := c.Members[e.Generation]
	switch {
	case !handedOut:
		t.problem("step %d of %s: %s has no generation %d (%s, line %d)", e.Step, e.Stage, recordLog, e.Generation, eventLog, line+1)
		return true
	case len(members) != e.World:
		t.problem("step %d of %s: the world size is %d, but %s has %d members of generation %d (%s, line %d)",
			e.Step, e.Stage, e.World, recordLog, len(members), e.Generation, eventLog, line+1)
		return true
	}
	return false
}

// checkBegun holds a stage's events against how it last began: steps that were in what was
// loaded then are of that generation or an older one, all others were done since. One that
// is older was taken back, and should not be in the logs.
func (t *trial) checkBegun(s *stage) {
	if t.record.Coordinator == nil {
		return
	}
	begun, ok := t.record.Coordinator.Begun[s.name]
	if !ok {
		return
	}
	for _, n := range slices.Sorted(maps.Keys(s.events)) {
		switch e := s.events[n]; {
		case e.Lost:
		case n >= begun.From && e.Generation < begun.Generation:
			t.problem("step %d of %s: it is of generation %d, but it was rolled back: the stage restarted at step %d in generation %d",
				n, s.name, e.Generation, begun.From, begun.Generation)
		case n < begun.From && e.Generation > begun.Generation:
			t.problem("step %d of %s: it is of generation %d, but it was already done when the stage restarted in generation %d",
				n, s.name, e.Generation, begun.Generation)
		}
	}
}

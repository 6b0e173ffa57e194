package audit

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"ringmaster/run/directory"
)

// place is where a line of a log belongs.
type place struct {
	stage string
	step  int
}

// checkOrder holds both logs against the steps that there must be, and files their lines
// under the stages.
func (t *trial) checkOrder() {
	var events, entries []place
	for _, e := range t.record.Events.Lines {
		events = append(events, place{e.Stage, e.Step})
	}
	for _, e := range t.record.Ledger.Lines {
		entries = append(entries, place{e.Stage, e.Step})
	}
	t.sequence(eventLog, events, func(s *stage, line int) { s.events[events[line].step] = t.record.Events.Lines[line] })
	t.sequence(ledgerLog, entries, func(s *stage, line int) { s.ledger[entries[line].step] = t.record.Ledger.Lines[line] })
	t.findReach()
	for _, s := range t.stages {
		missing(t, eventLog, s, s.events)
		missing(t, ledgerLog, s, s.ledger)
		tellLost(t, s.name, s.events, func(e directory.Event) bool { return e.Lost },
			"are lost from "+eventLog+": they were done, but their results are not known")
		tellLost(t, s.name, s.ledger, func(e directory.LedgerEntry) bool { return e.Lost },
			"are lost from "+ledgerLog+": they were done, but their examples are not known")
	}
}

// tellLost tells of steps whose lines say that they are lost.
func tellLost[T any](t *trial, stage string, lines map[int]T, lost func(T) bool, why string) {
	for _, from := range slices.Sorted(maps.Keys(lines)) {
		line, here := lines[from]
		before, follows := lines[from-1]
		if !here || !lost(line) || follows && lost(before) {
			continue // told with the one before it
		}
		to := from
		for next, here := lines[to+1]; here && lost(next); next, here = lines[to+1] {
			to++
		}
		if from == to {
			t.problem("step %d of %s: its line %s", from, stage, strings.NewReplacer("are lost", "is lost", "they were", "the step was", "their", "its").Replace(why))
		} else {
			t.problem("steps %d to %d of %s %s", from, to, stage, why)
		}
	}
}

// sequence walks a log in its own order. first hears of the first line of every step.
func (t *trial) sequence(log string, places []place, first func(s *stage, line int)) {
	seen := map[place]int{}
	strangers := map[string]bool{} // stages that the run does not have
	var before *place
	for line, p := range places {
		s := t.stage(p.stage)
		if s == nil {
			if !strangers[p.stage] {
				t.problem("%s, line %d: %q is not a training stage of the run", log, line+1, p.stage)
			}
			strangers[p.stage] = true
			continue
		}
		if p.step < 0 || p.step >= s.total {
			t.problem("%s, line %d: there is no step %d of %s: it has %d steps, counted from 0", log, line+1, p.step, p.stage, s.total)
			continue
		}
		if at, again := seen[p]; again {
			t.problem("%s, line %d: step %d of %s is repeated: it is already on line %d", log, line+1, p.step, p.stage, at+1)
			continue
		}
		seen[p] = line
		first(s, line)
		if before != nil && t.precedes(p, *before) {
			t.problem("%s, line %d: out of order: step %d of %s after step %d of %s", log, line+1, p.step, p.stage, before.step, before.stage)
		}
		before = &p
	}
}

func (t *trial) stage(name string) *stage {
	for _, s := range t.stages {
		if s.name == name {
			return s
		}
	}
	return nil
}

func (t *trial) precedes(a, b place) bool {
	if a.stage != b.stage {
		return t.stage(a.stage).index < t.stage(b.stage).index
	}
	return a.step < b.step
}

// findReach finds how many steps of each stage the logs must have: all of a finished
// run; else as far as either log, a checkpoint or the coordinator's record says, and all
// of the stages before. A teacher that was at hand needs none; where a run was resumed, it may be one that the
// run itself had trained, whose steps are then judged like others.
func (t *trial) findReach() {
	last := 0 // the stage that the run came to
	for _, s := range t.stages {
		for step := range s.events {
			s.reach = max(s.reach, step+1)
		}
		for step := range s.ledger {
			s.reach = max(s.reach, step+1)
		}
		if s.reach > 0 {
			last = s.index
		}
	}
	for _, p := range t.record.Reached {
		s := t.stage(p.Stage)
		if s == nil || p.Steps < 0 || p.Steps > s.total {
			t.problem("a checkpoint is of %s of %s, but the plan does not have them", steps(p.Steps), p.Stage)
			continue
		}
		s.reach, last = max(s.reach, p.Steps), max(last, s.index)
	}
	last = max(last, t.recordedReach())
	if t.record.Finished {
		last = len(t.stages)
	}
	for _, s := range t.stages {
		if s.index < last && (s.reach > 0 || !s.taken) {
			s.reach = s.total
		}
	}
}

// recordedReach takes in how far the coordinator's record says that the run came, and
// returns the number of the first stage that was not done.
func (t *trial) recordedReach() (last int) {
	c := t.record.Coordinator
	if c == nil {
		return 0
	}
	if c.Kept != nil && t.stage(c.Kept.Stage) != nil {
		s := t.stage(c.Kept.Stage)
		s.reach, last = max(s.reach, c.Kept.Step), max(last, s.index)
	}
	if c.Stage != nil && t.stage(c.Stage.Name) != nil {
		s := t.stage(c.Stage.Name)
		s.reach, last = max(s.reach, c.Stage.From), max(last, s.index)
	}
	for _, done := range c.Done {
		if s := t.stage(done.Name); s != nil {
			last = max(last, s.index+1)
		}
	}
	for _, s := range t.stages { // what no plan has is told, not taken for granted
		if s.reach > s.total {
			t.problem("%s has %s of %s, but the plan has %d", recordLog, steps(s.reach), s.name, s.total)
			s.reach = s.total
		}
	}
	return last
}

// missing tells which of a stage's steps a log lacks.
func missing[T any](t *trial, log string, s *stage, lines map[int]T) {
	if len(lines) == 0 && s.reach > 0 {
		t.problem("%s has no line of %s, but the run did %s of it", log, s.name, steps(s.reach))
		return
	}
	for from := 0; from < s.reach; from++ {
		if _, here := lines[from]; here {
			continue
		}
		to := from
		for _, here := lines[to+1]; to+1 < s.reach && !here; _, here = lines[to+1] {
			to++
		}
		switch {
		case to == s.reach-1:
			t.problem("%s ends too early: its last step of %s is %d, the run's is %d", log, s.name, from-1, to)
		case from == to:
			t.problem("step %d of %s is missing from %s", from, s.name, log)
		default:
			t.problem("steps %d to %d of %s are missing from %s", from, to, s.name, log)
		}
		from = to
	}
}

func steps(n int) string {
	if n == 1 {
		return "1 step"
	}
	return fmt.Sprintf("%d steps", n)
}

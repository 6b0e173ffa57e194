package core

import (
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"
)

// scenario is a small run and how much may go wrong in it.
type scenario struct {
	name   string
	cfg    Config
	stages []smallStage
	faults budget

	hashes  bool // workers report the hash of every step, whether asked to or not
	patient bool // workers do nothing at once: every order of everything is tried
	silent  bool // of a worker's death nobody hears but by its silence
	long    bool // not in the short form
}

type smallStage struct {
	kind  Kind
	units int
	gates int // steps from one gate to the next
	ends  int // the gate at which it ends; 0: it does not
}

func train(steps int) []smallStage { return []smallStage{{kind: Train, units: steps}} }

func few(workers, least, most, ahead int) Config {
	return Config{Workers: workers, Min: least, Max: most, Ahead: ahead, Silence: 10 * time.Second, Suspicion: time.Second, Gather: 2 * time.Second}
}

// scenarios, the small ones first.
var scenarios = []scenario{
	{name: "kill and join", cfg: few(2, 1, 2, 2), stages: train(2), faults: budget{kills: 1, joins: 1}},
	{name: "two kills and a join", cfg: few(2, 1, 2, 1), stages: train(2), faults: budget{kills: 2, joins: 1}},
	{name: "kill and restart", cfg: few(2, 1, 2, 1), stages: train(3), faults: budget{kills: 1, restarts: 1}},
	{name: "two evictions", cfg: few(2, 1, 2, 1), stages: train(2), faults: budget{evicts: 2}},
	{name: "two restarts", cfg: few(2, 1, 2, 1), stages: train(2), faults: budget{restarts: 2}},
	{name: "leave and join", cfg: few(2, 1, 2, 2), stages: train(3), faults: budget{leaves: 1, joins: 1}},
	{name: "leave and kill", cfg: few(2, 1, 2, 1), stages: train(2), faults: budget{leaves: 1, kills: 1}},
	{name: "break and kill", cfg: few(2, 1, 2, 1), stages: train(2), faults: budget{breaks: 1, kills: 1}},
	{name: "leave and restart", cfg: few(2, 1, 2, 1), stages: train(2), faults: budget{leaves: 1, restarts: 1}},
	{name: "stop and kill", cfg: few(2, 1, 2, 2), stages: train(2), faults: budget{stops: 1, kills: 1}},
	{name: "stop and two kills", cfg: few(2, 2, 2, 2), stages: train(2), faults: budget{stops: 1, kills: 2}},
	{name: "stop and restart", cfg: few(2, 2, 2, 1), stages: train(2), faults: budget{stops: 1, kills: 1, restarts: 1}, long: true},
	{name: "two must be there", cfg: few(2, 2, 2, 1), stages: train(2), faults: budget{leaves: 1, joins: 1}},
	{name: "a spare", cfg: few(1, 1, 1, 2), stages: train(2), faults: budget{kills: 1, joins: 1, leaves: 1}},
	{name: "silence", cfg: few(2, 1, 2, 1), stages: train(2), faults: budget{kills: 1, joins: 1}, silent: true},
	{name: "late and lost", cfg: few(2, 1, 2, 1), stages: train(2), faults: budget{repeats: 1, kills: 1, breaks: 1}},
	{name: "late batches", cfg: few(2, 1, 2, 1), stages: []smallStage{{kind: Infer, units: 2}, {kind: Train, units: 1}}, faults: budget{repeats: 1, kills: 1}},
	{name: "three workers, evict", cfg: few(3, 1, 3, 1), stages: train(2), faults: budget{evicts: 1}},
	{name: "gates and a kill", cfg: few(2, 1, 2, 2), stages: []smallStage{{kind: Train, units: 3, gates: 1}}, faults: budget{kills: 1, joins: 1}},
	{name: "an end at a gate", cfg: few(2, 1, 2, 2), stages: []smallStage{{kind: Train, units: 4, gates: 2, ends: 2}}, faults: budget{kills: 1, restarts: 1}},
	{name: "an end at a gate, leave and stop", cfg: few(2, 1, 2, 1), stages: []smallStage{{kind: Train, units: 3, gates: 1, ends: 2}}, faults: budget{leaves: 1, stops: 1}},
	{name: "batches", cfg: few(2, 1, 2, 1), stages: []smallStage{{kind: Infer, units: 2}, {kind: Train, units: 1}}, faults: budget{kills: 1, restarts: 1}},

	{name: "leave, kill, join", cfg: few(2, 1, 2, 2), stages: train(3), faults: budget{leaves: 1, kills: 1, joins: 1}, long: true},
	{name: "three workers, kill", cfg: few(3, 1, 3, 1), stages: train(2), faults: budget{kills: 1}, long: true},
	{name: "batches and joins", cfg: few(2, 1, 2, 1), stages: []smallStage{{kind: Infer, units: 3}, {kind: Train, units: 1}}, faults: budget{kills: 1, joins: 1, restarts: 1}, long: true},
	{name: "evict, kill, join", cfg: few(2, 1, 2, 1), stages: train(3), faults: budget{evicts: 1, kills: 1, joins: 1}, long: true},
	{name: "three evictions", cfg: few(2, 1, 2, 1), stages: train(3), faults: budget{evicts: 3}, long: true},
	{name: "three restarts", cfg: few(2, 1, 2, 1), stages: train(2), faults: budget{restarts: 3}, long: true},
	{name: "evict, restart, leave", cfg: few(2, 1, 2, 1), stages: train(3), faults: budget{evicts: 1, restarts: 1, leaves: 1}, long: true},
	{name: "three workers, two evictions", cfg: few(3, 1, 3, 1), stages: train(2), faults: budget{evicts: 2}, long: true},
	{name: "three workers, evict and restart", cfg: few(3, 1, 3, 1), stages: train(2), faults: budget{evicts: 1, restarts: 1}, long: true},
	{name: "three workers, leave and evict", cfg: few(3, 1, 3, 2), stages: train(2), faults: budget{evicts: 1, leaves: 1}, long: true},
	{name: "kill, join, restart, break", cfg: few(2, 1, 2, 1), stages: train(2), faults: budget{kills: 1, joins: 1, restarts: 1, breaks: 1}, long: true},
	{name: "two must be there, leave, join, restart", cfg: few(2, 2, 2, 1), stages: train(2), faults: budget{leaves: 1, joins: 1, restarts: 1}, long: true},
	{name: "three workers, leave and restart", cfg: few(3, 1, 3, 1), stages: train(2), faults: budget{leaves: 1, restarts: 1}, long: true},
	{name: "leave, kill, restart", cfg: few(2, 1, 2, 1), stages: train(2), faults: budget{leaves: 1, kills: 1, restarts: 1}, long: true},
	{name: "two leave, two join", cfg: few(2, 1, 2, 1), stages: train(2), faults: budget{leaves: 2, joins: 2}, long: true},
	{name: "patient kill and evict", cfg: few(2, 1, 2, 1), stages: train(2), faults: budget{kills: 1, evicts: 1}, patient: true, long: true},
	{name: "patient restart and join", cfg: few(2, 1, 3, 1), stages: train(2), faults: budget{restarts: 1, joins: 1}, patient: true, long: true},
	{name: "patient leave and kill", cfg: few(2, 1, 2, 2), stages: train(2), faults: budget{leaves: 1, kills: 1, joins: 1}, patient: true, long: true},
	{name: "two stages", cfg: few(2, 1, 2, 1), stages: []smallStage{{kind: Train, units: 1}, {kind: Train, units: 1}}, faults: budget{kills: 1, evicts: 1, restarts: 1}, long: true},
	{name: "hashes always", cfg: few(2, 1, 2, 2), stages: train(3), faults: budget{evicts: 2}, hashes: true, long: true},
}

// explorer walks through all that can become of a scenario, depth first, entering each
// state once.
type explorer struct {
	set         *scenario
	book        *book
	keys        keys
	seen        map[key]struct{}
	path        []action
	transitions int
	rests       int // states in which nothing can happen by itself
	finished    int // states from which an end was looked for
	deepest     int
	bad         *violation
}

// maxStates ends a walk that is larger than anybody thought.
const maxStates = 20_000_000

// TestExploration tries all orders of messages, losses and restarts of small runs on the
// core's own code, and checks in every state what doc.go claims. EXPLORE=long takes the
// larger ones too.
func TestExploration(t *testing.T) {
	long := os.Getenv("EXPLORE") == "long"
	for i := range scenarios {
		set := &scenarios[i]
		if set.long && !long {
			continue
		}
		t.Run(strings.ReplaceAll(set.name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			defer debug.SetGCPercent(debug.SetGCPercent(400))
			x := &explorer{set: set, book: newBook(), seen: map[key]struct{}{}}
			begun := time.Now()
			x.run()
			t.Logf("%s: %d states, %d transitions, %d at rest, %d ends looked for, depth %d, %v", set.name, len(x.seen), x.transitions,
				x.rests, x.finished, x.deepest, time.Since(begun).Round(time.Millisecond))
			if x.bad != nil {
				t.Errorf("%s\n%s", x.bad.text, x.shortest())
			}
		})
	}
}

func (x *explorer) run() { x.enter(newWorld(x.set, x.book)) }

// enter goes on from a world that an action led to; false ends the walk.
func (x *explorer) enter(w *world) bool {
	k := w.key(&x.keys)
	if _, known := x.seen[k]; known {
		return true
	}
	x.seen[k] = struct{}{}
	x.deepest = max(x.deepest, len(x.path))
	actions := w.actions()
	if x.bad = x.ending(w, actions, k); x.bad != nil {
		return false
	}
	if len(x.seen) == maxStates {
		x.bad = &violation{fmt.Sprintf("%d states are not all: the scenario is too large", maxStates)}
		return false
	}
	for _, a := range actions {
		x.transitions++
		x.path = append(x.path, a)
		next, bad := w.do(a)
		if bad != nil {
			x.bad = bad
			return false
		}
		if !x.enter(next) {
			return false
		}
		x.path = x.path[:len(x.path)-1]
	}
	return true
}

// ending checks that a world in which nothing happens by itself is over, or wants workers;
// and that one like this, and of the others one in many, comes to its end without faults.
func (x *explorer) ending(w *world, actions []action, k key) *violation {
	if w.m.phase == over {
		return nil
	}
	rests := !slices.ContainsFunc(actions, func(a action) bool { return !a.fault() })
	if rests {
		x.rests++
		if !w.wants() {
			return &violation{fmt.Sprintf("nothing can happen any more, in phase %d", w.m.phase)}
		}
	}
	if rests || k[0]%64 == 0 {
		x.finished++
		return w.finish()
	}
	return nil
}

// finish has a world go on without faults, a worker joining where it waits for one, and
// says what keeps it from its end.
func (w *world) finish() *violation {
	for n := range 1000 {
		var own, last []action
		for _, a := range w.actions() {
			switch {
			case a.kind == gives:
				last = append(last, a)
			case !a.fault():
				own = append(own, a)
			}
		}
		if len(own) == 0 {
			own = last
		}
		if len(own) == 0 {
			if w.m.phase == over {
				return nil
			}
			if !w.wants() {
				return &violation{fmt.Sprintf("without faults, it comes to a stand in phase %d", w.m.phase)}
			}
			own = []action{{joins, w.stranger(), 0}}
		}
		next, bad := w.do(own[n%len(own)])
		if bad != nil {
			return bad
		}
		w = next
	}
	return &violation{"without faults, it does not come to an end"}
}

// shortest is the shortest way to a violation, or the first where that takes too many
// states, as a script.
func (x *explorer) shortest() string {
	type stop struct {
		w    *world
		path []action
	}
	path := x.path
	seen := map[key]struct{}{}
	queue := []stop{{newWorld(x.set, x.book), nil}}
search:
	for len(queue) > 0 && len(seen) < 50_000 {
		s := queue[0]
		queue = queue[1:]
		actions := s.w.actions()
		k := s.w.key(&x.keys)
		if bad := x.ending(s.w, actions, k); bad != nil {
			x.bad, path = bad, s.path
			break
		}
		for _, a := range actions {
			way := push(s.path, a)
			next, bad := s.w.do(a)
			if bad != nil {
				x.bad, path = bad, way
				break search
			}
			k := next.key(&x.keys)
			if _, known := seen[k]; !known {
				seen[k] = struct{}{}
				queue = append(queue, stop{next, way})
			}
		}
	}
	return x.script(path)
}

// script tells a way, event by event.
func (x *explorer) script(path []action) string {
	var text strings.Builder
	w := newWorld(x.set, x.book)
	w.tell = func(format string, args ...any) { fmt.Fprintf(&text, format+"\n", args...) }
	for _, a := range path {
		next, bad := w.do(a)
		if bad != nil {
			fmt.Fprintf(&text, "=> %s\n", bad.text)
			return text.String()
		}
		w = next
	}
	if bad := w.finish(); bad != nil {
		fmt.Fprintf(&text, "=> %s\n", bad.text)
	}
	return text.String()
}

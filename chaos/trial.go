//go:build linux

package chaos

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"ringmaster/chaos/faults"
	"ringmaster/chaos/recovery"
	"ringmaster/sleep"
)

// pause is the time between two looks at a condition.
const pause = 10 * time.Millisecond

// trial is one run under faults. One goroutine owns it.
type trial struct {
	*fleet
	o       Options
	watch   watch
	disk    *disk // nil where checkpoints lie on the user's own
	temp    *disk // the same of temporary files
	report  Report
	samples []recovery.Sample

	touched  map[int]bool      // workers that the round has done something to
	note     []string          // of the round
	sockets  map[string]string // that our processes ever accepted connections at
	problems []string
	restarts int    // of a coordinator that nobody had killed
	passers  int    // workers that died on joining
	lost     int    // logs
	missing  string // the name of the last of them
	finished bool
}

// maxRestarts is how often a coordinator that ends by itself is started again in a trial.
const maxRestarts = 3

// begin starts everything, and waits for the first step.
func (t *trial) begin(ctx context.Context) error {
	if t.o.Disk {
		var err error
		if t.temp, err = mountDisk(t.at("disk", filepath.Base(string(t.run))+"-tmp"), t.at("tmp")); err != nil {
			return err
		}
	}
	if err := t.open(ctx); err != nil {
		return err
	}
	if err := t.startCoordinator(); err != nil {
		return err
	}
	if err := t.await(ctx, "the coordinator's run directory", func() bool { _, err := os.Stat(t.run.Plan()); return err == nil }); err != nil {
		return err
	}
	if t.o.Disk {
		var err error
		if t.disk, err = mountDisk(t.at("disk", filepath.Base(string(t.run))), t.run.Checkpoints()); err != nil {
			return err
		}
	}
	for w := range startWith {
		if err := t.addWorker(w + 1); err != nil {
			return err
		}
	}
	return t.await(ctx, "the first steps", func() bool { return t.watch.steps() > 2 })
}

// await looks until a condition holds, and meanwhile starts what ended by itself. A run
// that has ended well ends every wait.
func (t *trial) await(ctx context.Context, what string, holds func() bool) error {
	deadline := time.Now().Add(t.o.Patience)
	for !t.finished {
		if err := t.attend(); err != nil {
			return err
		}
		if holds() {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%w: no %s within %s, at step %d\n%s", ErrHang, what, t.o.Patience, t.watch.steps(), t.tails())
		}
		if err := t.rest(ctx); err != nil {
			return err
		}
	}
	return nil
}

// until lets time pass, as await does.
func (t *trial) until(ctx context.Context, moment time.Time) error {
	for !t.finished && time.Now().Before(moment) {
		if err := errors.Join(t.attend(), t.rest(ctx)); err != nil {
			return err
		}
	}
	return nil
}

func (t *trial) rest(ctx context.Context) error { return sleep.For(ctx, pause) }

// attend takes news: steps that were committed, processes that ended.
func (t *trial) attend() error {
	if err := t.watch.look(); err != nil {
		return err
	}
	if t.coordinator != nil && t.coordinator.over() {
		if t.coordinator.code == 0 {
			t.finished = true
			return nil
		}
		if err := t.replaceCoordinator(); err != nil {
			return err
		}
	}
	if t.server.over() {
		return nil // nothing can be started while there is no server
	}
	for _, m := range t.workers {
		if !m.process.over() || m.leaving {
			continue
		}
		if m.process.code == 0 && t.watch.steps() >= t.report.Steps {
			continue // it was told that the run is over
		}
		if !t.touched[m.number] {
			t.problem("%s ended by itself, without a fault (%s):\n%s", m.process.name, m.process.how, quote(m.process.log))
		}
		t.notice("%s ended (%s)", m.process.name, m.process.how)
		t.report.Restarts++
		if err := t.startWorker(m); err != nil {
			return err
		}
	}
	return nil
}

// replaceCoordinator starts a coordinator in place of one that ended by itself. One that
// was started while there was no server, or lost it in that moment, may say so and end.
func (t *trial) replaceCoordinator() error {
	if t.server.over() {
		return nil // not yet
	}
	if t.coordinator.started.After(t.serverUp) {
		t.problem("the coordinator ended by itself (%s):\n%s", t.coordinator.how, quote(t.coordinator.log))
		if t.restarts++; t.restarts > maxRestarts {
			return fmt.Errorf("%w: the coordinator ended %d times\n%s", ErrBroken, t.restarts, t.tails())
		}
	} else {
		t.notice("the coordinator ended without a server (%s)", t.coordinator.how)
	}
	return t.startCoordinator()
}

func (t *trial) problem(format string, args ...any) {
	t.problems = append(t.problems, fmt.Sprintf(format, args...))
	t.say("PROBLEM at step %d: %s", t.watch.steps(), fmt.Sprintf(format, args...))
}

func (t *trial) notice(format string, args ...any) {
	t.note = append(t.note, fmt.Sprintf(format, args...))
}

func (t *trial) say(format string, args ...any) {
	if t.o.Progress != nil {
		_, _ = fmt.Fprintf(t.o.Progress, format+"\n", args...) // a screen that is gone hinders nothing
	}
}

// round does what a round asks for and waits until the run has settled.
func (t *trial) round(ctx context.Context, number, total int, r faults.Round) error {
	if err := t.await(ctx, fmt.Sprintf("step %d", r.At), func() bool { return t.watch.steps() >= r.At }); err != nil || t.finished {
		return err
	}
	began := Round{Step: t.watch.steps(), Outage: r.Outage || r.TooFew}
	before := t.watch.last().Generation
	for _, f := range r.Faults {
		began.Faults = append(began.Faults, describe(f))
	}
	first, ended, err := t.inflict(ctx, r)
	if err != nil {
		return fmt.Errorf("round %d (%s): %w", number, strings.Join(began.Faults, ", "), err)
	}
	settled := func() bool {
		return t.watch.since(ended) >= r.Settle && (!r.Whole || t.watch.last().World == r.Strength) && t.left()
	}
	what := fmt.Sprintf("%d steps", r.Settle)
	if r.Whole {
		what += fmt.Sprintf(" and %d workers", r.Strength)
	}
	what += " after " + strings.Join(began.Faults, ", ")
	if err := t.await(ctx, what, settled); err != nil {
		return err
	}
	t.measure(r, began, before, first, ended)
	t.touched = keepUnsettled(t.touched, r)
	now := t.report.Rounds[len(t.report.Rounds)-1]
	t.say("%4d/%d step %5d world %d generation %3d  %5.2f s  %s", number, total, now.Step, now.World, now.Generation, now.Recovery, strings.Join(now.Faults, ", ")+noted(now.Note))
	return t.noteSockets()
}

func noted(note string) string {
	if note == "" {
		return ""
	}
	return " (" + note + ")"
}

// keepUnsettled is what may still end because of what was done to it: nobody, once the
// run is at full strength.
func keepUnsettled(touched map[int]bool, r faults.Round) map[int]bool {
	if r.Whole {
		return map[int]bool{}
	}
	return touched
}

// measure takes the round's times. before is the generation that it began in.
func (t *trial) measure(r faults.Round, now Round, before uint64, first, ended time.Time) {
	from := first
	if now.Outage {
		from = ended
	}
	stall := recovery.LongestWait(t.watch.commits(first), first)
	recovered := recovery.LongestWait(t.watch.commits(from), from)
	now.Stall, now.Recovery = stall.Seconds(), recovered.Seconds()
	now.Generation, now.World = t.watch.last().Generation, t.watch.last().World
	now.Note = strings.Join(t.note, "; ")
	t.note = nil
	t.report.Rounds = append(t.report.Rounds, now)
	t.report.Faults += len(r.Faults)
	var kinds []string
	for _, f := range r.Faults {
		kind := string(f.Kind)
		if f.Kind.Ends() && now.Generation == before {
			kind += " (a spare)" // the ring did not change, so it was in none
		}
		kinds = append(kinds, kind)
	}
	t.samples = append(t.samples, recovery.Sample{Kinds: kinds, Stall: stall, Recovery: recovered})
}

// left says whether everybody who was asked to leave is gone, and forgets them.
func (t *trial) left() bool {
	gone := true
	for _, number := range slices.Sorted(maps.Keys(t.workers)) {
		m := t.workers[number]
		if !m.leaving {
			continue
		}
		if !m.process.over() {
			gone = false
			continue
		}
		// A program that has just been started has no say yet in what SIGTERM does.
		if young := m.process.how == "signal: terminated" && isEmpty(m.process.log); m.process.code != 0 && !young {
			t.problem("%s was asked to leave and ended with %s:\n%s", m.process.name, m.process.how, quote(m.process.log))
		}
		t.dropWorker(m)
	}
	return gone
}

// isEmpty says whether nothing was ever written to a file.
func isEmpty(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Size() == 0
}

// noteSockets remembers where our processes accept connections.
func (t *trial) noteSockets() error {
	all, err := listeners()
	if err != nil {
		return err
	}
	for _, p := range t.all() {
		maps.Copy(t.sockets, listenersOf(p.pid(), all))
	}
	return nil
}

func describe(f faults.Fault) string {
	text := string(f.Kind)
	if f.Worker != 0 {
		text += fmt.Sprintf(" w%d", f.Worker)
	}
	if f.Hold > 0 {
		text += fmt.Sprintf(" %.1fs", f.Hold.Seconds())
	}
	return text
}

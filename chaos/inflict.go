//go:build linux

package chaos

import (
	"context"
	"fmt"
	"slices"
	"syscall"
	"time"

	"ringmaster/chaos/faults"
)

// act is something to be done at a moment of a round.
type act struct {
	at  time.Duration
	end bool // of a fault that has lasted
	of  faults.Fault
}

// inflict does a round's faults, each at its time, and ends them at theirs. first is when
// the first began; ended is when the last did that keeps the run from going on, or the
// last of all.
func (t *trial) inflict(ctx context.Context, r faults.Round) (first, ended time.Time, err error) {
	var acts []act
	for _, f := range r.Faults {
		acts = append(acts, act{at: f.After, of: f})
		if f.Hold > 0 || f.Kind.Outage() {
			acts = append(acts, act{at: f.After + f.Hold, end: true, of: f})
		}
	}
	slices.SortStableFunc(acts, func(a, b act) int { return int(a.at - b.at) })
	began := time.Now()
	for _, a := range acts {
		if err := t.until(ctx, began.Add(a.at)); err != nil {
			return first, ended, err
		}
		if t.finished {
			return first, ended, t.undo(ctx, acts)
		}
		if first.IsZero() {
			first = time.Now()
		}
		if a.end {
			err = t.relieve(ctx, a.of)
		} else {
			err = t.strike(ctx, a.of)
		}
		if err != nil {
			return first, ended, fmt.Errorf("%s: %w", describe(a.of), err)
		}
		if r.TooFew || !r.Outage || a.of.Kind.Outage() {
			ended = time.Now()
		}
	}
	return first, ended, nil
}

// strike begins a fault.
func (t *trial) strike(ctx context.Context, f faults.Fault) error {
	m := t.workers[f.Worker]
	if f.Kind.OnWorker() {
		t.touched[f.Worker] = true
		if m.process.over() {
			t.notice("w%d had already ended", f.Worker)
		}
	}
	switch f.Kind {
	case faults.KillWorker:
		t.dropWorker(m)
	case faults.Leave:
		m.leaving = true
		return m.process.signal(syscall.SIGTERM)
	case faults.Join:
		t.touched[f.Worker] = true
		return t.addWorker(f.Worker)
	case faults.PauseShort, faults.PauseLong:
		return m.process.signal(syscall.SIGSTOP)
	case faults.KillCoordinator:
		t.coordinator.kill()
		finished := t.coordinator.code == 0
		t.coordinator = nil
		t.finished = finished
	case faults.RestartNATS, faults.SmallMessages:
		t.payload = maxPayload
		if f.Kind == faults.SmallMessages {
			t.payload = smallPayload
		}
		t.server.kill()
	case faults.CutControl:
		m.link.cut()
	case faults.HangControl:
		return m.link.hang()
	case faults.SlowControl:
		return m.link.slow()
	case faults.CutRing:
		found, err := cutRing(m.process.pid(), t.pids())
		return t.noteLinks(found, err)
	case faults.SlowRing:
		found, err := slowRing(m.process.pid(), t.pids(), true)
		return t.noteLinks(found, err)
	case faults.FillDisk:
		return t.disk.fill()
	case faults.FillTemp:
		return t.temp.fill()
	case faults.DieJoining:
		return t.dieJoining(ctx)
	case faults.StopAndKill:
		return t.stopAndKill(ctx, f.Worker)
	case faults.LoseLog:
		return t.loseLog()
	}
	return nil
}

func (t *trial) noteLinks(found int, err error) error {
	if found == 0 {
		t.notice("it had no links")
	}
	return err
}

// relieve ends a fault.
func (t *trial) relieve(ctx context.Context, f faults.Fault) error {
	m := t.workers[f.Worker]
	if f.Kind.OnWorker() && m == nil {
		return nil
	}
	switch f.Kind {
	case faults.PauseShort, faults.PauseLong:
		return m.process.signal(syscall.SIGCONT)
	case faults.KillCoordinator, faults.StopAndKill:
		if t.coordinator == nil && !t.finished {
			return t.startCoordinator()
		}
	case faults.LoseLog:
		if t.coordinator == nil && !t.finished {
			said := t.saysFrom(t.logFile("coordinator"))
			if err := t.startCoordinator(); err != nil {
				return err
			}
			return t.mustSay(ctx, said, t.missing)
		}
	case faults.RestartNATS, faults.SmallMessages:
		if t.server.over() {
			return t.startServer(ctx)
		}
	case faults.CutControl, faults.HangControl, faults.SlowControl:
		return m.link.mend(ctx)
	case faults.SlowRing:
		_, err := slowRing(m.process.pid(), t.pids(), false)
		return err
	case faults.FillDisk:
		return t.disk.free()
	case faults.FillTemp:
		return t.temp.free()
	}
	return nil
}

// undo ends the faults of a run that came to its end meanwhile.
func (t *trial) undo(ctx context.Context, acts []act) error {
	for _, a := range acts {
		if a.end && a.of.Kind != faults.KillCoordinator && a.of.Kind != faults.FillDisk && a.of.Kind != faults.FillTemp {
			if err := t.relieve(ctx, a.of); err != nil {
				return err
			}
		}
	}
	return nil
}

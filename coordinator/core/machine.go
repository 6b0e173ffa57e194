package core

import (
	"fmt"
	"time"
)

// Kind is what a stage's units are.
type Kind int

// The kinds of stage.
const (
	Train Kind = iota // steps that all ranks do together
	Infer             // batches, each done by one worker
)

// Config are the machine's settings.
type Config struct {
	Workers int // how many a run starts with
	Min     int // with fewer it pauses; at least 1
	Max     int // more wait as spares; at least Workers
	Ahead   int // units dealt before the first of them is done

	// Silence is how long a worker may be unheard; Suspicion how long one may whose
	// neighbours, or others that join, cannot reach it.
	Silence, Suspicion time.Duration
	// LastHolders is Silence for those that hold a training's state and are connected, while none that holds it
	// is heard: without them the stage would go back to a checkpoint, and most likely they live and something
	// that they share does not, such as a machine without memory or a network. 0 is Silence.
	LastHolders time.Duration
	// Gather is how long a machine that goes on from an ResumePoint waits for more workers once
	// one is there that holds all that was committed; for one that does it waits twice as long.
	Gather time.Duration
	// Setbacks is how many losses in a row without progress end the run; Returns is how often
	// a stage may go back to a checkpoint without progress. 0 is no limit. Progress is a unit
	// that had never been committed before: the same ones done again are none.
	Setbacks, Returns int
	// Saves is how often a model is tried to be saved before that ends the run; 0 is once.
	Saves int
}

// phase is where the machine stands.
type phase int

const (
	gathering phase = iota // waiting for workers to begin with
	preparing              // waiting for the shell to describe the stage
	loading                // waiting for the models of those that were told to begin
	linking                // waiting for a ring's links
	working                // units are dealt and done
	paused                 // too few workers
	saving                 // a worker hands the model over
	over
)

// Machine is the state of a run. Apply is its only way to change; it is used by one
// goroutine.
type Machine struct {
	cfg      Config
	stages   int
	phase    phase
	stopping bool

	generation uint64 // the last number given to a ring or a Begin
	members    map[WorkerID]*member
	order      []WorkerID // of joining

	setbacks int // losses and broken rings since the last progress
	returns  int // how often the stage went back since then
	best     int // units of the stage that were ever committed
	lastLoss error
	proven   bool // a unit was committed: the run can work
	failures int  // workers that failed before

	// The stage.
	stage           int
	kind            Kind
	units           int
	beginGeneration uint64  // of its last Begin
	committed       StateID // in a Train stage; of an Infer stage Applied counts batches
	settled         uint64  // the newest generation when that was committed
	rollingBack     bool    // to a checkpoint; also where an ResumePoint leaves no other way
	gateEvery       int     // steps from one gate to the next; 0 without gates
	passed          int     // the gate that was judged last
	askedIn         uint64  // the generation in which the next one's judgement was asked for; 0 before

	train training
	infer inference

	origin      *ResumePoint // until the first workers are gathered
	firstJoined time.Time
	upToDate    bool // somebody came who holds all that is committed
}

// ResumePoint is where a machine goes on that was not the run's first: what its predecessor
// left on disk.
type ResumePoint struct {
	Stage           int     // the stage under way
	Generation      uint64  // the highest number given out
	BeginGeneration uint64  // of the stage's last Begin; 0 when there was none yet
	Committed       StateID // of the stage
	Settled         uint64  // the highest number given out when that was committed
	// Members are the workers of the last ring, or of the stage's last Begin if that came later.
	Members []WorkerID
}

// New returns the machine of a run with so many stages.
func New(cfg Config, stages int) *Machine {
	cfg.Min = max(cfg.Min, 1)
	cfg.Max = max(cfg.Max, cfg.Workers)
	return &Machine{cfg: cfg, stages: stages, members: map[WorkerID]*member{}}
}

// NewFrom returns the machine of a run that goes on from an origin.
func NewFrom(cfg Config, stages int, from ResumePoint) *Machine {
	m := New(cfg, stages)
	m.origin, m.proven = &from, from.Committed.Applied > 0
	m.stage, m.generation, m.beginGeneration = from.Stage, from.Generation, from.BeginGeneration
	m.best = from.Committed.Applied
	m.committed, m.settled = from.Committed, from.Settled
	return m
}

// Apply takes one event and returns what is to be done, in order.
func (m *Machine) Apply(e Event) []Decision {
	if m.phase == over {
		if j, ok := e.(Joined); ok {
			return []Decision{Refuse{j.Worker, "the run is over"}}
		}
		return nil
	}
	switch e := e.(type) {
	case Joined:
		return m.joined(e)
	case Heard:
		return m.heard(e.Worker, e.At)
	case Lost:
		return m.lost(e.Worker, ErrLost, e.Reason)
	case Failed:
		return m.failed(e)
	case Broken:
		return m.broken(e)
	case Unreached:
		return m.unreached(e)
	case Leaving:
		return m.leaving(e.Worker)
	case RingReady:
		return m.ringReady(e)
	case Prepared:
		return m.prepared(e)
	case Judged:
		return m.judged(e)
	case StageReady:
		return m.stageReady(e)
	case UnitDone:
		return m.unitDone(e)
	case Saved:
		return m.saved(e)
	case NotSaved:
		return m.notSaved(e)
	case StopRequested:
		return m.stop()
	case Tick:
		return m.tick(e)
	default:
		return m.abort(fmt.Errorf("core: unknown event %T", e))
	}
}

func (m *Machine) unitDone(e UnitDone) []Decision {
	if m.phase == over || e.Stage != m.stage || m.members[e.Worker] == nil {
		return nil
	}
	if m.kind == Infer {
		return m.batchDone(e)
	}
	return m.stepDone(e)
}

// progress notes that so many units of the stage are committed. Those that were before, and
// were taken back, are none: a stage that is lost at the same step every time makes none.
func (m *Machine) progress(units int) {
	m.proven = true
	if units > m.best {
		m.best, m.setbacks, m.returns, m.lastLoss = units, 0, 0, nil
	}
}

// setback notes a loss, or a ring that broke, and says whether it was one too many.
func (m *Machine) setback(cause error) []Decision {
	m.setbacks++
	m.lastLoss = cause
	if m.cfg.Setbacks > 0 && m.setbacks >= m.cfg.Setbacks {
		return m.abort(fmt.Errorf("%w (%d): %w", ErrNoProgress, m.setbacks, cause))
	}
	return nil
}

func (m *Machine) abort(cause error) []Decision { return m.end(Abort{cause}) }

func (m *Machine) end(d Decision) []Decision {
	m.phase = over
	return []Decision{d}
}

// next is the number of a new ring or Begin.
func (m *Machine) next() uint64 {
	m.generation++
	return m.generation
}

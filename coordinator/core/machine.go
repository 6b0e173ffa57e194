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
	Infer             // chunks, each done by one worker
)

// Config are the machine's settings.
type Config struct {
	Workers int           // how many take part
	Ahead   int           // units dealt before the first of them is done
	Silence time.Duration // a worker not heard for so long is lost
}

// phase is where the machine stands.
type phase int

const (
	gathering phase = iota // waiting for workers
	linking                // waiting for ring links
	preparing              // waiting for the shell to describe the stage
	loading                // waiting for every member's model
	working                // units are dealt and done
	saving                 // rank 0 hands the model over
	over
)

// Machine is the state of a run. Apply is its only way to change; it is used by one
// goroutine.
type Machine struct {
	cfg        Config
	stages     int
	phase      phase
	generation uint64
	members    []WorkerID
	heard      map[WorkerID]time.Time
	waiting    map[WorkerID]bool // members whose answer the phase waits for
	stopping   bool

	accusers   map[WorkerID]bool // members that left because of another rank
	accusation *WorkerError      // the first; nil while nobody is accused
	accusedAt  time.Time         // the first tick after it

	stage     int
	kind      Kind
	units     int
	dealt     int // units dealt so far, from the first
	committed int
	reports   map[int]map[WorkerID]string // uncommitted steps: hash by worker
	holder    map[int]WorkerID            // outstanding chunks: who has them
}

// New returns the machine of a run with so many stages.
func New(cfg Config, stages int) *Machine {
	return &Machine{cfg: cfg, stages: stages, heard: map[WorkerID]time.Time{}, accusers: map[WorkerID]bool{}}
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
		if _, member := m.heard[e.Worker]; member {
			m.heard[e.Worker] = e.At
		}
		return nil
	case Lost:
		return m.lost(e.Worker, ErrLost, e.Reason)
	case Failed:
		return m.lost(e.Worker, ErrFailed, e.Reason)
	case Accused:
		return m.accused(e)
	case RingReady:
		return m.ringReady(e)
	case Prepared:
		return m.prepared(e)
	case StageReady:
		return m.stageReady(e)
	case UnitDone:
		return m.unitDone(e)
	case Saved:
		return m.saved(e)
	case StopRequested:
		return m.stop()
	case Tick:
		return m.tick(e.Now)
	default:
		return m.abort(fmt.Errorf("core: unknown event %T", e))
	}
}

func (m *Machine) joined(e Joined) []Decision {
	if _, member := m.heard[e.Worker]; member {
		return []Decision{Welcome{e.Worker}} // its first answer was lost
	}
	if m.phase != gathering {
		return []Decision{Refuse{e.Worker, fmt.Sprintf("the run has its %d workers", m.cfg.Workers)}}
	}
	m.members = append(m.members, e.Worker)
	m.heard[e.Worker] = e.At
	out := []Decision{Welcome{e.Worker}}
	if len(m.members) < m.cfg.Workers {
		return out
	}
	m.generation++
	m.phase = linking
	m.awaitAll()
	return append(out, FormRing{m.generation, m.members})
}

func (m *Machine) ringReady(e RingReady) []Decision {
	if m.phase != linking || e.Generation != m.generation || !m.answered(e.Worker) {
		return nil
	}
	return m.enter(0)
}

// enter moves to a stage, or ends the run after the last.
func (m *Machine) enter(stage int) []Decision {
	if m.stopping {
		return m.end(Stopped{})
	}
	if stage == m.stages {
		return m.end(Finished{})
	}
	m.stage = stage
	m.phase = preparing
	return []Decision{Prepare{stage}}
}

func (m *Machine) prepared(e Prepared) []Decision {
	if m.phase != preparing || e.Stage != m.stage {
		return nil
	}
	m.kind, m.units, m.dealt, m.committed = e.Kind, e.Units, 0, 0
	m.reports = map[int]map[WorkerID]string{}
	m.holder = map[int]WorkerID{}
	if e.Units == 0 {
		return m.complete(true)
	}
	if m.stopping {
		return m.end(Stopped{})
	}
	m.phase = loading
	m.awaitAll()
	return []Decision{Begin{m.stage, m.generation, m.members}}
}

func (m *Machine) stageReady(e StageReady) []Decision {
	if m.phase != loading || e.Generation != m.generation || e.Stage != m.stage || !m.answered(e.Worker) {
		return nil
	}
	m.phase = working
	if m.stopping {
		return m.drained()
	}
	if m.kind == Train {
		return m.dealSteps()
	}
	var out []Decision
	for range max(m.cfg.Ahead, 1) {
		for _, w := range m.members {
			out = append(out, m.dealChunk(w)...)
		}
	}
	return out
}

// dealSteps keeps Ahead steps dealt beyond the committed ones.
func (m *Machine) dealSteps() []Decision {
	var out []Decision
	for !m.stopping && m.dealt < m.units && m.dealt < m.committed+max(m.cfg.Ahead, 1) {
		out = append(out, DealStep{m.stage, m.generation, m.dealt})
		m.dealt++
	}
	return out
}

func (m *Machine) dealChunk(w WorkerID) []Decision {
	if m.stopping || m.dealt == m.units {
		return nil
	}
	chunk := m.dealt
	m.dealt++
	m.holder[chunk] = w
	return []Decision{DealChunk{m.stage, m.generation, chunk, w}}
}

func (m *Machine) unitDone(e UnitDone) []Decision {
	if m.phase != working || e.Generation != m.generation || e.Stage != m.stage || m.rank(e.Worker) < 0 {
		return nil
	}
	if m.kind == Infer {
		return m.chunkDone(e)
	}
	if e.Unit < m.committed || e.Unit >= m.dealt {
		return nil
	}
	if m.reports[e.Unit] == nil {
		m.reports[e.Unit] = map[WorkerID]string{}
	}
	m.reports[e.Unit][e.Worker] = e.Hash
	var out []Decision
	for len(m.reports[m.committed]) == len(m.members) {
		if err := m.compare(m.committed); err != nil {
			return append(out, m.abort(err)...)
		}
		out = append(out, Commit{Stage: m.stage, Generation: m.generation, Unit: m.committed})
		delete(m.reports, m.committed)
		m.committed++
	}
	out = append(out, m.dealSteps()...)
	return append(out, m.drained()...)
}

func (m *Machine) chunkDone(e UnitDone) []Decision {
	if m.holder[e.Unit] != e.Worker {
		return nil
	}
	delete(m.holder, e.Unit)
	m.committed++
	out := []Decision{Commit{m.stage, m.generation, e.Unit, e.Worker}}
	out = append(out, m.dealChunk(e.Worker)...)
	return append(out, m.drained()...)
}

// drained ends the stage's work once everything dealt is committed and no more will be.
func (m *Machine) drained() []Decision {
	if m.committed < m.dealt || (m.dealt < m.units && !m.stopping) {
		return nil
	}
	finished := m.committed == m.units
	if m.kind == Train && (finished || m.committed > 0) {
		m.phase = saving
		return []Decision{Save{m.stage, m.members[0], m.committed, finished}}
	}
	return m.complete(finished)
}

func (m *Machine) saved(e Saved) []Decision {
	if m.phase != saving || e.Stage != m.stage || e.Worker != m.members[0] {
		return nil
	}
	return m.complete(m.committed == m.units)
}

func (m *Machine) complete(finished bool) []Decision {
	if !finished {
		return m.end(Stopped{})
	}
	done := StageDone{m.stage}
	return append([]Decision{done}, m.enter(m.stage+1)...)
}

// compare holds the ranks' hashes of a step against each other; the odd one out is named.
func (m *Machine) compare(step int) error {
	count := map[string]int{}
	for _, h := range m.reports[step] {
		count[h]++
	}
	if len(count) == 1 {
		return nil
	}
	common := m.reports[step][m.members[0]]
	for h, n := range count {
		if n > count[common] {
			common = h
		}
	}
	for rank, w := range m.members {
		if h := m.reports[step][w]; h != common {
			return fmt.Errorf("%w after step %d: rank %d (worker %s) has %.12s, the others %.12s",
				ErrDiverged, step, rank, w, h, common)
		}
	}
	return nil
}

// stop lets what is dealt come to its end; nothing new is dealt.
func (m *Machine) stop() []Decision {
	if m.stopping {
		return nil
	}
	m.stopping = true
	switch m.phase {
	case working:
		return m.drained()
	case saving:
		return nil
	default:
		return m.end(Stopped{})
	}
}

func (m *Machine) lost(w WorkerID, kind error, reason string) []Decision {
	if _, member := m.heard[w]; !member && m.phase != gathering {
		return nil // it was refused
	}
	if m.accusers[w] {
		return nil // it has said why it goes
	}
	return m.abort(&WorkerError{Worker: w, Rank: m.rank(w), Kind: kind, Reason: reason})
}

// hearing is how long an accused worker's own word is waited for: when a rank dies or
// fails, its neighbours often know before the coordinator hears what happened.
const hearing = 2 * time.Second

// accused notes the first accusation; what the accused worker says of itself, or is
// known of it, is better and comes within moments, if at all.
func (m *Machine) accused(e Accused) []Decision {
	if m.rank(e.Worker) < 0 || e.Rank < 0 || e.Rank >= len(m.members) || m.members[e.Rank] == e.Worker {
		return m.lost(e.Worker, ErrFailed, e.Reason)
	}
	m.accusers[e.Worker] = true
	if m.accusation == nil {
		m.accusation = &WorkerError{Worker: m.members[e.Rank], Rank: e.Rank, Kind: ErrLost,
			Reason: fmt.Sprintf("rank %d (worker %s) says: %s", m.rank(e.Worker), e.Worker, e.Reason)}
	}
	return nil
}

func (m *Machine) tick(now time.Time) []Decision {
	if m.accusation != nil {
		if m.accusedAt.IsZero() {
			m.accusedAt = now
		}
		if now.Sub(m.accusedAt) < hearing {
			return nil
		}
		return m.abort(m.accusation)
	}
	if m.cfg.Silence <= 0 {
		return nil
	}
	for _, w := range m.members {
		if quiet := now.Sub(m.heard[w]); quiet > m.cfg.Silence {
			return m.lost(w, ErrSilent, quiet.Round(100*time.Millisecond).String())
		}
	}
	return nil
}

func (m *Machine) abort(cause error) []Decision { return m.end(Abort{cause}) }

func (m *Machine) end(d Decision) []Decision {
	m.phase = over
	return []Decision{d}
}

// rank is a worker's place in the ring, −1 if it has none.
func (m *Machine) rank(w WorkerID) int {
	if m.generation == 0 {
		return -1
	}
	for r, member := range m.members {
		if member == w {
			return r
		}
	}
	return -1
}

func (m *Machine) awaitAll() {
	m.waiting = map[WorkerID]bool{}
	for _, w := range m.members {
		m.waiting[w] = true
	}
}

// answered notes an awaited answer and says whether it was the last.
func (m *Machine) answered(w WorkerID) bool {
	delete(m.waiting, w)
	return len(m.waiting) == 0
}

package coordinator

import (
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"ringmaster/config"
	"ringmaster/coordinator/core"
	"ringmaster/run/protocol"
	"ringmaster/run/reach"
	"ringmaster/run/telemetry"
)

// membership knows who the run's workers are, who may become one, and what became of those
// that were. The core decides; this tells workers and whoever watches.
type membership struct {
	*setup
	gateway *gateway

	workers   map[core.WorkerID]*protocol.Hello
	processes map[core.WorkerID]*workerProcess // as they last joined
	rejoins   rejoinBackoff
	evictions evictions
	released  map[core.WorkerID]bool // asked to leave, and released
	book      *reach.Book            // of who reaches whom
	refusals  shownRefusals
	gone      int // that were lost or evicted
}

func newMembership(s *setup, g *gateway) *membership {
	return &membership{
		setup: s, gateway: g, book: reach.NewBook(),
		workers: map[core.WorkerID]*protocol.Hello{}, processes: map[core.WorkerID]*workerProcess{},
		evictions: newEvictions(), released: map[core.WorkerID]bool{},
	}
}

// workerProcess is a worker process as it joined.
type workerProcess struct {
	id     string // as its Hello says
	origin string
	joined time.Time
	worked bool // it took part in a unit that had not been committed before
}

// arrived notes a process that joins, and says until when it has to wait as a spare. One that
// was here before does not wait, nor do those that this program started, which waited before
// they were started.
func (m *membership) arrived(hello *protocol.Hello, at time.Time, local bool) (until time.Time, why string) {
	w := core.WorkerID(hello.Worker)
	if before := m.processes[w]; before != nil && before.id == hello.Life {
		return time.Time{}, ""
	}
	p := workerProcess{id: hello.Life, origin: originOf(hello), joined: at}
	m.processes[w] = &p
	if local {
		return time.Time{}, ""
	}
	pause, why := m.rejoins.wait(p.origin)
	if pause == 0 {
		return time.Time{}, ""
	}
	return at.Add(pause), why
}

// announce tells of a newcomer; waiting is why it waits as a spare, if it does.
func (m *membership) announce(h *protocol.Hello, spare bool, waiting string) {
	role := ""
	switch {
	case waiting != "":
		role = "; it waits as a spare for a while: " + waiting
	case spare:
		role = "; the run has enough workers, so it waits as a spare"
	}
	m.notify("worker %s joined from %s (process %d)%s", h.Worker, h.Host, h.PID, role)
}

// worked notes that workers took part in a unit that had never been committed before.
func (m *membership) worked(workers []core.WorkerID) {
	for _, w := range workers {
		if p := m.processes[w]; p != nil {
			p.worked = true
			m.rejoins.succeeded(p.origin, p.joined)
		}
	}
}

// hasWorked says whether a worker's process took part in such a unit.
func (m *membership) hasWorked(w core.WorkerID) bool {
	p := m.processes[w]
	return p != nil && p.worked
}

// lost removes a worker that is gone or silent. One that lives after all finds its session
// unknown, and may join again.
func (m *membership) lost(w core.WorkerID, cause error) {
	m.notify("%v", cause)
	m.tookOut(cause)
	if p := m.processes[w]; p != nil && !p.worked && !m.released[w] {
		m.rejoins.failed(p.origin, time.Now(), cause.Error())
	}
	m.gateway.drop(w)
	m.remove(w)
}

// evict ends a worker, and does not let it join again.
func (m *membership) evict(d core.Evict) error {
	if errors.Is(d.Cause, core.ErrRingLinks) && m.inMesh() {
		d.Cause = fmt.Errorf("%w; make it reachable for its neighbours (cluster.ring_address, cluster.ring_port), or set cluster.topology: broker", d.Cause)
	}
	m.notify("%v; it is evicted", d.Cause)
	m.tookOut(d.Cause)
	if hello := m.workers[d.Worker]; hello != nil {
		m.bar(hello, d.Cause, errors.Is(d.Cause, core.ErrDiverged))
	}
	m.remove(d.Worker)
	return m.gateway.order(d.Worker, protocol.Order{End: &protocol.End{Error: d.Cause.Error(), Alone: true}})
}

// tookOut counts a worker that is no member any more, though it did not ask to leave.
func (m *membership) tookOut(cause error) {
	m.gone++
	for reason, kind := range map[telemetry.Reason]error{
		telemetry.Lost: core.ErrLost, telemetry.Silent: core.ErrSilent, telemetry.Failed: core.ErrFailed,
		telemetry.RingLinks: core.ErrRingLinks, telemetry.Diverged: core.ErrDiverged,
	} {
		if errors.Is(cause, kind) {
			m.metrics().Evicted(reason)
			return
		}
	}
	m.metrics().Evicted(telemetry.Unnamed)
}

// release ends a worker that asked to leave, once it has done what it was dealt.
func (m *membership) release(d core.Release) error {
	m.notify("worker %s leaves", d.Worker)
	m.metrics().Released()
	err := m.gateway.order(d.Worker, protocol.Order{End: &protocol.End{Alone: true}})
	m.remove(d.Worker)
	m.released[d.Worker] = true
	return err
}

// barred tells that a worker is kept out for a while.
func (m *membership) barred(d core.Barred) {
	m.notify("worker %s is left out for %s, since its links failed repeatedly: %v", d.Worker, d.For, d.Cause)
	m.metrics().Barred()
}

// remove forgets a worker that is no member any more.
func (m *membership) remove(w core.WorkerID) {
	delete(m.workers, w)
	m.book.Gone(string(w))
}

// inMesh says whether workers reach each other without a broker.
func (m *membership) inMesh() bool { return m.job.Run.Cluster.Topology == config.Mesh }

// formRing tells the members of a ring of it.
func (m *membership) formRing(d core.FormRing) error {
	cluster := m.job.Run.Cluster
	ring := protocol.Ring{Generation: d.Generation, Topology: cluster.Topology, Broker: cluster.Broker, Abrupt: d.Abrupt, Key: make([]byte, protocol.RingKeyBytes)}
	_, _ = rand.Read(ring.Key) // which never fails
	ring.Stripes = m.stripes(d.Members)
	for _, w := range d.Members {
		ring.Workers = append(ring.Workers, string(w))
	}
	for rank, w := range d.Members {
		mine := ring
		mine.Rank = rank
		if m.inMesh() {
			mine.RingURLs = m.ringURLs(w, d.Members)
		}
		if err := m.admitToRing(&mine, d.Members); err != nil {
			return err
		}
		if err := m.gateway.order(w, protocol.Order{Ring: &mine}); err != nil {
			return err
		}
	}
	return nil
}

// ringURLs are the members' ring servers, by rank, at the addresses by which one of them
// reaches them.
func (m *membership) ringURLs(viewer core.WorkerID, members []core.WorkerID) []string {
	urls := make([]string, len(members))
	for rank, w := range members {
		urls[rank] = m.book.URL(string(viewer), string(w))
	}
	return urls
}

// transferState has one worker fetch another's state.
func (m *membership) transferState(d core.TransferState) error {
	serve := protocol.ServeState{Generation: d.Generation, Stage: d.Stage, Step: d.Step}
	fetch := protocol.FetchState{Generation: d.Generation, Stage: d.Stage, Step: d.Step, Source: string(d.From)}
	if err := m.admitToState(&fetch, d.To); err != nil {
		return err
	}
	m.notify("worker %s fetches the state after step %d from worker %s", d.To, d.Step, d.From)
	if err := m.gateway.order(d.From, protocol.Order{ServeState: &serve}); err != nil {
		return err
	}
	return m.gateway.order(d.To, protocol.Order{FetchState: &fetch})
}

package coordinator

import (
	"context"
	"errors"
	"fmt"

	"ringmaster/config"
	"ringmaster/coordinator/core"
	"ringmaster/run/protocol"
)

// greet answers a worker that asks to join.
func (r *coordinator) greet(ctx context.Context, m message) {
	if cause := r.evicted[m.hello.Life]; cause != nil {
		r.refuse(m, cause.Error())
		return
	}
	known := r.members[m.worker]
	if known != nil && known.Life != m.hello.Life {
		r.apply(ctx, core.Lost{Worker: m.worker, Reason: "another process has taken its name"})
		if r.over {
			return
		}
		known = nil
	}
	if known == nil && !r.proved(m) {
		return
	}
	waiting := ""
	if joined, ok := m.event.(core.Joined); ok && known == nil {
		joined.Barred, waiting = r.arrive(m, joined.At)
		m.event = joined
	}
	r.members[m.worker] = m.hello
	token := r.gateway.admit(m.worker)
	for _, d := range r.machine.Apply(m.event) {
		switch d := d.(type) {
		case core.Welcome:
			m.answer(protocol.Welcome{Run: r.opts.Name, Session: token, Spare: d.Spare})
			if known == nil {
				r.announce(m.hello, d.Spare, waiting)
			}
		case core.Refuse:
			r.gone(m.worker) // nobody waits for it at the end
			r.gateway.drop(m.worker)
			r.refuse(m, d.Reason)
		default:
			r.carryOut(ctx, d)
		}
		if r.over {
			return
		}
	}
}

// announce tells of a newcomer; waiting is why it waits for a while first.
func (r *coordinator) announce(h *protocol.Hello, spare bool, waiting string) {
	role := ""
	switch {
	case waiting != "":
		role = "; it waits as a spare for a while: " + waiting
	case spare:
		role = "; there are enough, it waits as a spare"
	}
	r.notify("worker %s joined from %s (process %d)%s", h.Worker, h.Host, h.PID, role)
}

// formRing tells its members of a new generation, when the number is on disk.
func (r *coordinator) formRing(d core.FormRing) error {
	if err := r.recordGeneration(d); err != nil {
		return err
	}
	if !d.Abrupt { // what is dealt comes to its end in the old ring
		if err := r.dealAllHeld(); err != nil {
			return err
		}
	}
	r.ring, r.generation = d.Members, d.Generation
	if d.Abrupt {
		r.held, r.heldSave = nil, nil
		// What was reported of steps that are void now says nothing; what is true of them
		// comes again, with the members' marks.
		r.steps = map[int]map[core.WorkerID]*protocol.StepDone{}
		r.keeping.abandon()
	}
	cluster := r.job.Run.Cluster
	ring := protocol.Ring{Generation: d.Generation, Topology: cluster.Topology, Broker: cluster.Broker, Abrupt: d.Abrupt}
	for _, w := range d.Members {
		ring.Workers = append(ring.Workers, string(w))
	}
	for rank, w := range d.Members {
		mine := ring
		mine.Rank = rank
		if cluster.Topology == config.Mesh {
			mine.RingURLs = r.urlsFor(w, d.Members)
		}
		if err := r.gateway.order(w, protocol.Order{Ring: &mine}); err != nil {
			return err
		}
	}
	return nil
}

// tellWorld says when a step was done by fewer workers than the run was to begin with, or by
// all of them again.
func (r *coordinator) tellWorld(now int) {
	asked := r.opts.Workers
	switch {
	case now == r.ringOf || now >= asked && r.ringOf >= asked:
	case now < asked && len(r.ring) == now:
		r.notify("%d of the %d workers that were asked for take part from now on: %s", now, asked, workersNamed(r.ring))
	case now < asked:
		r.notify("%d of the %d workers that were asked for take part from now on", now, asked)
	default:
		r.notify("all %d workers take part again", asked)
	}
	r.ringOf = now
}

// unlinked says that a ring broke whose members live.
func (r *coordinator) unlinked(d core.RingBroken) {
	if d.Cause != nil {
		r.notify("ring %d broke and is formed anew: %v", d.Generation, d.Cause)
	}
}

// bar says that a worker is kept out for a while.
func (r *coordinator) bar(d core.Barred) {
	r.notify("worker %s takes no part for %s, since its links failed again and again: %v", d.Worker, d.For, d.Cause)
}

// urlsFor are the members' ring servers, by rank, at the addresses by which one of them reaches
// them.
func (r *coordinator) urlsFor(viewer core.WorkerID, members []core.WorkerID) []string {
	urls := make([]string, len(members))
	for rank, w := range members {
		urls[rank] = r.book.URL(string(viewer), string(w))
	}
	return urls
}

// gone forgets a worker that is no member any more.
func (r *coordinator) gone(w core.WorkerID) {
	delete(r.members, w)
	r.book.Gone(string(w))
}

// teach has one worker take over another's state.
func (r *coordinator) teach(d core.TransferState) error {
	donate := protocol.ServeState{Generation: d.Generation, Stage: d.Stage, Step: d.Step}
	learn := protocol.FetchState{Generation: d.Generation, Stage: d.Stage, Step: d.Step, Source: string(d.From)}
	if r.job.Run.Cluster.Topology == config.Mesh {
		learn.SourceURL = r.book.URL(string(d.To), string(d.From))
	}
	r.notify("worker %s takes the state after step %d over from worker %s", d.To, d.Step, d.From)
	if err := r.gateway.order(d.From, protocol.Order{ServeState: &donate}); err != nil {
		return err
	}
	return r.gateway.order(d.To, protocol.Order{FetchState: &learn})
}

// drop lets go of a worker that is gone or unheard. One that lives after all finds that it
// is a stranger, and may join anew.
func (r *coordinator) drop(d core.Dropped) {
	r.notify("%v", d.Cause)
	r.departed(d.Worker, d.Cause.Error())
	r.gateway.drop(d.Worker)
	r.gone(d.Worker)
	if r.heldSave != nil && r.keeping.of > 0 && !r.keeping.writing { // no ring is formed any more, which would give it up
		r.notKept(r.keeping.step, fmt.Errorf("worker %s, which may have held a part of it, is gone", d.Worker))
		if err := r.dealHeld(); err != nil {
			r.fail(err)
		}
	}
}

// evict ends a worker.
func (r *coordinator) evict(d core.Evict) error {
	if errors.Is(d.Cause, core.ErrRingLinks) {
		d.Cause = fmt.Errorf("%w; let its neighbours reach it (cluster.ring_address, cluster.ring_port), or set cluster.topology to broker", d.Cause)
	}
	r.notify("%v; it is ended", d.Cause)
	if hello := r.members[d.Worker]; hello != nil {
		r.evicted[hello.Life] = d.Cause
	}
	r.gone(d.Worker)
	return r.gateway.order(d.Worker, protocol.Order{End: &protocol.End{Error: d.Cause.Error()}})
}

// release lets a worker go that was asked to leave, once it has done what it was dealt.
func (r *coordinator) release(d core.Release) error {
	r.notify("worker %s leaves", d.Worker)
	err := r.gateway.order(d.Worker, protocol.Order{End: &protocol.End{}})
	r.gone(d.Worker)
	r.released[d.Worker] = true
	return err
}

func (r *coordinator) paused(d core.Paused) {
	r.notify("paused: %d of at least %d workers; the run goes on when there are more%s", d.Have, d.Need, r.howToJoin())
}

func (r *coordinator) resumed(d core.Resumed) { r.notify("going on with %d workers", d.Have) }

func (r *coordinator) howToJoin() string {
	if r.local != nil {
		return ""
	}
	return fmt.Sprintf(" (%s)", r.nc.invitation())
}

package coordinator

import (
	"context"
	"errors"
	"time"

	"ringmaster/coordinator/core"
	"ringmaster/coordinator/straggler"
	"ringmaster/refusals"
	"ringmaster/run/protocol"
	"ringmaster/run/transfer"
)

// coordinator runs a job. Each part of it has a type of its own; the loop in drive owns
// them all, and nothing else touches them but through its inputs.
type coordinator struct {
	*setup
	*loop
	*pipeline

	nc      *connection
	gateway *gateway
	record  *runRecord
	logs    *logSync

	members     *membership
	respawner   *respawner
	ring        *ring
	stage       *activeStage
	dealer      *dealer
	checkpoints *checkpointer
	handover    *modelHandover
	committer   *committer
	claims      *claims

	waits waits
	// What a run that goes on has from before: when it was begun first, its newest generation.
	started          time.Time
	generationBefore uint64
}

// newCoordinator puts the parts together. Nothing is started.
func newCoordinator(s *setup) *coordinator {
	c := &coordinator{
		setup: s, loop: newLoop(), gateway: newGateway(s.opts.Name, s.refused),
		record: &runRecord{dir: s.dir}, ring: &ring{}, stage: &activeStage{index: -1},
	}
	c.loop.execute = c.execute
	c.pipeline = newPipeline(s, func(dir string) (transfer.Folder, error) { return c.nc.offer(dir) })
	c.logs = &logSync{dir: s.dir, loop: c.loop, stage: c.stage}
	c.members = newMembership(s, c.gateway)
	c.respawner = &respawner{setup: s, loop: c.loop, members: c.members}
	c.checkpoints = &checkpointer{setup: s, loop: c.loop, gateway: c.gateway, stage: c.stage}
	c.handover = &modelHandover{setup: s, loop: c.loop, gateway: c.gateway, stage: c.stage, members: c.members, checkpoints: c.checkpoints}
	c.dealer = &dealer{gateway: c.gateway, stage: c.stage, ring: c.ring, logs: c.logs, checkpoints: c.checkpoints, handover: c.handover}
	c.checkpoints.ended = func() error { return errors.Join(c.dealer.resume(), c.checkpoints.resumeJudging()) }
	c.committer = &committer{
		setup: s, stage: c.stage, ring: c.ring, members: c.members, record: c.record, checkpoints: c.checkpoints,
		stragglers: straggler.NewWatch(), part: newParticipation(s.opts.Workers), liar: c.expelLater,
	}
	c.claims = &claims{stage: c.stage, ring: c.ring, checkpoints: c.checkpoints}
	return c
}

// tickInterval is how often silence is looked for.
const tickInterval = 100 * time.Millisecond

// drive is the loop: inputs in, decisions executed, until the run is over. ctx asks
// it to stop; alive is for what must outlast that.
func (c *coordinator) drive(ctx, alive context.Context) error {
	clock := time.NewTicker(tickInterval)
	defer clock.Stop()
	stop := ctx.Done()
	for !c.over {
		select {
		case m := <-c.gateway.inputs:
			c.hear(alive, m)
		case res := <-c.results:
			c.absorb(alive, res)
		case now := <-clock.C:
			c.tick(alive, now)
		case <-stop:
			stop = nil
			c.stop(alive)
		}
	}
	if c.leavesWorkers() {
		return c.endErr
	}
	end := protocol.End{}
	if c.endErr != nil && !errors.Is(c.endErr, ErrStopped) {
		end.Error = c.endErr.Error()
	}
	c.members.dismiss(alive, end)
	return c.endErr
}

// leavesWorkers says whether the workers are to wait for another coordinator of this run.
func (c *coordinator) leavesWorkers() bool {
	return c.opts.KeepWorkers && errors.Is(c.endErr, ErrStopped)
}

// stall is how far apart two ticks are when this process itself was suspended.
const stall = time.Second

// tick tells the core the time. Silence counts against no worker while NATS cannot be reached
// or while this process was suspended; and what was heard before the tick is taken first, or
// a busy loop would mistake its own slowness for a worker's.
func (c *coordinator) tick(ctx context.Context, now time.Time) {
	w := &c.waits
	connected := c.nc.IsConnected()
	stood := !w.ticked.IsZero() && now.Sub(w.ticked) > stall
	w.ticked = now
	if !connected && !w.away {
		c.notify("the NATS server cannot be reached; waiting for it")
	}
	if connected && w.away {
		c.notify("the NATS server can be reached again")
	}
	if stood || (connected && w.away) {
		for id := range c.members.workers {
			c.apply(ctx, core.Heard{Worker: id, At: now})
		}
	}
	if stood {
		w.run.Again(now)
		w.checkpoint.Again(now)
	}
	w.away = !connected
	c.respawner.startDue(now)
	if connected && len(c.gateway.inputs) == 0 && !c.over {
		c.apply(ctx, core.Tick{Now: now, Connected: c.gateway.stillConnected(silenceTimeout)})
	}
	if !c.over {
		c.handover.finish(ctx)
	}
	if !c.over {
		wait := c.waitsFor()
		c.tellWaits(now, wait)
		c.monitor.post(c.status(now, wait), true)
		c.stopInTime(now)
	}
}

// hear takes a message's numbers and then its event.
func (c *coordinator) hear(ctx context.Context, m message) {
	switch {
	case c.over:
		return
	case m.refused != "":
		c.members.showRefusal(m.hello, m.refused)
		return
	case m.hello != nil:
		c.greet(ctx, m)
		return
	}
	if m.report != nil {
		if c.gateway.session(m.worker) == nil {
			return // it was dropped since the report came
		}
		if err := c.claims.judge(m.worker, m.report); err != nil {
			c.expel(ctx, m.worker, err)
			return
		}
	}
	switch {
	case m.report != nil && c.takeReport(ctx, m.worker, m.report):
		return
	}
	if done, isStep := m.event.(core.UnitDone); isStep && m.report.StepDone != nil && m.report.StepDone.NotFinite != nil {
		done.NotFinite = !c.stage.begin.SkipNotFinite // a skipped step is applied, without an update
		m.event = done
	}
	c.apply(ctx, m.event)
	if lost, ended := m.event.(core.Lost); ended && !c.over && c.waits.stopped.IsZero() {
		c.respawner.replace(lost)
	}
}

// takeReport keeps what a report holds beside its event, and says whether that was all.
func (c *coordinator) takeReport(ctx context.Context, w core.WorkerID, report *protocol.Report) (taken bool) {
	switch {
	case report.StepDone != nil:
		c.stage.addReport(w, report.StepDone)
	case report.RingReady != nil:
		for i := range report.RingReady.Pending {
			c.stage.addPending(w, &report.RingReady.Pending[i])
		}
	case report.InferenceDone != nil:
		if c.stage.training() != nil {
			if err := c.checkpoints.addAnswers(ctx, w, report.InferenceDone); err != nil {
				c.fail(err)
			}
			c.checkpoints.writeWhenComplete(ctx)
			return true
		}
		c.stage.addAnswers(report.InferenceDone)
	case report.Saved != nil:
		c.handover.receive(ctx, w, report.Saved)
	case report.Finding != nil:
		c.members.book.Found(time.Now(), string(w), *report.Finding)
		return true
	case report.ShardDone != nil:
		c.checkpoints.addShard(ctx, w, report.ShardDone)
		return true
	}
	return false
}

// greet answers a worker that asks to join.
func (c *coordinator) greet(ctx context.Context, join message) {
	m, hello := c.members, join.hello
	if cause := m.barredBy(hello); cause != nil {
		m.refuse(join, refusals.Evicted, cause.Error())
		return
	}
	known := m.workers[join.worker]
	if known != nil && known.Life != hello.Life {
		if c.gateway.silence(join.worker) < takeoverSilence { // its name is not to be had while it lives
			join.answer(protocol.Welcome{Run: c.opts.Name, Waiting: "a worker of that name is in the run; if this is another one, give it another --name"})
			return
		}
		c.apply(ctx, core.Lost{Worker: join.worker, Reason: "another process has taken its name"})
		if c.over {
			return
		}
		known = nil
	}
	if known == nil {
		admitted, unreached, err := m.reachable(join)
		if err != nil {
			c.fail(err)
		}
		for _, e := range unreached {
			c.apply(ctx, e)
		}
		if !admitted || c.over {
			return
		}
	}
	waiting := ""
	if joined, ok := join.event.(core.Joined); ok && known == nil {
		joined.Held = c.claims.joining(joined.Held)
		joined.Barred, waiting = m.arrived(hello, joined.At, c.respawner.started(join.worker))
		join.event = joined
	}
	m.workers[join.worker] = hello
	token := c.gateway.admit(join.worker, hello.Identity)
	for _, d := range c.machine.Apply(join.event) {
		switch d := d.(type) {
		case core.Welcome:
			join.answer(protocol.Welcome{Run: c.opts.Name, Session: token, Spare: d.Spare})
			if known == nil {
				m.announce(hello, d.Spare, waiting)
				m.metrics().Joined()
			}
		case core.Refuse:
			m.remove(join.worker) // nobody waits for it at the end
			c.gateway.drop(join.worker)
			m.refuse(join, refusals.Join, d.Reason)
		default:
			c.execute(ctx, d)
		}
		if c.over {
			return
		}
	}
}

package coordinator

import (
	"encoding/json"
	"errors"
	"io"
	"time"

	"ringmaster/coordinator/core"
	"ringmaster/coordinator/waiting"
	"ringmaster/refusals"
	"ringmaster/run/plan"
	"ringmaster/run/status"
)

// status is the status document of the run now. wait is what it waits for.
func (c *coordinator) status(now time.Time, wait waiting.Wait) status.Run {
	r := c.about(now)
	r.Phase = c.phase()
	r.Ready, r.NotReady = true, ""
	switch {
	case !c.waits.stopped.IsZero():
		r.Ready, r.NotReady = false, "the run was asked to stop"
	case c.waits.away:
		r.Ready, r.NotReady = false, "the NATS server cannot be reached"
	}
	if wait.Kind != "" {
		r.WaitsFor = &status.Wait{For: wait.For, From: wait.From, Seconds: c.waits.run.Lasts(now).Seconds()}
	}
	return r
}

// about is what does not depend on whether the loop turns.
func (c *coordinator) about(now time.Time) status.Run {
	r := status.Run{
		Run: c.opts.Name, Directory: string(c.dir.Layout), Method: string(c.job.Run.Method), AsOf: now, Started: c.started,
		Generation: max(c.ring.generation, c.generationBefore), Evicted: c.members.gone, Checkpoint: c.newestCheckpoint(), Stage: c.stageStatus(),
	}
	for _, kind := range refusals.Kinds {
		if n := c.refused.Count(kind); n > 0 {
			if r.Refused == nil {
				r.Refused = map[string]uint64{}
			}
			r.Refused[string(kind)] = n
		}
	}
	cluster := c.job.Run.Cluster
	r.Workers = status.Workers{Wanted: c.opts.Workers, Min: min(cluster.MinWorkers, c.opts.Workers), Max: max(cluster.MaxWorkers, c.opts.Workers)}
	if c.machine == nil {
		return r
	}
	for _, m := range c.machine.Roster() {
		member := memberStatus(m, now)
		if hello := c.members.workers[m.Worker]; hello != nil {
			member.Host, member.PID = hello.Host, hello.PID
		}
		if member.State == status.Active {
			r.Workers.Active++
		}
		r.Workers.Members = append(r.Workers.Members, member)
	}
	return r
}

func memberStatus(m core.Member, now time.Time) status.Member {
	s := status.Member{Worker: string(m.Worker), Rank: m.Rank, Silent: max(0, now.Sub(m.Heard).Seconds()), State: status.Joining}
	switch {
	case m.Leaving:
		s.State = status.Leaving
	case m.Spare:
		s.State = status.Spare
	case m.Able:
		s.State = status.Active
	}
	return s
}

// phase says where the run stands.
func (c *coordinator) phase() status.Phase {
	if !c.waits.stopped.IsZero() {
		return status.Stopping
	}
	switch w := c.machine.Waiting(); w.For {
	case core.Workers:
		if w.Paused {
			return status.Paused
		}
		return status.Gathering
	case core.Preparation:
		return status.Preparing
	case core.Models:
		return status.Loading
	case core.Links:
		return status.Linking
	case core.Steps:
		return status.Training
	case core.InferenceBatches:
		return status.Inference
	default:
		return status.Saving
	}
}

// stageStatus is how far the stage under way has come; nil before the first.
func (c *coordinator) stageStatus() *status.Stage {
	a := c.stage
	if a.stage == nil {
		return nil
	}
	s := &status.Stage{Name: a.name(), Index: a.index + 1, Of: len(c.stages), Done: a.done, Total: a.units, Training: a.training() != nil}
	if e := c.committer.last; e.Stage == s.Name {
		s.LearningRate, s.Loss, s.Total = e.LR, e.Loss, max(s.Total, e.Total)
		if a.begin.Targets == plan.Annealed {
			lambda := e.Lambda
			s.Lambda = &lambda
		}
	}
	if pace, known := c.opts.Report.Pace(); known && s.Done < s.Total {
		left := pace.Left.Seconds()
		s.ExamplesPerSecond, s.TimeLeft = pace.ExamplesPerSecond, &left
	}
	return s
}

// newestCheckpoint is the newest one, and how many steps it lacks.
func (c *coordinator) newestCheckpoint() *status.Checkpoint {
	newest := c.checkpoints.newest
	if newest == nil {
		return nil
	}
	cp := *newest
	if c.stage.stage != nil && c.stage.name() == cp.Stage {
		cp.Unsaved = max(0, c.stage.done-cp.Step)
	}
	return &cp
}

// ended is the last status of a run, which ended with err.
func (c *coordinator) ended(err error) status.Run {
	r := c.about(time.Now())
	r.Workers.Active, r.Workers.Members = 0, nil
	if r.Stage != nil {
		r.Stage.TimeLeft, r.Stage.ExamplesPerSecond = nil, 0
	}
	r.NotReady = "the run has ended"
	switch {
	case err == nil:
		r.Phase, r.Model = status.Finished, c.dir.Model()
	case errors.Is(err, ErrStopped):
		r.Phase, r.Reason = status.Stopped, err.Error()
	default:
		r.Phase, r.Reason = status.Failed, err.Error()
	}
	return r
}

// openStatus finds what the status of a run that goes on has from before, and says where the
// endpoint is.
func (c *coordinator) openStatus() error {
	record, _, err := c.dir.ReadRecord()
	if err != nil {
		return err
	}
	newest, err := c.dir.NewestEvents(1)
	if err != nil {
		return err
	}
	if len(newest) > 0 {
		c.committer.last = newest[0]
	}
	c.started, c.generationBefore, c.checkpoints.newest = record.Started, record.Generation, status.NewestCheckpoint(c.dir.Layout, record)
	if c.opts.HTTP == "" {
		return c.dir.RemoveHTTP() // one that was killed has left it
	}
	return c.dir.WriteHTTP(c.opts.HTTP, c.opts.Monitor.own)
}

// leaveStatus leaves the last status in the run directory, for whoever asks when this process
// is gone. That it cannot be written ends no run.
func (c *coordinator) leaveStatus(err error) {
	last := c.ended(err)
	c.monitor.post(last, false)
	failed := c.dir.RemoveHTTP()
	if !errors.Is(err, ErrNotBegun) { // else the run is as it was
		failed = errors.Join(failed, c.dir.WriteStatus(func(w io.Writer) error {
			out := json.NewEncoder(w)
			out.SetIndent("", "  ")
			return out.Encode(c.monitor.Newest())
		}))
	}
	if failed != nil {
		c.notify("the run's status cannot be kept: %v", failed)
	}
}

package coordinator

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"strconv"

	"ringmaster/config"
	"ringmaster/coordinator/core"
	"ringmaster/run/credentials"
	"ringmaster/run/directory"
	"ringmaster/run/protocol"
	"ringmaster/run/transfer"
)

// open starts everything that has to be closed. ctx ends the waiting for a server, alive
// what has begun.
func (c *coordinator) open(ctx, alive context.Context) (err error) {
	if err := c.openStatus(); err != nil {
		return err
	}
	if c.opts.Trace {
		if c.committer.trace, err = c.dir.NewTrace(); err != nil {
			return err
		}
	}
	if err := c.connect(ctx, alive); err != nil {
		return err
	}
	if c.opts.Resume {
		if err := c.members.recall(c.nc); err != nil {
			return err
		}
	}
	if c.nc.files, err = transfer.Serve(c.nc.Conn, protocol.FilesSubject(c.opts.Name, protocol.Any)); err != nil {
		return err
	}
	c.monitor.know(c.opts.Log, c.nc.token)
	cluster := c.job.Run.Cluster
	settings := core.Config{
		Workers: c.opts.Workers, Min: min(cluster.MinWorkers, c.opts.Workers), Max: max(cluster.MaxWorkers, c.opts.Workers),
		Ahead: stepsAhead, Silence: silenceTimeout, LastHolders: lastHoldersTimeout, Suspicion: suspicionTimeout, Gather: gatherTimeout, Setbacks: maxLosses, Returns: maxRollbacks, Saves: maxSaves,
	}
	c.machine = core.New(settings, len(c.stages))
	if c.opts.Resume {
		if err := c.resume(settings); err != nil {
			return err
		}
	}
	if err := c.dir.RemoveStatus(); err != nil { // that of the last coordinator
		return err
	}
	if err := c.gateway.open(alive, c.nc, ringServer(cluster, c.nc)); err != nil {
		return err
	}
	if c.opts.LocalProgram == "" {
		c.notify("waiting for %d workers: %s", c.opts.Workers, c.nc.invitation())
		return nil
	}
	return c.respawner.start(localOptions{
		program: c.opts.LocalProgram, run: c.opts.Name, logDir: filepath.Join(string(c.dir.Layout), "logs"),
		workers: c.opts.Workers, url: c.nc.url, token: c.nc.token, pin: cluster.Pin, http: httpOfWorkers(cluster),
	}, func(lost core.Lost) { c.gateway.pass(message{event: lost, worker: lost.Worker}) })
}

// httpOfWorkers is where workers of this machine have their HTTP endpoints: each at a free port,
// where the coordinator has one at all.
func httpOfWorkers(c config.Cluster) string {
	if c.HTTP == config.HTTPOff {
		return config.HTTPOff
	}
	return config.HTTPDefault
}

// resume takes up a run where another coordinator left it.
func (c *coordinator) resume(settings core.Config) error {
	from, err := (&recovery{setup: c.setup, stages: c.stages, lengths: c.lengths}).origin()
	if err != nil {
		return err
	}
	done := from.Committed.Applied
	c.stage.index, c.stage.stage, c.stage.done, c.stage.farthest = from.Stage, c.stages[from.Stage], done, done
	c.logs.steps, c.record.begun = done, from.BeginGeneration
	record, _, err := c.dir.ReadRecord()
	if err != nil {
		return err
	}
	for generation, members := range record.Members {
		c.ring.numbered(generation, len(members))
	}
	c.ring.newest = max(c.ring.newest, from.Generation)
	c.machine = core.NewFrom(settings, len(c.stages), *from)
	if _, err := c.dir.ReadEvents(func(e directory.Event) error {
		c.committer.part.steps.Step(e.Stage, e.Step, e.World)
		return nil
	}); err != nil {
		return err
	}
	c.notify("resuming %s: stage %s, %d steps committed", c.dir.Layout, c.stage.name(), done)
	return nil
}

// connect connects to NATS, and leaves in the run directory what a coordinator that is
// started again needs so that this one's workers find it.
func (c *coordinator) connect(ctx, alive context.Context) (err error) {
	cluster, port := c.job.Run.Cluster, c.opts.Port
	if err := askBroker(cluster); err != nil {
		return err
	}
	before, err := c.before()
	if err != nil {
		return err
	}
	if cluster.NATS == "embedded" && port <= 0 && c.opts.LocalProgram == "" {
		if _, was, err := net.SplitHostPort(before.Address); err == nil {
			if n, err := strconv.Atoi(was); err == nil {
				port = n
			}
		}
	}
	authority, keep, err := authorityOf(cluster, before)
	if err != nil {
		return err
	}
	at := listening{run: c.opts.Name, host: c.opts.Host, port: port}
	if c.nc, err = connect(ctx, cluster, at, authority, door{limits: c.gateway.limits, refused: c.refused}, func(why error) {
		c.notify("waiting up to %s for the NATS server: %v", protocol.DialPatience, why)
	}); err != nil {
		return err
	}
	if c.nc.own == nil {
		if c.nc.claimed, err = claim(alive, c.nc.Conn, c.opts.Name); err != nil {
			return err
		}
	}
	return c.leaveControl(keep)
}

// leaveControl writes what a coordinator that is started again needs, and what a person copies to the
// machines of workers.
func (c *coordinator) leaveControl(keep bool) error {
	control := directory.Control{}
	if c.nc.own != nil {
		control.Address = c.nc.own.Addr().String()
	}
	if keep {
		control.Seed = c.nc.authority.Seed()
		if c.opts.LocalProgram == "" {
			c.nc.joinFile = c.dir.JoinFile()
			if err := credentials.WriteInvitation(c.nc.joinFile, credentials.Invitation{URL: c.nc.url, Token: c.nc.token}); err != nil {
				return err
			}
		}
	}
	return c.dir.WriteControl(control)
}

// close ends what open started, as far as it came.
func (c *coordinator) close() error {
	errs := []error{c.gateway.close()}
	c.respawner.stop()
	c.loop.close()
	if c.nc != nil {
		errs = append(errs, c.nc.close())
	}
	if c.nc != nil && !c.leavesWorkers() {
		errs = append(errs, c.dir.RemoveControl()) // nobody is to look for it any more
	}
	return errors.Join(append(errs, c.committer.trace.Close())...)
}

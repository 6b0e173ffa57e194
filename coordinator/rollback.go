package coordinator

import (
	"fmt"

	"ringmaster/coordinator/core"
	"ringmaster/run/directory"
	"ringmaster/run/protocol"
)

// rollBack begins a stage again at its newest checkpoint that is whole, or at its beginning.
func (c *coordinator) rollBack(d core.RollBack) {
	s := c.stages[d.Stage]
	c.checkpoints.abandon()
	c.dealer.drop()
	c.background(func() result {
		begin, units, err := s.prepare()
		if err != nil {
			return result{err: fmt.Errorf("%s: %w", s.name(), err)}
		}
		to := 0
		if units == 0 {
			to = d.Steps // what the stage makes is there: nothing is done again
		}
		if _, trains := s.(*trainStage); trains && units > 0 && d.Steps > 0 {
			if to, begin.Restore, err = c.restorePoint(s.name(), d.Steps); err != nil {
				return result{err: fmt.Errorf("%s: %w", s.name(), err)}
			}
		}
		prepared := core.Prepared{Stage: d.Stage, Kind: s.kind(), Units: units, From: to}
		if err := gated(s, &prepared, to); err != nil {
			return result{err: fmt.Errorf("%s: %w", s.name(), err)}
		}
		return result{
			apply: func() error { return c.takeBack(d.Stage, begin, prepared.Units, to, d.Steps) },
			event: prepared,
		}
	})
}

// restorePoint is the newest whole checkpoint of at most so many steps: 0 and nil where
// there is none.
func (c *coordinator) restorePoint(stage string, steps int) (int, *protocol.Restore, error) {
	newest, ok, damaged, err := directory.OpenCheckpoints(c.dir.Checkpoints()).Newest(stage, steps)
	if err != nil {
		return 0, nil, err
	}
	for _, d := range damaged {
		c.notify("checkpoint skipped: %v", d)
	}
	if !ok {
		return 0, nil, nil
	}
	folder, err := c.nc.offer(newest.Dir)
	if err != nil {
		return 0, nil, err
	}
	return newest.Step, &protocol.Restore{Folder: folder, Step: newest.Step}, nil
}

// takeBack forgets a stage's committed steps from step to on: their examples are dealt again.
func (c *coordinator) takeBack(index int, begin protocol.Begin, units, to, had int) error {
	name := c.stages[index].name()
	if had > to {
		c.notify("%s goes back from step %d to the checkpoint at step %d", name, had, to)
	} else {
		c.notify("%s continues at step %d", name, to)
	}
	c.load(index, begin, units)
	c.stage.done, c.stage.from = to, to
	c.logs.rollBack(to)
	if had == to {
		return nil
	}
	err := c.dir.Record(directory.Entry{RolledBack: &directory.RolledBack{Stage: name, To: to, Why: "no worker held the state"}})
	if err != nil {
		return err
	}
	if newest := c.checkpoints.newest; newest != nil && newest.Stage == name && newest.Step > to {
		c.checkpoints.newest = nil // it goes with the steps
	}
	return c.dir.TruncateTo(name, to)
}

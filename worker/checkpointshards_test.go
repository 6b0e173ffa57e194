package worker

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringmaster/model/checkpoint"
	"ringmaster/run/protocol"
	"ringmaster/run/transfer"
)

// shard waits for a member's part of a checkpoint.
func (m *member) shard(step int) *protocol.ShardDone {
	m.t.Helper()
	return m.await("part of a checkpoint", func(r protocol.Report) bool { return r.ShardDone != nil && r.ShardDone.Step == step }).ShardDone
}

// checkpoint orders a checkpoint and gathers its parts in a folder, as the coordinator does.
func (c *cluster) checkpoint(generation uint64, step int, names ...string) func() *protocol.Restore {
	c.t.Helper()
	for i, name := range names {
		c.members[name].session.orders.add(protocol.Order{Checkpoint: &protocol.Checkpoint{Generation: generation, Step: step, Index: i, Of: len(names)}})
	}
	return func() *protocol.Restore {
		c.t.Helper()
		dir := c.t.TempDir()
		for _, name := range names {
			m := c.members[name]
			d := m.shard(step)
			if d.Error != "" {
				c.t.Fatal(d.Error)
			}
			here, err := transfer.Describe(d.Folder.Path)
			if diff := cmp.Diff(here, d.Folder); err != nil || diff != "" {
				c.t.Errorf("%s reports another folder than it wrote: %v %s", name, err, diff)
			}
			pulled := filepath.Join(c.t.TempDir(), "pulled")
			if err := transfer.Fetch(c.t.Context(), m.link.nc, protocol.WorkerFilesSubject("test", c.id(name)), d.Folder, pulled); err != nil {
				c.t.Fatal(err)
			}
			for _, f := range d.Folder.Files {
				if err := os.Rename(filepath.Join(pulled, f.Name), filepath.Join(dir, f.Name)); err != nil {
					c.t.Fatal(err)
				}
			}
		}
		folder, err := transfer.Describe(dir)
		if err != nil {
			c.t.Fatal(err)
		}
		return &protocol.Restore{Folder: folder, Step: step}
	}
}

// load has members begin anew, from a checkpoint.
func (c *cluster) load(generation uint64, r *protocol.Restore, names ...string) {
	c.t.Helper()
	begin := c.begin
	begin.Generation, begin.Restore = generation, r
	for _, name := range names {
		c.members[name].session.orders.add(protocol.Order{Begin: &begin})
	}
}

// Everything dies; what two ranks wrote while they trained goes on in two, and is to the
// bit what it would have been; and in one, to rounding.
func TestCheckpointGoesOnWhereItWas(t *testing.T) {
	for _, wire := range []string{"float32", "bfloat16", "int8"} {
		t.Run(wire, func(t *testing.T) {
			c := newCluster(t, wire, "a", "b")
			c.ring(1, false, "a", "b")
			c.train(1, 0, 4, "a", "b")
			gather := c.checkpoint(1, 4, "a", "b")
			undisturbed := c.train(1, 4, 9, "a", "b")
			restore := gather()
			c.join("x")
			c.join("y")
			c.load(5, restore, "x", "y")
			for name, r := range c.ring(5, false, "x", "y") {
				if *r.Held != (protocol.Held{Applied: 4, AppliedGeneration: 5}) {
					t.Errorf("%s holds %+v", name, r.Held)
				}
			}
			if got := c.train(5, 4, 9, "x", "y"); got.Hash != undisturbed.Hash {
				t.Errorf("hash %s, undisturbed %s", got.Hash, undisturbed.Hash)
			}
			c.load(6, restore, "x")
			c.ring(6, false, "x")
			got := c.train(6, 4, 9, "x")
			if off := math.Abs(got.GradNorm/undisturbed.GradNorm - 1); off > 0.02 || wire == "float32" && off > 1e-4 {
				t.Errorf("alone: gradient's norm %v, undisturbed %v", got.GradNorm, undisturbed.GradNorm)
			}
		})
	}
}

// What one rank wrote goes on in one, after the ring of the stage was there already.
func TestCheckpointOfOneRank(t *testing.T) {
	c := newCluster(t, "float32", "a")
	c.ring(1, false, "a")
	c.train(1, 0, 3, "a")
	restore := c.checkpoint(1, 3, "a")()
	undisturbed := c.train(1, 3, 6, "a")
	c.ring(2, false, "a")
	c.load(2, restore, "a")
	if got := c.train(2, 3, 6, "a"); got.Hash != undisturbed.Hash {
		t.Errorf("hash %s, undisturbed %s", got.Hash, undisturbed.Hash)
	}
}

// Of a worker's parts the newest two stay.
func TestOldPartsGo(t *testing.T) {
	c := newCluster(t, "float32", "a")
	c.ring(1, false, "a")
	a := c.members["a"]
	var paths []string
	for step := range 4 {
		a.session.orders.add(protocol.Order{Checkpoint: &protocol.Checkpoint{Generation: 1, Step: step, Of: 1}})
		paths = append(paths, a.shard(step).Folder.Path)
		c.train(1, step, step+1, "a")
	}
	for i, path := range paths {
		if _, err := os.Stat(path); (err == nil) != (i >= 2) {
			t.Errorf("part of step %d: %v", i, err)
		}
	}
}

// A disk that takes nothing is reported, and training goes on.
func TestPartThatCannotBeWritten(t *testing.T) {
	c := newCluster(t, "float32", "a")
	c.ring(1, false, "a")
	a := c.members["a"]
	if err := os.WriteFile(a.shards.dir, nil, 0o644); err != nil { // a file in the folder's place
		t.Fatal(err)
	}
	a.session.orders.add(protocol.Order{Checkpoint: &protocol.Checkpoint{Generation: 1, Of: 1}})
	if d := a.shard(0); !strings.Contains(d.Error, "not a directory") || d.Of != 1 {
		t.Errorf("%+v", d)
	}
	c.train(1, 0, 2, "a")
}

// A checkpoint of another model ends the worker with a reason.
func TestCheckpointOfAnotherModelIsRefused(t *testing.T) {
	c := newCluster(t, "float32", "a")
	c.ring(1, false, "a")
	restore := c.checkpoint(1, 0, "a")()
	c.begin.Tasks = c.begin.Tasks[:1]
	c.load(2, restore, "a")
	a := c.members["a"]
	if err := a.ended.Wait(); !errors.Is(err, checkpoint.ErrLayout) {
		t.Errorf("got %v", err)
	}
	a.gone = true
	a.endpoint.Close()
}

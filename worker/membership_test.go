package worker

import (
	"errors"
	"testing"

	"ringmaster/config"
	"ringmaster/run/protocol"
)

// A member dies in the middle of a step: the others say whom the ring lacks, live, and do
// the step again in a new generation, bit-identical.
func TestLossInTheMiddleOfAStep(t *testing.T) {
	for _, wire := range []string{"float32", "bfloat16", "int8"} {
		t.Run(wire, func(t *testing.T) {
			c := newCluster(t, wire, "a", "b", "c")
			c.ring(1, false, "a", "b", "c")
			c.train(1, 0, 3, "a", "b", "c")
			c.order(1, 3, []string{"a", "b"}) // the third is dealt its part and does not live to do it
			c.order(1, 4, []string{"a", "b"})
			c.members["c"].kill()
			accused := false
			for _, name := range []string{"a", "b"} {
				broken := c.members[name].await("breaking", func(r protocol.Report) bool { return r.Broken != nil }).Broken
				if broken.Generation != 1 {
					t.Errorf("%s: %+v", name, broken)
				}
				accused = accused || broken.Rank != nil && *broken.Rank == 2
			}
			if !accused {
				t.Error("nobody names rank 2")
			}
			for name, r := range c.ring(2, true, "a", "b") {
				if r.Held == nil || *r.Held != (protocol.Held{Applied: 3, AppliedGeneration: 1}) || len(r.Pending) != 3 {
					t.Errorf("%s holds %+v with %d steps pending", name, r.Held, len(r.Pending))
				}
			}
			c.train(2, 3, 7, "a", "b")
		})
	}
}

// An abrupt ring ends what waits for a ring that will never be, and that is no fault.
func TestAbruptRingSupersedes(t *testing.T) {
	c := newCluster(t, "float32", "a", "b")
	a := c.members["a"]
	c.ring(1, false, "a", "b")
	c.train(1, 0, 1, "a", "b")
	c.order(1, 1, []string{"a", "b"})
	c.same(1, "a", "b")
	urls := []string{a.endpoint.URL(), c.members["b"].endpoint.URL()}
	a.session.orders.add(protocol.Order{Ring: &protocol.Ring{Generation: 2, Workers: []string{"a", "b"}, RingURLs: urls, Topology: "mesh", Key: ringKey}})
	a.hangs(2)
	a.session.orders.add(protocol.Order{Step: &protocol.Step{Generation: 2, Step: 99}}) // void with its ring
	for name, r := range c.ring(3, true, "a", "b") {
		if r.Held == nil || r.Held.Applied != 2 {
			t.Errorf("%s holds %+v", name, r.Held)
		}
	}
	c.train(3, 2, 4, "a", "b")

	// The same in the middle of a step.
	a.session.orders.add(protocol.Order{Step: &protocol.Step{Generation: 3, Step: 4, LR: 1e-2, Count: 1, Examples: batchOf(2)}})
	a.hangs(3)
	c.ring(4, true, "b", "a")
	c.train(4, 4, 6, "a", "b")
	if r, ok := a.session.reports.next(); ok {
		t.Errorf("a reports %+v", r)
	}
}

// Without a loss the ring changes between two steps, however much was dealt before: no step
// is lost to a neighbour that is done with it earlier.
func TestRingChangesBetweenSteps(t *testing.T) {
	c := newCluster(t, "float32", "a", "b", "c")
	orders := [][]string{{"a", "b", "c"}, {"c", "a", "b"}, {"b", "a", "c"}}
	const rings, steps = 12, 3
	for g := range rings {
		names := orders[g%len(orders)]
		c.formRing(uint64(g)+1, false, names...)
		for n := range steps {
			c.order(uint64(g)+1, g*steps+n, names)
		}
	}
	for n := range rings * steps {
		if d := c.same(n, "a", "b", "c"); int(d.Generation) != n/steps+1 {
			t.Errorf("step %d in generation %d", n, d.Generation)
		}
	}
}

// A newer Begin is acted on though a step hangs.
func TestBeginSupersedesAHangingStep(t *testing.T) {
	c := newCluster(t, "float32", "a", "b")
	c.ring(1, false, "a", "b")
	a := c.members["a"]
	a.session.orders.add(protocol.Order{Step: &protocol.Step{Generation: 1, LR: 1e-2, Count: 1, Examples: batchOf(2)}})
	a.hangs(1)
	begin := c.begin
	begin.Generation = 2
	a.session.orders.add(protocol.Order{Begin: &begin})
	a.await("model", func(r protocol.Report) bool { return r.StageReady != nil && r.StageReady.Generation == 2 })
	if r := c.ring(2, false, "a")["a"]; *r.Held != (protocol.Held{AppliedGeneration: 2}) {
		t.Errorf("holds %+v", r.Held)
	}
}

// What the coordinator has on its disk is not reported again.
func TestPendingStepsGoWithTheirCommit(t *testing.T) {
	c := newCluster(t, "float32", "a")
	c.ring(1, false, "a")
	c.train(1, 0, 4, "a")
	a := c.members["a"]
	batch := batchOf(4)
	a.session.orders.add(protocol.Order{Step: &protocol.Step{Generation: 1, Step: 4, Committed: 3, LR: 1e-2, Count: len(batch), Examples: batch}})
	r := c.ring(2, false, "a")["a"]
	var steps []int
	for _, d := range r.Pending {
		steps = append(steps, d.Step)
	}
	if len(steps) != 2 || steps[0] != 3 || steps[1] != 4 || r.Held.Applied != 5 {
		t.Errorf("steps %v pending of %+v", steps, r.Held)
	}
}

// An order that fits no state ends the worker.
func TestOrderOutOfPlaceIsFatal(t *testing.T) {
	for name, order := range map[string]protocol.Order{
		"a step too far":         {Step: &protocol.Step{Generation: 1, Step: 7}},
		"a ring of nobody":       {Ring: &protocol.Ring{Generation: 2, Topology: config.Mesh}},
		"a ring without its key": {Ring: &protocol.Ring{Generation: 2, Topology: config.Mesh, Workers: []string{"a", "b"}, RingURLs: []string{"nats://x@127.0.0.1:1", "nats://x@127.0.0.1:1"}}},
		"a rank beyond":          {Ring: &protocol.Ring{Generation: 2, Topology: config.Mesh, Rank: 1, Workers: []string{"a"}}},
		"a rank before":          {Ring: &protocol.Ring{Generation: 2, Topology: config.Mesh, Rank: -1, Workers: []string{"a"}}},
		"an order of nothing":    {},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCluster(t, "float32", "a")
			c.ring(1, false, "a")
			a := c.members["a"]
			a.session.orders.add(order)
			if err := a.ended.Wait(); !errors.Is(err, ErrOrder) {
				t.Errorf("got %v", err)
			}
			a.gone = true
			a.endpoint.Close()
		})
	}
}

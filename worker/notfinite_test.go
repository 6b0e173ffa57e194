package worker

import (
	"math"
	"slices"
	"strings"
	"testing"

	"ringmaster/run/protocol"
)

// poison deals a step with the poisoned word in one example.
func (c *cluster) poison(step int, names []string, generation uint64, at int) {
	c.t.Helper()
	batch := batchOf(step)
	batch[at].IDs = append(slices.Clone(batch[at].IDs), poisonedToken)
	c.orderBatch(generation, step, batch, names)
}

// poisonedToken is a word that is in no batch; its embedding is made not finite.
const poisonedToken = 55

var inf = float32(math.Inf(1))

// poisonWord makes a word's embedding not finite on a member, as a broken model would have
// it; nothing comes of it until a text has the word.
func (m *member) poisonWord() {
	m.t.Helper()
	st, err := m.stage.model.State()
	if err != nil {
		m.t.Fatal(err)
	}
	st.Parameters[poisonedToken*m.stage.model.Config().Sizes().WordWidth] = inf
	if err := m.stage.model.SetState(st); err != nil {
		m.t.Fatal(err)
	}
}

// One example's loss is not finite: no rank updates, the rank that has the example names
// it, and where the run skips such steps, training goes on, bit-identical on all ranks.
func TestNotFiniteIsSkippedEverywhere(t *testing.T) {
	for _, wire := range []string{"float32", "bfloat16", "int8"} {
		t.Run(wire, func(t *testing.T) {
			c := newCluster(t, wire)
			c.begin.SkipNotFinite = true
			names := []string{"a", "b", "c"}
			for _, name := range names {
				c.join(name).poisonWord()
			}
			c.ring(1, false, names...)
			before := c.train(1, 0, 3, names...)
			c.poison(3, names, 1, 3)
			for rank, name := range names {
				d := c.members[name].await("step", func(r protocol.Report) bool { return r.StepDone != nil }).StepDone
				if d.NotFinite == nil || d.Hash != before.Hash || d.GradNorm != 0 {
					t.Fatalf("%s: %+v", name, d)
				}
				var want []int
				if rank == 1 { // six examples, two each: the fourth
					want = []int{1}
				}
				if !slices.Equal(d.NotFinite.Examples, want) || !strings.Contains(d.NotFinite.Reason, "second") {
					t.Errorf("%s names %v: %s", name, d.NotFinite.Examples, d.NotFinite.Reason)
				}
			}
			if after := c.train(1, 4, 7, names...); after.Hash == before.Hash {
				t.Error("training does not go on")
			}
			if r := c.ring(2, false, names...)["b"]; r.Held.Applied != 7 || len(r.Pending) != 7 {
				t.Errorf("%+v, %d pending", r.Held, len(r.Pending))
			}
		})
	}
}

// Where the run stops at such a step, no rank takes it, nor what was dealt after it.
func TestNotFiniteStopsEverywhere(t *testing.T) {
	c := newCluster(t, "float32")
	names := []string{"a", "b"}
	for _, name := range names {
		c.join(name).poisonWord()
	}
	c.ring(1, false, names...)
	c.poison(0, names, 1, 0)
	c.order(1, 1, names)
	for name, r := range c.ring(2, false, names...) {
		if r.Held.Applied != 0 || len(r.Pending) != 0 {
			t.Errorf("%s: %+v, %d pending", name, r.Held, len(r.Pending))
		}
	}
	c.train(2, 0, 2, names...)
}

// A worker that has such a sum in its queue skips it as the others did.
func TestQueuedStepThatIsNotFiniteIsSkipped(t *testing.T) {
	c := newCluster(t, "float32")
	c.begin.SkipNotFinite = true
	c.join("a").poisonWord()
	fetching := c.join("b")
	names := []string{"a", "b"}
	c.ring(1, false, names...)
	c.members["a"].session.orders.add(protocol.Order{ServeState: &protocol.ServeState{Generation: 1}})
	fetching.session.orders.add(protocol.Order{FetchState: &protocol.FetchState{Generation: 1, Source: "late", SourceID: "late"}})
	c.order(1, 0, names, "b")
	batch := batchOf(1)
	batch[2].IDs = []int32{2, poisonedToken}
	c.orderBatch(1, 1, batch, names, "b")
	c.order(1, 2, names, "b")
	want := c.same(2, "a")
	c.relay("late", "a")
	for n := range 3 {
		d := fetching.await("step", func(r protocol.Report) bool { return r.StepDone != nil }).StepDone
		if d.Step != n || (d.NotFinite != nil) != (n == 1) || n == 2 && d.Hash != want.Hash {
			t.Errorf("step %d: %+v", n, d)
		}
	}
	c.train(1, 3, 5, names...)
}

// A state in which a step was skipped has one update less than steps, and is fetched so.
func TestSkippedStepIsNoUpdateOfTheOptimiser(t *testing.T) {
	c := newCluster(t, "float32")
	c.begin.SkipNotFinite = true
	names := []string{"a", "b"}
	c.join("a").poisonWord()
	c.ring(1, false, "a")
	c.poison(0, names[:1], 1, 0)
	c.train(1, 1, 3, "a")
	c.join("b")
	c.ring(2, false, names...)
	c.members["a"].session.orders.add(protocol.Order{ServeState: &protocol.ServeState{Generation: 2, Step: 3}})
	c.members["b"].session.orders.add(protocol.Order{FetchState: &protocol.FetchState{Generation: 2, Step: 3, Source: "a", SourceID: c.id("a"), SourceURL: c.members["a"].endpoint.URL()}})
	c.order(2, 3, names, "b")
	c.same(3, names...)
	c.train(2, 4, 6, names...)
}

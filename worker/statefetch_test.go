package worker

import (
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"ringmaster/run/protocol"
)

// relay makes another name serve a member's states, from now on.
func (c *cluster) relay(name, source string) {
	c.t.Helper()
	id := c.members[source].link.identity.ID()
	to, err := c.members[source].endpoint.Client()
	if err != nil {
		c.t.Fatal(err)
	}
	from, err := nats.Connect(c.control.ClientURL())
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { from.Close(); to.Close() })
	_, err = from.Subscribe(protocol.StateSubject("test", name, protocol.Any), func(m *nats.Msg) {
		reply, err := to.Request(protocol.StateSubject("test", id, "test"), m.Data, patience)
		if err == nil {
			reply.Subject = m.Reply
			err = from.PublishMsg(reply)
		}
		if err != nil {
			c.t.Error(err)
		}
	})
	if err != nil {
		c.t.Fatal(err)
	}
}

// A newcomer fetches the state while the others train, and queues what it cannot apply yet: its
// parameters are bit-identical to theirs after each of those steps and all that follow.
func TestNewcomerCatchesUp(t *testing.T) {
	for _, wire := range []string{"float32", "bfloat16", "int8"} {
		t.Run(wire, func(t *testing.T) {
			c := newCluster(t, wire, "a", "b")
			c.ring(1, false, "a", "b")
			c.train(1, 0, 4, "a", "b")
			newcomer := c.join("c")
			names := []string{"a", "c", "b"}
			c.formRing(2, false, names...)
			c.members["a"].session.orders.add(protocol.Order{ServeState: &protocol.ServeState{Generation: 2, Step: 4}})
			newcomer.session.orders.add(protocol.Order{FetchState: &protocol.FetchState{Generation: 2, Step: 4, Source: "late", SourceID: "late"}})
			c.ready(2, names...)
			for n := 4; n < 8; n++ {
				c.order(2, n, names, "c")
			}
			for n := 4; n < 8; n++ {
				c.same(n, "a", "b") // so the newcomer has been through the ring
			}
			c.relay("late", "a")
			for n := 8; n < 10; n++ {
				c.order(2, n, names, "c")
			}
			want := c.same(9, "a", "b")
			for n := 4; n < 10; n++ {
				got := newcomer.await("step", func(r protocol.Report) bool { return r.StepDone != nil }).StepDone
				if got.Step != n {
					t.Fatalf("step %d, want %d", got.Step, n)
				}
				if n == 9 && (got.Hash != want.Hash || got.GradNorm != want.GradNorm) {
					t.Fatalf("step %d: %+v, want %+v", n, got, want)
				}
			}
			c.train(2, 10, 13, names...) // it gets examples like every rank
			if r := c.ring(3, true, "c", "b")["c"]; *r.Held != (protocol.Held{Applied: 13, AppliedGeneration: 2}) {
				t.Errorf("holds %+v", r.Held)
			}
			c.train(3, 13, 15, "b", "c")
		})
	}
}

// Survivors are one step apart: the one behind fetches the other's state, directly.
func TestSurvivorsOneStepApart(t *testing.T) {
	c := newCluster(t, "float32", "a", "b")
	c.ring(1, false, "a", "b")
	c.train(1, 0, 3, "a", "b")
	c.ring(2, true, "a") // it alone has the fourth step
	c.train(2, 3, 4, "a")
	ready := c.ring(3, true, "a", "b")
	if *ready["a"].Held != (protocol.Held{Applied: 4, AppliedGeneration: 2}) || *ready["b"].Held != (protocol.Held{Applied: 3, AppliedGeneration: 1}) {
		t.Fatalf("a holds %+v, b %+v", ready["a"].Held, ready["b"].Held)
	}
	names := []string{"a", "b"}
	c.members["a"].session.orders.add(protocol.Order{ServeState: &protocol.ServeState{Generation: 3, Step: 4}})
	c.members["b"].session.orders.add(protocol.Order{FetchState: &protocol.FetchState{Generation: 3, Step: 4, Source: "a", SourceID: c.id("a"), SourceURL: c.members["a"].endpoint.URL()}})
	c.order(3, 4, names, "b")
	c.same(4, names...)
	c.train(3, 5, 7, names...)
	if r := c.ring(4, false, names...)["b"]; len(r.Pending) != 3 || r.Pending[0].Step != 4 {
		t.Errorf("%d steps pending: those before belong to a state that b no longer has", len(r.Pending))
	}
}

// The source dies before it has served its state: the fetching worker keeps its own, and
// fetches from another.
func TestSourceDies(t *testing.T) {
	c := newCluster(t, "float32", "a", "b", "c")
	c.ring(1, false, "a", "b", "c")
	c.train(1, 0, 2, "a", "b", "c")
	c.ring(2, true, "a", "b")
	c.train(2, 2, 3, "a", "b")
	c.formRing(3, false, "a", "b", "c")
	fetching := c.members["c"]
	fetching.session.orders.add(protocol.Order{FetchState: &protocol.FetchState{Generation: 3, Step: 3, Source: "a", SourceID: c.id("a"), SourceURL: c.members["a"].endpoint.URL()}})
	c.ready(3, "a", "b", "c")
	c.order(3, 3, []string{"a", "b", "c"}, "c")
	c.same(3, "a", "b")
	c.members["a"].kill()
	if r := c.ring(4, true, "b", "c")["c"]; r.Held == nil || *r.Held != (protocol.Held{Applied: 2, AppliedGeneration: 1}) || len(r.Pending) != 2 {
		t.Fatalf("it holds %+v with %d steps pending", r.Held, len(r.Pending))
	}
	c.members["b"].session.orders.add(protocol.Order{ServeState: &protocol.ServeState{Generation: 4, Step: 4}})
	fetching.session.orders.add(protocol.Order{FetchState: &protocol.FetchState{Generation: 4, Step: 4, Source: "b", SourceID: c.id("b"), SourceURL: c.members["b"].endpoint.URL()}})
	c.order(4, 4, []string{"b", "c"}, "c")
	c.same(4, "b", "c")
	c.train(4, 5, 7, "b", "c")
}

// A state that cannot be fetched breaks the generation, and the worker survives.
func TestFailedStateFetchBreaksTheGeneration(t *testing.T) {
	c := newCluster(t, "float32", "a", "b")
	c.ring(1, false, "a", "b")
	c.members["b"].kill()
	a := c.members["a"]
	a.session.orders.add(protocol.Order{FetchState: &protocol.FetchState{Generation: 1, Step: 4, Source: "b", SourceID: c.id("b"), SourceURL: c.members["b"].endpoint.URL()}})
	a.await("breaking", func(r protocol.Report) bool { return r.Broken != nil })
	c.ring(2, true, "a")
	c.train(2, 0, 2, "a")
}

// A worker whose queue is full waits for the state, and then does the step that waited like
// every other rank.
func TestFullQueueWaitsForTheState(t *testing.T) {
	c := newCluster(t, "float32", "a", "b")
	c.ring(1, false, "a", "b")
	b := c.members["b"]
	b.maxQueuedSteps = 1
	c.members["a"].session.orders.add(protocol.Order{ServeState: &protocol.ServeState{Generation: 1}})
	b.session.orders.add(protocol.Order{FetchState: &protocol.FetchState{Generation: 1, Source: "late", SourceID: "late"}})
	names := []string{"a", "b"}
	c.order(1, 0, names, "b")
	c.same(0, "a")
	c.order(1, 1, names, "b")
	select {
	case <-c.members["a"].session.reports.filled:
		t.Error("the ring did not wait for the state")
	case <-time.After(100 * time.Millisecond):
	}
	c.relay("late", "a")
	c.same(1, names...)
	c.train(1, 2, 4, names...)
}

package worker

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"golang.org/x/sync/errgroup"

	"ringmaster/allreduce"
	"ringmaster/run/protocol"
	"ringmaster/run/transfer"
)

// patience is far beyond what anything here takes.
const patience = time.Minute

// cluster is executors with real links between them, which get their orders from the test.
type cluster struct {
	t       *testing.T
	control *server.Server
	begin   protocol.Begin
	members map[string]*member
}

// member is an executor and the goroutine that carries out its orders.
type member struct {
	*executor
	t            *testing.T
	name         string
	cancel       context.CancelFunc
	ended        errgroup.Group
	over         chan struct{} // closed when the goroutine has ended
	gone         bool
	shardReports []protocol.Report // of checkpoints, which arrive at any time
}

// newCluster starts members, which load the tiny model as generation 1.
func newCluster(t *testing.T, wire string, names ...string) *cluster {
	t.Helper()
	c := &cluster{t: t, control: controlServer(t, -1), members: map[string]*member{}}
	folder, err := transfer.Describe(filepath.Join("..", "model", "testdata", "tiny"))
	if err != nil {
		t.Fatal(err)
	}
	none := 0.0
	c.begin = protocol.Begin{
		Generation: 1, Name: "student", Train: true, Folder: folder, Seed: 1, Dropout: &none, MicroBatch: 2, Device: "cpu",
		ClipNorm: 1, WeightDecay: 0.01, GradientDtype: wire,
		Tasks: []protocol.Task{{Name: "first", Classes: []string{"a", "b"}}, {Name: "second", Classes: []string{"a", "b", "c"}}},
	}
	for _, name := range names {
		c.join(name)
	}
	return c
}

func controlServer(t *testing.T, port int) *server.Server {
	t.Helper()
	srv, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: port, NoSigs: true, NoLog: true})
	if err != nil {
		t.Fatal(err)
	}
	srv.Start()
	if !srv.ReadyForConnections(patience) {
		t.Fatal("no control server")
	}
	t.Cleanup(func() { srv.Shutdown(); srv.WaitForShutdown() })
	return srv
}

// join starts a member, which loads the model.
func (c *cluster) join(name string) *member {
	c.t.Helper()
	l := identified(c.t, &link{run: "test", worker: name, patience: patience})
	nc, err := nats.Connect(c.control.ClientURL(), l.identity.Options(l.access.Token)...)
	if err != nil {
		c.t.Fatal(err)
	}
	l.nc = nc
	endpoint, err := allreduce.NewEndpoint("127.0.0.1")
	if err != nil {
		c.t.Fatal(err)
	}
	o := Options{Name: name, Threads: 1, Log: slog.New(slog.DiscardHandler), CacheDir: c.t.TempDir()}
	e, err := newExecutor(l, endpoint, o, c.t.TempDir())
	if err != nil {
		c.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	m := &member{executor: e, t: c.t, name: name, cancel: cancel, over: make(chan struct{})}
	m.ended.Go(func() error {
		defer close(m.over)
		return e.run(ctx)
	})
	c.members[name] = m
	c.t.Cleanup(func() {
		m.kill()
		if err := e.close(); err != nil {
			c.t.Error(name, err)
		}
		nc.Close()
	})
	begin := c.begin
	m.session.orders.add(protocol.Order{Begin: &begin})
	m.await("the model", func(r protocol.Report) bool { return r.StageReady != nil })
	return m
}

// kill stops a member as the death of its process would.
func (m *member) kill() {
	if m.gone {
		return
	}
	m.gone = true
	m.cancel()
	if err := m.ended.Wait(); !errors.Is(err, context.Canceled) {
		m.t.Errorf("%s ended before it was killed: %v", m.name, err)
	}
	_ = m.states.close()
	m.endpoint.Close()
}

// hangs waits until a member is carrying out its last order, which is of a generation.
func (m *member) hangs(generation uint64) {
	m.t.Helper()
	late := time.After(patience)
	for {
		m.session.orders.mu.Lock()
		is := m.session.orders.cancel != nil && m.session.orders.underWay == generation && len(m.session.orders.waiting) == 0
		m.session.orders.mu.Unlock()
		if is {
			return
		}
		select {
		case <-time.After(time.Millisecond): // between two looks
		case <-late:
			m.t.Fatalf("%s has not reached generation %d", m.name, generation)
		}
	}
}

// await takes reports until one matches. A member that has ended reports nothing more.
func (m *member) await(what string, is func(protocol.Report) bool) protocol.Report {
	m.t.Helper()
	if i := slices.IndexFunc(m.shardReports, is); i >= 0 {
		return m.shardReports[i]
	}
	late := time.After(patience)
	for over := false; ; {
		if r, ok := m.session.reports.next(); ok {
			if is(r) {
				return r
			}
			if r.ShardDone != nil {
				m.shardReports = append(m.shardReports, r)
			}
			continue
		}
		if over {
			m.t.Fatalf("%s has ended and reported no %s: %v", m.name, what, m.ended.Wait())
		}
		select {
		case <-m.session.reports.filled:
		case <-m.over:
			over = true // its last reports are still to be taken
		case <-late:
			m.t.Fatalf("%s reports no %s", m.name, what)
		}
	}
}

// ringKey is the key of the tests' rings.
var ringKey = bytes.Repeat([]byte{7}, protocol.RingKeyBytes)

// formRing orders members into a ring.
func (c *cluster) formRing(generation uint64, abrupt bool, names ...string) {
	c.t.Helper()
	urls := make([]string, len(names))
	for i, name := range names {
		urls[i] = c.members[name].endpoint.URL()
	}
	for rank, name := range names {
		c.members[name].session.orders.add(protocol.Order{Ring: &protocol.Ring{
			Generation: generation, Rank: rank, Workers: names, RingURLs: urls, Topology: "mesh", Abrupt: abrupt, Key: ringKey,
		}})
	}
}

// ready waits until members report that a generation's ring is open, and returns the reports.
func (c *cluster) ready(generation uint64, names ...string) map[string]*protocol.RingReady {
	c.t.Helper()
	all := map[string]*protocol.RingReady{}
	for _, name := range names {
		r := c.members[name].await("ring", func(r protocol.Report) bool {
			return r.RingReady != nil && r.RingReady.Generation == generation || r.Broken != nil && r.Broken.Generation == generation
		})
		if r.Broken != nil {
			c.t.Fatalf("%s: %s", name, r.Broken.Reason)
		}
		all[name] = r.RingReady
	}
	return all
}

// ring forms a ring and waits for it.
func (c *cluster) ring(generation uint64, abrupt bool, names ...string) map[string]*protocol.RingReady {
	c.t.Helper()
	c.formRing(generation, abrupt, names...)
	return c.ready(generation, names...)
}

// order deals a step to the ring's members. Those that fetch a state get no examples.
func (c *cluster) order(generation uint64, step int, names []string, fetching ...string) {
	c.orderBatch(generation, step, batchOf(step), names, fetching...)
}

func (c *cluster) orderBatch(generation uint64, step int, batch []protocol.Example, names []string, fetching ...string) {
	var active []int
	for rank, name := range names {
		if !slices.Contains(fetching, name) {
			active = append(active, rank)
		}
	}
	dealt := deal(step, len(active), batch, true)
	for rank, name := range names {
		s := dealt[0]
		s.Examples = nil
		if i := slices.Index(active, rank); i >= 0 {
			s = dealt[i]
		}
		s.Generation, s.ActiveRanks = generation, active
		s.Tokens = tokensOf(batch)
		if len(names) == 1 {
			s.Tokens = nil
		}
		c.members[name].session.orders.add(protocol.Order{Step: &s})
	}
}

// same waits for a step's reports and checks that they agree and have the same parameters.
func (c *cluster) same(step int, names ...string) *protocol.StepDone {
	c.t.Helper()
	var first *protocol.StepDone
	for _, name := range names {
		d := c.members[name].await("step", func(r protocol.Report) bool {
			return r.StepDone != nil && r.StepDone.Step == step || r.Broken != nil
		}).StepDone
		switch {
		case d == nil:
			c.t.Fatalf("%s: the ring broke in step %d", name, step)
		case first == nil:
			first = d
		case d.Hash != first.Hash || d.Hash == "" || d.GradNorm != first.GradNorm || !slices.Equal(d.LossSum, first.LossSum):
			c.t.Fatalf("step %d: %s reports %+v, %s %+v", step, name, d, names[0], first)
		}
	}
	return first
}

// train does steps one after another, every member with examples.
func (c *cluster) train(generation uint64, from, to int, names ...string) (last *protocol.StepDone) {
	c.t.Helper()
	for n := from; n < to; n++ {
		c.order(generation, n, names)
	}
	for n := from; n < to; n++ {
		last = c.same(n, names...)
	}
	return last
}

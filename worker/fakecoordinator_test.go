package worker

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"ringmaster/run/protocol"
	"ringmaster/run/transfer"
)

// fakeCoordinator is the coordinator that a test plays: it knows one session at a time, gives
// the orders that the test adds, and hands over what is reported.
type fakeCoordinator struct {
	t  *testing.T
	nc *nats.Conn

	hellos  chan protocol.Hello
	reports chan protocol.Report

	mu      sync.Mutex
	session int
	deaf    bool   // to joining
	admits  func() // what happens between taking a worker in and telling it
	orders  []protocol.Order
}

func newFakeCoordinator(t *testing.T, url string) *fakeCoordinator {
	t.Helper()
	nc, err := nats.Connect(url, nats.MaxReconnects(-1), nats.ReconnectWait(10*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	d := &fakeCoordinator{t: t, nc: nc, hellos: make(chan protocol.Hello, 100), reports: make(chan protocol.Report, 1000)}
	for subject, handle := range map[string]nats.MsgHandler{
		protocol.DiscoverSubject(protocol.Any): d.onJoin, protocol.JoinSubject("test", protocol.Any): d.onJoin,
		protocol.PollSubject("test", protocol.Any, "w"): d.onPoll, protocol.ReportSubject("test", protocol.Any, "w"): d.onReport,
	} {
		if _, err := nc.Subscribe(subject, handle); err != nil {
			t.Fatal(err)
		}
	}
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *fakeCoordinator) name() string { return fmt.Sprint("session-", d.session) }

func (d *fakeCoordinator) onJoin(m *nats.Msg) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.deaf {
		return
	}
	var hello protocol.Hello
	if err := json.Unmarshal(m.Data, &hello); err != nil {
		d.t.Error(err)
	}
	d.session++
	d.orders = nil
	d.hellos <- hello
	if d.admits != nil {
		d.admits()
	}
	d.answer(m, protocol.Welcome{Run: "test", Session: d.name()})
}

func (d *fakeCoordinator) onPoll(m *nats.Msg) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var poll protocol.Poll
	if err := json.Unmarshal(m.Data, &poll); err != nil {
		d.t.Error(err)
	}
	if poll.Session != d.name() {
		d.answer(m, protocol.Orders{UnknownSession: true})
		return
	}
	var left []protocol.Order
	for i, o := range d.orders {
		if o.Seq = uint64(i) + 1; o.Seq > poll.Ack {
			left = append(left, o)
		}
	}
	d.answer(m, protocol.Orders{Orders: left})
}

func (d *fakeCoordinator) onReport(m *nats.Msg) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var r protocol.Report
	if err := json.Unmarshal(m.Data, &r); err != nil {
		d.t.Error(err)
	}
	if r.Session != d.name() {
		d.answer(m, map[string]bool{"stranger": true})
		return
	}
	d.reports <- r
	d.respond(m, nil)
}

func (d *fakeCoordinator) answer(m *nats.Msg, answer any) {
	text, err := json.Marshal(answer)
	if err != nil {
		d.t.Error(err)
	}
	d.respond(m, text)
}

// respond answers as the coordinator; an answer that is lost is asked for again.
func (d *fakeCoordinator) respond(m *nats.Msg, text []byte) {
	id := strings.Split(m.Subject, ".")
	who := id[len(id)-1]
	if who == "w" {
		who = id[len(id)-2]
	}
	_ = d.nc.PublishMsg(testAuthority.Answer(m, who, text))
}

// forget is what a coordinator's restart does.
func (d *fakeCoordinator) forget() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.session++
	d.orders = nil
}

func (d *fakeCoordinator) order(orders ...protocol.Order) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.orders = append(d.orders, orders...)
}

// await takes reports until one is of the kind.
func (d *fakeCoordinator) await(what string, is func(protocol.Report) bool) protocol.Report {
	d.t.Helper()
	late := time.After(patience)
	for {
		select {
		case r := <-d.reports:
			if is(r) {
				return r
			}
		case <-late:
			d.t.Fatalf("no %s is reported", what)
		}
	}
}

func (d *fakeCoordinator) joined() protocol.Hello {
	d.t.Helper()
	select {
	case h := <-d.hellos:
		return h
	case <-time.After(patience):
		d.t.Fatal("nobody joins")
		return protocol.Hello{}
	}
}

// begun has the worker load the tiny model in a ring of its own.
func (d *fakeCoordinator) begun(generation uint64) {
	d.t.Helper()
	folder, err := transfer.Describe(filepath.Join("..", "model", "testdata", "tiny"))
	if err != nil {
		d.t.Fatal(err)
	}
	d.order(protocol.Order{Begin: &protocol.Begin{
		Generation: generation, Name: "student", Train: true, Folder: folder, Seed: 1, Device: "cpu", ClipNorm: 1, GradientDtype: "float32",
		Tasks: []protocol.Task{{Name: "first", Classes: []string{"a", "b"}}, {Name: "second", Classes: []string{"a", "b", "c"}}},
	}})
	d.ringOf(generation)
}

func (d *fakeCoordinator) ringOf(generation uint64) {
	d.order(protocol.Order{Ring: &protocol.Ring{Generation: generation, Workers: []string{"w"}, Topology: "broker"}})
}

func (d *fakeCoordinator) step(generation uint64, n int) *protocol.StepDone {
	d.t.Helper()
	s := deal(n, 1, batchOf(n), false)[0]
	s.Generation = generation
	d.order(protocol.Order{Step: &s})
	return d.await("step", func(r protocol.Report) bool { return r.StepDone != nil && r.StepDone.Step == n }).StepDone
}

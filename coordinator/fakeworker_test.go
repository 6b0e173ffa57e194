package coordinator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"ringmaster/run/credentials"
	"ringmaster/run/protocol"
	"ringmaster/run/transfer"
	"ringmaster/sleep"
)

// A fakeWorker does what a worker does, over the real protocol, without a tensor: its state is a
// hash over the steps that it has applied, so that two states are equal where the same steps
// made them. The workers of a test share a ring, which gives a step's sums when all ranks have
// brought their part.
type fakeWorker struct {
	t    *testing.T
	name string
	ring *fakeRing
	life string
	nc   *nats.Conn

	token    credentials.Token
	identity *credentials.Identity
	count    credentials.Counter

	run, session string
	held
	place protocol.Ring
	spent uint64 // the last generation that broke

	files *transfer.Server
	dir   string // of what it writes
	// does, where it is there, may do an order in the worker's place.
	does func(h *fakeWorker, o protocol.Order) (done bool)
	// refusal is why it was not let in, or no longer; empty where it was. For a test that expects
	// none, one is an error.
	refusal       string
	expectRefusal bool
	// joins, where it is there, is called when it is in.
	joins func(*fakeWorker)
	// invents, where it is there, changes what is reported of a step.
	invents func(*protocol.StepDone)

	ctx   context.Context // until the test, or die, ends it
	die   context.CancelFunc
	ended chan struct{}
}

// startWorker starts a fake worker that joins a run.
func (b *testRun) startWorker(name string, does func(*fakeWorker, protocol.Order) bool) *fakeWorker {
	b.t.Helper()
	return b.startWorkerFrom(name, held{}, does)
}

// startLiar starts a fake worker that is expected to be refused in the end.
func (b *testRun) startLiar(name string, does func(*fakeWorker, protocol.Order) bool) *fakeWorker {
	b.t.Helper()
	return b.startFake(&fakeWorker{name: name, does: does, expectRefusal: true})
}

// startWorkerFrom starts one that holds a state from before.
func (b *testRun) startWorkerFrom(name string, from held, does func(*fakeWorker, protocol.Order) bool) *fakeWorker {
	b.t.Helper()
	from.kept = slices.Clone(from.kept) // several may begin with one state
	return b.startFake(&fakeWorker{name: name, does: does, held: from})
}

func (b *testRun) startFake(h *fakeWorker) *fakeWorker {
	b.t.Helper()
	control := b.control()
	url := b.url
	if url == "" {
		url = "nats://" + control.Address
	}
	authority, err := credentials.ParseSeed(control.Seed)
	if err != nil {
		b.t.Fatal(err)
	}
	identity, err := credentials.NewIdentity()
	if err != nil {
		b.t.Fatal(err)
	}
	nc, err := nats.Connect(url, append(identity.Options(authority.Token()), nats.MaxReconnects(-1), nats.ReconnectWait(20*time.Millisecond), nats.Timeout(10*time.Second))...)
	if err != nil {
		b.t.Fatal(err)
	}
	h.token, h.identity = authority.Token(), identity
	h.t, h.life, h.ring, h.nc, h.dir = b.t, h.name+fmt.Sprint(time.Now().UnixNano()), &b.ring, nc, b.t.TempDir()
	h.ended = make(chan struct{})
	h.ctx, h.die = context.WithCancel(context.Background())
	go func() {
		defer close(h.ended)
		if err := h.work(); err != nil && h.ctx.Err() == nil && (h.refusal == "" || !h.expectRefusal) {
			b.t.Errorf("fake worker %s: %v", h.name, err)
		}
		if h.refusal != "" { // it is gone, and its links with it
			h.ring.breaks(h.place.Generation)
		}
	}()
	b.t.Cleanup(h.kill)
	return h
}

// kill ends a fake worker as kill -9 ends a process.
func (h *fakeWorker) kill() {
	h.die()
	<-h.ended
	h.nc.Close()
	h.ring.breaks(h.place.Generation)
}

func (h *fakeWorker) ask(subject string, question, answer any) error {
	text, err := json.Marshal(question)
	if err != nil {
		return err
	}
	for {
		ctx, cancel := context.WithTimeout(h.ctx, time.Second)
		request := &nats.Msg{Subject: subject, Data: text}
		number, err := h.identity.Request(request, &h.count)
		if err != nil {
			cancel()
			return err
		}
		m, err := h.nc.RequestMsgWithContext(ctx, request)
		cancel()
		if err == nil {
			if err := h.token.CheckAnswer(m, h.identity.ID(), number); err != nil {
				return err
			}
		}
		switch {
		case err == nil && len(m.Data) == 0:
			return nil
		case err == nil:
			return json.Unmarshal(m.Data, answer)
		case h.ctx.Err() != nil || errors.Is(err, nats.ErrConnectionClosed):
			return errGone
		}
	}
}

var errGone = errors.New("the coordinator is gone, or the worker")

// say publishes what needs no answer.
func (h *fakeWorker) say(subject string, text []byte) error {
	m := &nats.Msg{Subject: subject, Data: text}
	if _, err := h.identity.Request(m, &h.count); err != nil {
		return err
	}
	return h.nc.PublishMsg(m)
}

func (h *fakeWorker) pollSubject() string {
	return protocol.PollSubject(h.run, h.identity.ID(), h.name)
}

func (h *fakeWorker) reportSubject() string {
	return protocol.ReportSubject(h.run, h.identity.ID(), h.name)
}

// work joins and does what is ordered until the run ends.
func (h *fakeWorker) work() error {
	for {
		var welcome protocol.Welcome
		ticket, err := h.identity.Ticket(h.token)
		if err != nil {
			return err
		}
		hello := protocol.Hello{Version: protocol.Version, Worker: h.name, Host: "here", PID: os.Getpid(), Life: h.life, Held: h.at, Ticket: ticket}
		if err := h.ask(protocol.DiscoverSubject(h.identity.ID()), hello, &welcome); err != nil {
			return nil
		}
		if welcome.Refused != "" {
			h.refusal = welcome.Refused
			return errors.New(welcome.Refused)
		}
		if welcome.Session == "" { // it is to ask again
			if err := sleep.For(h.ctx, 20*time.Millisecond); err != nil {
				return nil
			}
			continue
		}
		h.run, h.session = welcome.Run, welcome.Session
		if h.files == nil {
			var err error
			if h.files, err = transfer.Serve(h.nc, protocol.WorkerFilesSubject(h.run, h.identity.ID())); err != nil {
				return err
			}
		}
		if h.joins != nil {
			h.joins(h)
		}
		again, err := h.serve()
		if !again {
			return err
		}
	}
}

// pulse shows that the fake worker lives, whatever it is about, until it is stopped or dies.
func (h *fakeWorker) pulse() (stop func()) {
	text, err := json.Marshal(protocol.Report{Session: h.session})
	if err != nil {
		h.t.Error(err)
	}
	ctx, cancel := context.WithCancel(h.ctx)
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		beat := time.NewTicker(protocol.PollHold / 2)
		defer beat.Stop()
		for {
			select {
			case <-beat.C: // one that is lost is no damage
				_ = h.say(h.reportSubject(), text)
			case <-ctx.Done():
				return
			}
		}
	}()
	return func() {
		cancel()
		<-stopped
	}
}

// serve does a session's orders; again says that the coordinator has forgotten the fake worker.
func (h *fakeWorker) serve() (again bool, err error) {
	defer h.pulse()()
	parts := protocol.Assembly{Bound: protocol.MaxOrder}
	for last := uint64(0); ; {
		var answer protocol.Orders
		poll := protocol.Poll{Session: h.session, Ack: last, Has: parts.Has(last + 1)}
		if err := h.ask(h.pollSubject(), poll, &answer); err != nil {
			return false, nil
		}
		if answer.UnknownSession {
			return true, nil
		}
		if answer.Part != nil {
			whole, err := parts.Add(answer.Part)
			if err != nil {
				return false, err
			}
			var o protocol.Order
			if whole != nil {
				if err := json.Unmarshal(whole, &o); err != nil {
					return false, err
				}
				answer.Orders = []protocol.Order{o}
			}
		}
		for _, o := range answer.Orders {
			if o.Seq <= last {
				continue
			}
			last = o.Seq
			if o.End != nil {
				text, err := json.Marshal(protocol.Poll{Session: h.session, Ack: last})
				if err == nil { // nobody may be there to take it any more
					_ = errors.Join(h.say(h.pollSubject(), text), h.nc.FlushTimeout(time.Second))
				}
				return false, err
			}
			if h.does != nil && h.does(h, o) {
				continue
			}
			if err := h.execute(o); err != nil && !errors.Is(err, errGone) {
				return false, err
			}
		}
	}
}

func (h *fakeWorker) report(r protocol.Report) error {
	r.Session = h.session
	var reply protocol.Reply
	return h.ask(h.reportSubject(), r, &reply)
}

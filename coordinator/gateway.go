package coordinator

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"golang.org/x/time/rate"

	"ringmaster/coordinator/core"
	"ringmaster/refusals"
	"ringmaster/run/protocol"
	"ringmaster/run/transfer"
	"ringmaster/shown"
)

// message is what the gateway hears from a worker: an event for the core and the
// report it came from, whose numbers the core does not need.
type message struct {
	event  core.Event
	worker core.WorkerID
	report *protocol.Report
	hello  *protocol.Hello
	answer func(protocol.Welcome)
	// refused is why the gateway itself has refused hello.
	refused string
}

// gateway is the coordinator's side of the protocol: it turns messages into inputs
// for the loop and keeps every worker's orders until they are taken.
type gateway struct {
	nc  *connection
	run string
	// refused counts what is refused.
	refused *refusals.Counter
	limits  *limits
	ring    *protocol.RingServer // that every worker is to have, in a mesh; nil else
	only    bool                 // no other run is coordinated through this server
	inputs  chan message
	ctx     context.Context
	cancel  context.CancelFunc
	subs    []*nats.Subscription

	mu       sync.Mutex
	sessions map[core.WorkerID]*session
	senders  senders
}

// session is a worker's membership from joining to leaving. Its orders are numbered from 1.
type session struct {
	token  string
	id     string    // whose requests it takes
	heard  time.Time // when the last came
	orders *orderQueue
	// parts are those of a large report; only onReport uses them.
	parts protocol.Assembly
	limit *rate.Limiter // of its messages
}

func newGateway(run string, refused *refusals.Counter) *gateway {
	return &gateway{run: run, refused: refused, limits: newLimits(), inputs: make(chan message, 64), sessions: map[core.WorkerID]*session{}, cancel: func() {}}
}

// open begins to listen for the workers of the run.
func (g *gateway) open(ctx context.Context, nc *connection, ring *protocol.RingServer) error {
	g.nc, g.ring, g.only = nc, ring, nc.own != nil
	g.ctx, g.cancel = context.WithCancel(ctx)
	handlers := map[string]nats.MsgHandler{
		protocol.DiscoverSubject(protocol.Any):                    g.signedJoin(g.onJoin),
		protocol.JoinSubject(g.run, protocol.Any):                 g.signedJoin(g.onJoin),
		protocol.PollSubject(g.run, protocol.Any, protocol.Any):   g.signed(g.onPoll),
		protocol.ReportSubject(g.run, protocol.Any, protocol.Any): g.signed(g.onReport),
	}
	for _, subject := range protocol.OldJoinSubjects(g.run) {
		handlers[subject] = g.onOldJoin
	}
	for subject, handle := range handlers {
		sub, err := nc.Subscribe(subject, handle)
		if err != nil {
			return fmt.Errorf("listen for workers: %w", err)
		}
		g.subs = append(g.subs, sub)
	}
	return nil
}

// fetch copies a folder that a worker offers to place. One that is handed over too slowly, or not
// at all though the worker lives, is given up (transfer.ErrSilent).
func (g *gateway) fetch(ctx context.Context, from core.WorkerID, folder transfer.Folder, place string) error {
	owner := g.session(from)
	if owner == nil {
		return fmt.Errorf("%w: worker %s is gone", transfer.ErrRefused, from)
	}
	within := handoverTime(folder)
	slow := fmt.Errorf("%w: worker %s has not handed over its files within %s", transfer.ErrSilent, from, within)
	ctx, cancel := context.WithTimeoutCause(ctx, within, slow)
	defer cancel()
	return transfer.Fetch(ctx, g.nc.Conn, protocol.WorkerFilesSubject(g.run, owner.id), folder, place)
}

// handoverTime is how long a worker may take to hand a folder over: two minutes, and a second for each
// 256 KiB.
func handoverTime(folder transfer.Folder) time.Duration {
	var size int64
	for _, file := range folder.Files {
		size += file.Size
	}
	return 2*time.Minute + time.Duration(size>>18)*time.Second
}

// order queues an order for a worker. One for a worker that is no member any more is dropped.
func (g *gateway) order(w core.WorkerID, o protocol.Order) error {
	m := g.session(w)
	if m == nil {
		return nil
	}
	return m.orders.push(o)
}

// admit opens a worker's session unless it has one, and returns the session's token.
func (g *gateway) admit(w core.WorkerID, id string) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.sessions[w] == nil {
		g.sessions[w] = &session{
			token: rand.Text(), id: id, heard: time.Now(), orders: &orderQueue{limit: g.nc.MaxPayload}, parts: protocol.Assembly{Bound: protocol.MaxReport}, limit: memberLimit(),
		}
	}
	return g.sessions[w].token
}

// drop ends a worker's session. Whatever the worker asks for, it hears that its session is
// unknown.
func (g *gateway) drop(w core.WorkerID) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if m := g.sessions[w]; m != nil {
		m.orders.nudge()
		m.orders.close()
		delete(g.sessions, w)
	}
}

// silence is how long nothing has come of a member's session.
func (g *gateway) silence(w core.WorkerID) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	if m := g.sessions[w]; m != nil {
		return time.Since(m.heard)
	}
	return time.Hour
}

// stillConnected are the members of whose sessions nothing has come for so long, and which are connected all the same.
// Of a server that was named that is not known.
func (g *gateway) stillConnected(quiet time.Duration) (all []core.WorkerID) {
	silent := map[core.WorkerID]string{}
	g.mu.Lock()
	for w, m := range g.sessions {
		if time.Since(m.heard) >= quiet {
			silent[w] = m.id
		}
	}
	g.mu.Unlock()
	for w, id := range silent { // seldom any: the server looks through all its connections for each
		if len(g.nc.connectionsOf(id)) > 0 {
			all = append(all, w)
		}
	}
	return all
}

// nudge has a worker ask for its orders now, if it lives.
func (g *gateway) nudge(w core.WorkerID) {
	if m := g.session(w); m != nil {
		m.orders.nudge()
	}
}

// session is nil for a worker that is no member.
func (g *gateway) session(w core.WorkerID) *session {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.sessions[w]
}

func (g *gateway) close() error {
	g.cancel()
	var errs []error
	for _, sub := range g.subs {
		if err := sub.Unsubscribe(); err != nil && !errors.Is(err, nats.ErrConnectionClosed) {
			errs = append(errs, err)
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, m := range g.sessions {
		m.orders.close()
	}
	return errors.Join(errs...)
}

// pass hands a message to the loop, unless the gateway is closed.
func (g *gateway) pass(m message) {
	select {
	case g.inputs <- m:
	case <-g.ctx.Done():
	}
}

func (g *gateway) onJoin(m *nats.Msg) {
	var hello protocol.Hello
	answer := func(w protocol.Welcome) { g.respond(m, w) }
	if !g.decode(m.Data, &hello, "a request to join") {
		answer(protocol.Welcome{Refused: "the join message is invalid"})
		return
	}
	hello.Identity = identity(m.Subject)
	err := cleaned(&hello)
	if !g.limits.ask(hello.Worker, time.Now()) {
		g.refused.Add(refusals.Rate, "requests to join, the last of worker "+hello.Worker+" on "+hello.Host)
		return
	}
	if hello.Version != protocol.Version { // before all else: what it says may mean something else
		err = errors.New(versionRefusal(hello.Version))
	}
	if err != nil {
		g.refused.Add(refusals.Join, "worker "+hello.Worker+" on "+hello.Host+": "+err.Error())
		answer(protocol.Welcome{Refused: err.Error(), Release: hello.Version != protocol.Version})
		g.pass(message{hello: &hello, refused: err.Error()})
		return
	}
	if hello.Run != "" && hello.Run != g.run {
		answer(protocol.Welcome{Run: g.run, Only: g.only})
		return
	}
	if g.ring != nil && (hello.Offer == nil || (hello.Offer.Broker != "") != (g.ring.Broker != "")) {
		answer(g.ringServerFor(&hello))
		return
	}
	w := core.WorkerID(hello.Worker)
	joined := core.Joined{Worker: w, At: time.Now()}
	if h := hello.Held; h != nil {
		joined.Held = &core.Held{Stage: h.Stage, State: core.StateID{Applied: h.Applied, AppliedGeneration: h.AppliedGeneration}}
	}
	g.pass(message{event: joined, worker: w, hello: &hello, answer: answer})
}

// ringServerFor has a worker start its ring server, or connect to the broker, with a certificate where it is to use TLS.
func (g *gateway) ringServerFor(hello *protocol.Hello) protocol.Welcome {
	w := protocol.Welcome{Run: g.run, WantRingURL: true, Ring: g.ring}
	if !g.ring.TLS {
		return w
	}
	var err error
	if w.Certificate, err = g.nc.authority.Certify(hello.Identity, hello.ServerKey, nil); err != nil {
		return protocol.Welcome{Run: g.run, Refused: "no certificate can be made for its ring server: " + err.Error()}
	}
	return w
}

// decode reads a message, and counts one that cannot be read.
func (g *gateway) decode(text []byte, message any, what string) bool {
	err := protocol.Decode(text, message)
	if err == nil {
		return true
	}
	kind := refusals.Malformed
	if errors.Is(err, protocol.ErrPayload) {
		kind = refusals.Oversized
	}
	g.refused.Add(kind, fmt.Sprintf("%s of %d bytes: %s", what, len(text), shown.Problem(err)))
	return false
}

// heard is the session that a worker's request names, and passes on that the worker lives. Where
// there is none it answers with stranger, unless there are too many messages; then nil.
func (g *gateway) heard(m *nats.Msg, w core.WorkerID, token string, stranger any) *session {
	member := g.session(w)
	switch {
	case member == nil || member.id != identity(m.Subject) || subtle.ConstantTimeCompare([]byte(member.token), []byte(token)) != 1:
		if !g.limits.strangers.Allow() {
			g.refused.Add(refusals.Rate, "messages of unknown sessions, the last for worker "+shown.Short(string(w)))
			return nil
		}
		g.refused.Add(refusals.Replayed, "a message for worker "+shown.Short(string(w))+" that names no session, or another than the present one")
		g.respond(m, stranger)
		return nil
	case !member.limit.Allow():
		g.refused.Add(refusals.Rate, "messages of worker "+string(w))
		return nil
	}
	g.mu.Lock()
	member.heard = time.Now()
	g.mu.Unlock()
	g.pass(message{event: core.Heard{Worker: w, At: time.Now()}, worker: w})
	return member
}

func (g *gateway) onPoll(m *nats.Msg) {
	w := worker(m.Subject)
	var poll protocol.Poll
	if !g.decode(m.Data, &poll, "a poll for worker "+shown.Short(string(w))) {
		return
	}
	member := g.heard(m, w, poll.Session, protocol.Orders{UnknownSession: true})
	if member == nil {
		return
	}
	if !member.orders.poll(poll.Ack, poll.Has, func(text []byte) { g.answer(m, text) }) {
		g.refused.Add(refusals.Undealt, fmt.Sprintf("worker %s acknowledges order %d, which it was not given", w, poll.Ack))
	}
}

func (g *gateway) onReport(m *nats.Msg) {
	w := worker(m.Subject)
	what := "a report for worker " + shown.Short(string(w))
	var r protocol.Report
	if !g.decode(m.Data, &r, what) {
		return
	}
	member := g.heard(m, w, r.Session, protocol.Reply{UnknownSession: true})
	if member == nil {
		return
	}
	reply := protocol.Reply{}
	if part := r.Part; part != nil {
		whole, err := member.parts.Add(part)
		if err != nil {
			g.refused.Add(refusals.Oversized, fmt.Sprintf("%s: %v", what, err))
			return
		}
		reply.Has = member.parts.Has(part.Message)
		if whole == nil {
			g.respond(m, reply)
			return
		}
		r = protocol.Report{}
		if !g.decode(whole, &r, what) {
			return
		}
		if r.Part != nil {
			g.refused.Add(refusals.Malformed, what+": parts of parts")
			return
		}
		reply.Whole = true
	}
	cleanReasons(&r)
	g.pass(message{event: event(w, &r), worker: w, report: &r})
	g.respond(m, reply) // a lost answer has the report repeated, which changes nothing
}

// worker is the last token of a subject.
func worker(subject string) core.WorkerID {
	return core.WorkerID(subject[strings.LastIndexByte(subject, '.')+1:])
}

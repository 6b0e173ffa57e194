package coordinator

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"ringmaster/refusals"
	"ringmaster/run/credentials"
	"ringmaster/run/protocol"
	"ringmaster/shown"
)

// Every request of a worker is signed by its identity, and every answer by the coordinator: over a NATS
// server of somebody else nothing but that says who speaks. On the coordinator's own server permissions
// say so too, before a message gets here.

// senders remembers which requests came, by identity and kind of request.
type senders struct {
	mu      sync.Mutex
	windows map[string]*credentials.Window
}

// maxSenders bounds it; a worker that is forgotten begins anew.
const maxSenders = 4096

// take notes a request, or says that it came before.
func (s *senders) take(sender string, count uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.windows[sender]
	if w == nil {
		if s.windows == nil || len(s.windows) >= maxSenders {
			s.windows = map[string]*credentials.Window{}
		}
		w = &credentials.Window{}
		s.windows[sender] = w
	}
	return w.Take(count)
}

// signed has a handler get a member's requests alone, each once.
func (g *gateway) signed(handle nats.MsgHandler) nats.MsgHandler {
	return func(m *nats.Msg) {
		id := identity(m.Subject)
		count, err := credentials.CheckRequest(m, id)
		if err == nil {
			if s := g.session(worker(m.Subject)); s != nil && s.id == id { // others hear that they are strangers, again and again
				err = g.senders.take(kindOf(m.Subject)+id, count)
			}
		}
		if err != nil {
			g.refuse(m, err)
			return
		}
		handle(m)
	}
}

// signedJoin has a handler get requests to join alone that come from whoever has the run's token.
func (g *gateway) signedJoin(handle nats.MsgHandler) nats.MsgHandler {
	return func(m *nats.Msg) {
		id := identity(m.Subject)
		count, err := credentials.CheckRequest(m, id)
		if err != nil {
			g.refuse(m, err)
			return
		}
		var hello struct {
			Ticket []byte `json:"ticket"`
		}
		_ = json.Unmarshal(m.Data, &hello) // what cannot be read has no ticket
		if err := g.nc.authority.CheckTicket(id, hello.Ticket); err != nil {
			if m.Subject != protocol.DiscoverSubject(id) { // which may be meant for another run at the server
				g.refuse(m, err)
				g.respond(m, protocol.Welcome{Run: g.run, Refused: err.Error()})
			}
			return
		}
		if err := g.senders.take("join "+id, count); err != nil {
			g.refuse(m, err)
			return
		}
		handle(m)
	}
}

// onOldJoin refuses a worker of an earlier release in a sentence that it understands.
func (g *gateway) onOldJoin(m *nats.Msg) {
	var hello protocol.Hello
	if !g.decode(m.Data, &hello, "a request to join") {
		return
	}
	_ = cleaned(&hello) // it is refused in any case
	if !g.limits.ask(hello.Worker, time.Now()) {
		g.refused.Add(refusals.Rate, "requests to join, the last of worker "+hello.Worker+" on "+hello.Host)
		return
	}
	why := versionRefusal(hello.Version)
	g.refused.Add(refusals.Join, "worker "+hello.Worker+" on "+hello.Host+": "+why)
	respond(m, protocol.Welcome{Run: g.run, Refused: why, Release: true})
	g.pass(message{hello: &hello, refused: why})
}

func versionRefusal(version int) string {
	return fmt.Sprintf("the worker speaks protocol %d, this coordinator %d: install the same release on both", version, protocol.Version)
}

// respond answers a request. A lost answer is asked for again.
func (g *gateway) respond(m *nats.Msg, answer any) {
	text, err := json.Marshal(answer)
	if err == nil {
		g.answer(m, text)
	}
}

// answer answers a request with a text.
func (g *gateway) answer(m *nats.Msg, text []byte) {
	if m.Reply == "" {
		return
	}
	err := g.nc.PublishMsg(g.nc.authority.Answer(m, identity(m.Subject), text)) // a lost answer is asked for again
	if errors.Is(err, nats.ErrMaxPayload) {
		g.refused.Add(refusals.Oversized, fmt.Sprintf("an answer of %d bytes to %s, by the server, which takes at most %d (max_payload); set it to 1 MiB, which is usual",
			len(text), shown.Short(kindOf(m.Subject)), g.nc.MaxPayload()))
	}
}

// refuse counts and logs a message that is dropped.
func (g *gateway) refuse(m *nats.Msg, why error) {
	kind := refusals.Forged
	switch {
	case errors.Is(why, credentials.ErrReplay):
		kind = refusals.Replayed
	case errors.Is(why, credentials.ErrTicket):
		kind = refusals.Credentials
	}
	g.refused.Add(kind, fmt.Sprintf("a message (%s) of %s: %v", shown.Short(kindOf(m.Subject)), shown.Short(identity(m.Subject)), why))
}

// identity is whose subject it is: ringmaster.RUN.KIND.ID…, or ringmaster.join.ID.
func identity(subject string) string {
	parts := strings.Split(subject, ".")
	switch {
	case len(parts) == 3:
		return parts[2]
	case len(parts) > 3:
		return parts[3]
	}
	return ""
}

// kindOf is what a subject's messages are: join, poll or report.
func kindOf(subject string) string {
	parts := strings.Split(subject, ".")
	if len(parts) > 3 {
		return parts[2]
	}
	return "join"
}

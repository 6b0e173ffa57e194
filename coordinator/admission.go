package coordinator

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"ringmaster/config"
	"ringmaster/coordinator/core"
	"ringmaster/refusals"
	"ringmaster/run/protocol"
	"ringmaster/run/reach"
	"ringmaster/shown"
)

// ringServer tells workers where their ring servers listen, or which broker they are to reach; nil
// where the ring goes over the control server, which they have reached. If the embedded control server
// listens on a loopback address, all workers are on this machine.
func ringServer(c config.Cluster, nc *connection) *protocol.RingServer {
	if c.Topology != config.Mesh {
		if c.Broker == "" {
			return nil
		}
		return &protocol.RingServer{Broker: c.Broker}
	}
	return &protocol.RingServer{
		Loopback: nc.onLoopback(), TLS: wantsTLS(c, nc.onLoopback()), Address: c.RingAddress, Port: c.RingPort,
	}
}

// reachable says whether a worker that asks to join can: only once it and every member reach each
// other, in a mesh or at a broker. It answers a worker that cannot join, or not yet, and tells which
// members the worker says it does not reach.
func (m *membership) reachable(join message) (admitted bool, unreached []core.Event, err error) {
	if m.gateway.ring == nil {
		return true, nil, nil
	}
	hello, now := join.hello, time.Now()
	verdict := m.book.Ask(now, reach.Newcomer{
		Worker: hello.Worker, Host: hello.Host, Offer: *hello.Offer, Findings: hello.Findings,
	})
	for member, q := range verdict.Asked {
		if err := m.gateway.order(core.WorkerID(member), protocol.Order{Reach: &q}); err != nil {
			return false, nil, err
		}
	}
	for _, member := range verdict.Unreached {
		unreached = append(unreached, core.Unreached{Worker: core.WorkerID(member), At: now})
	}
	switch {
	case verdict.Admitted:
		return true, unreached, nil
	case verdict.Refused != "":
		m.refuse(join, refusals.Join, verdict.Refused)
	default:
		if verdict.News {
			m.notify("worker %s on %s cannot join yet; retrying for %s: %s", hello.Worker, hello.Host, reach.Patience, verdict.Waiting)
		}
		join.answer(protocol.Welcome{Run: m.opts.Name, Questions: verdict.Questions, Waiting: verdict.Waiting})
	}
	return false, unreached, nil
}

// refuse tells a worker, and whoever watches, why it may not join.
func (m *membership) refuse(join message, kind refusals.Kind, reason string) {
	m.refused.Add(kind, fmt.Sprintf("worker %s on %s: %s", join.hello.Worker, join.hello.Host, reason))
	m.showRefusal(join.hello, reason)
	join.answer(protocol.Welcome{Run: m.opts.Name, Refused: reason})
}

const (
	// refusedAgain is how long the same refusal is not shown again: a supervisor may restart a
	// worker as soon as it has ended.
	refusedAgain = 30 * time.Second
	// refusalsSaid is how many are shown in that time.
	refusalsSaid = 20
)

// showRefusal puts a refusal on the screen.
func (m *membership) showRefusal(hello *protocol.Hello, reason string) {
	text := fmt.Sprintf("worker %s on %s is refused: %s", hello.Worker, hello.Host, reason)
	switch m.refusals.next(time.Now(), text) {
	case said:
		m.notify("%s", text)
	case tooMany:
		m.notify("further refusals are not shown for a while; %s", text)
	}
}

// shownRefusals are those that were shown lately.
type shownRefusals struct {
	began time.Time // of the present stretch of refusedAgain
	texts map[string]bool
}

// Whether a refusal is shown.
const (
	said = iota
	known
	tooMany // it is the first that is not shown
	unsaid
)

// next takes a refusal, and says whether it is shown.
func (r *shownRefusals) next(now time.Time, text string) int {
	if now.Sub(r.began) > refusedAgain {
		r.began, r.texts = now, map[string]bool{}
	}
	switch {
	case r.texts[text]:
		return known
	case len(r.texts) > refusalsSaid:
		return unsaid
	}
	r.texts[text] = true
	if len(r.texts) > refusalsSaid {
		return tooMany
	}
	return said
}

// cleaned makes what a worker says of itself safe to show on a terminal, and checks its name
// and its offer.
func cleaned(h *protocol.Hello) error {
	h.Host = shown.Short(h.Host) // first: a refusal names it
	if err := protocol.CheckName(h.Worker); err != nil {
		h.Worker = shown.Short(h.Worker)
		return err
	}
	if err := protocol.CheckLife(h.Life); err != nil {
		return err
	}
	if len(h.Findings) > maxFindings {
		return fmt.Errorf("it has found %d ring servers, and %d are the most", len(h.Findings), maxFindings)
	}
	if h.Offer == nil && h.RingURL != "" {
		h.Offer = &reach.Offer{URLs: []string{h.RingURL}}
	}
	if h.Offer != nil && !h.Offer.Sound() {
		return errors.New("the addresses of its ring server are invalid")
	}
	if h.Offer != nil {
		h.Offer.Identity = h.Identity
	}
	return nil
}

// maxFindings is how many findings a worker may send with a request to join: one a member.
const maxFindings = 1 << 16

// cleanReasons makes a report's texts safe to show, each on one line.
func cleanReasons(r *protocol.Report) {
	clean := func(reason *string) { *reason = shown.Line(strings.ReplaceAll(*reason, "\n", "; ")) }
	switch {
	case r.Failed != nil:
		clean(&r.Failed.Reason)
	case r.Broken != nil:
		clean(&r.Broken.Reason)
	case r.Leaving != nil:
		clean(&r.Leaving.Reason)
	case r.ShardDone != nil:
		clean(&r.ShardDone.Error)
	case r.Saved != nil:
		clean(&r.Saved.Error)
	case r.StepDone != nil && r.StepDone.NotFinite != nil:
		clean(&r.StepDone.NotFinite.Reason)
	}
}

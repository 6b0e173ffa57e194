package coordinator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/nats-io/nats.go"

	"ringmaster/run/protocol"
)

// presence is what a coordinator says of itself.
type presence struct {
	Host string `json:"host"`
	PID  int    `json:"pid"`
}

// presenceTimeout is how long another coordinator of the run may take to say that it is
// there.
const presenceTimeout = 500 * time.Millisecond

// respond answers a question that is not signed. A lost answer is asked for again.
func respond(m *nats.Msg, answer any) {
	text, err := json.Marshal(answer)
	if err == nil {
		err = m.Respond(text)
	}
	_ = err
}

// claim takes the run on a NATS server for this process, or says who has it (ErrTaken). A
// run directory's lock keeps a second coordinator off on one machine; this does on others
// that share the server. Two that ask in the same moment hear each other: the claim is
// made before the question is asked.
//
// The connection must not echo (nats.NoEcho). Then the server says at once that nobody else hears
// the question, and only a claim that somebody else has made is worth waiting for: its
// coordinator may be suspended.
func claim(ctx context.Context, nc *nats.Conn, run string) (*nats.Subscription, error) {
	host, err := os.Hostname()
	if err != nil {
		return nil, err
	}
	own, err := nc.Subscribe(protocol.PresenceSubject(run), func(m *nats.Msg) {
		respond(m, presence{Host: host, PID: os.Getpid()})
	})
	if err != nil {
		return nil, fmt.Errorf("claim the run: %w", err)
	}
	inbox := nats.NewInbox()
	answers, err := nc.SubscribeSync(inbox)
	if err == nil {
		err = nc.PublishRequest(protocol.PresenceSubject(run), inbox, nil)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("claim the run: %w", err), own.Unsubscribe())
	}
	defer func() { _ = answers.Unsubscribe() }() // it ends with the connection in any case
	ctx, cancel := context.WithTimeout(ctx, presenceTimeout)
	defer cancel()
	answer, err := answers.NextMsgWithContext(ctx)
	if errors.Is(err, nats.ErrNoResponders) || errors.Is(err, context.DeadlineExceeded) {
		return own, nil
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("claim the run: %w", err), own.Unsubscribe())
	}
	var there presence
	if err := json.Unmarshal(answer.Data, &there); err != nil {
		there.Host = "an unknown machine"
	}
	return nil, errors.Join(fmt.Errorf("%w: run %s is coordinated by process %d on %s; stop that one first, or give this run another --run-dir",
		ErrTaken, run, there.PID, there.Host), own.Unsubscribe())
}

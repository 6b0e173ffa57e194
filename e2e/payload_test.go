package e2e

import (
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"

	"ringmaster/run/protocol"
)

// A step whose order is many times what the server lets through at once is done all the
// same, over a server that was named, and gives what any server gives.
func TestOrdersLargerThanTheServersMessages(t *testing.T) {
	d := newDesk(t)
	small := startServer(t, &server.Options{MaxPayload: protocol.MinPayload})
	args := []string{"--set", "method=mt", "--set", "train.steps=3", "--set", "train.batch=600", "--workers", "2"}
	same := d.train(t, "embedded", args...)
	r := d.train(t, "small", append(args, "--nats", small.ClientURL(), "--trace")...)
	sameBits(t, same, r)
}

// A server that lets nothing useful through is named, with the setting, before anything begins.
func TestAServerOfTooSmallMessagesIsRefused(t *testing.T) {
	d := newDesk(t)
	tiny := startServer(t, &server.Options{MaxPayload: 1000})
	p := d.run(t, d.ringmaster, "train", "run.yaml", "--nats", tiny.ClientURL())
	p.exits(t, 2)
	p.complains(t, 2, "max_payload", "1000", "4096")
	if strings.Contains(p.said(), "step") {
		t.Errorf("a run began:\n%s", p.said())
	}
	d.noWorker(t)
}

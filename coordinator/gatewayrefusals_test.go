package coordinator

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"

	"ringmaster/refusals"
	"ringmaster/run/credentials"
	"ringmaster/run/protocol"
)

// At the door: what is malformed, oversized, of another session, or acknowledges what was never
// given, is counted by its kind and passed to nobody.
func TestTheGatewayRefusesAndCounts(t *testing.T) {
	said := ""
	refused := refusals.New(func(text string) { said += text + "\n" })
	g := newGateway("it", refused)
	g.ctx, g.cancel = context.WithCancel(t.Context())
	queue := &orderQueue{limit: func() int64 { return maxPayload }}
	g.sessions["anna"] = &session{token: "s3cret", id: "U1", orders: queue, parts: protocol.Assembly{Bound: protocol.MaxReport}, limit: memberLimit()}
	if err := queue.push(protocol.Order{Save: &protocol.Save{}}); err != nil {
		t.Fatal(err)
	}
	js := func(v any) []byte {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	many := []byte(`{"session":"s3cret","ring_ready":{"pending":[` + strings.Repeat("{},", 1<<18) + `{}]}}`)
	for name, c := range map[string]struct {
		kind   refusals.Kind
		handle nats.MsgHandler
		data   []byte
	}{
		"a report that is no JSON":          {refusals.Malformed, g.onReport, []byte("{\x1b[31m")},
		"a report of nothing":               {refusals.Malformed, g.onReport, nil},
		"a report that is a list":           {refusals.Malformed, g.onReport, []byte("[]")},
		"numbers beyond any":                {refusals.Malformed, g.onReport, []byte(`{"step_done":{"step":1e400}}`)},
		"a report that would take much":     {refusals.Oversized, g.onReport, many},
		"a poll that is no JSON":            {refusals.Malformed, g.onPoll, []byte("{")},
		"a request to join without end":     {refusals.Oversized, g.onJoin, []byte(strings.Repeat("[", 1<<20))},
		"a report without a session":        {refusals.Replayed, g.onReport, []byte(`{"failed":{"reason":"x"}}`)},
		"a report of another session":       {refusals.Replayed, g.onReport, []byte(`{"session":"older","failed":{"reason":"x"}}`)},
		"a poll of another session":         {refusals.Replayed, g.onPoll, []byte(`{"session":"older","ack":1}`)},
		"an order acknowledged before it":   {refusals.Undealt, g.onPoll, js(protocol.Poll{Session: "s3cret", Ack: 1 << 60})},
		"a part of more than is allowed":    {refusals.Oversized, g.onReport, js(protocol.Report{Session: "s3cret", Part: &protocol.Part{Of: protocol.MaxReport + 1, Text: []byte("x")}})},
		"a part before its beginning":       {refusals.Oversized, g.onReport, js(protocol.Report{Session: "s3cret", Part: &protocol.Part{Of: 10, Offset: -1, Text: []byte("x")}})},
		"a part that is in parts itself":    {refusals.Malformed, g.onReport, nested(t, js)},
		"a worker of another release":       {refusals.Join, g.onJoin, js(protocol.Hello{Version: protocol.Version - 1, Worker: "old", Life: "l"})},
		"a worker without a process's mark": {refusals.Join, g.onJoin, js(protocol.Hello{Version: protocol.Version, Worker: "bert"})},
		"a name of escape codes":            {refusals.Join, g.onJoin, js(protocol.Hello{Version: protocol.Version, Worker: "\x1b[2J", Life: "l"})},
	} {
		before := refused.Count(c.kind)
		c.handle(&nats.Msg{Subject: "ringmaster.it.report.U1.anna", Data: c.data})
		if refused.Count(c.kind) != before+1 {
			t.Errorf("%s is not counted as %s", name, c.kind)
		}
		for len(g.inputs) > 0 {
			if m := <-g.inputs; m.report != nil || m.answer != nil {
				t.Errorf("%s reaches the run: %+v", name, m)
			}
		}
	}
	if queue.isEmpty(0) {
		t.Error("an order is lost")
	}
	if strings.ContainsAny(said, "\x1b") || strings.Contains(said, "s3cret") || said == "" {
		t.Errorf("the log holds escape codes or a secret, or nothing: %q", said)
	}
}

// nested is a report in one part, which is a report in parts.
func nested(t *testing.T, js func(any) []byte) []byte {
	t.Helper()
	inner := js(protocol.Report{Session: "s3cret", Part: &protocol.Part{Of: 2, Text: []byte("x")}})
	return js(protocol.Report{Session: "s3cret", Part: &protocol.Part{Message: 9, Of: len(inner), Text: inner}})
}

// An old worker hears in a sentence why it is refused, and so does whoever watches the run.
func TestAWorkerOfAnotherReleaseIsRefusedInASentence(t *testing.T) {
	b := newTestRun(t)
	b.start(1, false)
	control := b.control()
	b.awaitText("waiting for 1 workers")
	authority, err := credentials.ParseSeed(control.Seed)
	if err != nil {
		t.Fatal(err)
	}
	nc, err := nats.Connect("nats://"+control.Address, nats.Token(authority.Token().Text()))
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	for _, version := range []int{0, protocol.Version - 1, protocol.Version + 1} {
		// Of what it says beside its version, nothing need be as it is now.
		reply, err := nc.Request(protocol.OldJoinSubjects("it")[0], fmt.Appendf(nil, `{"version":%d,"worker":"old","host":"h"}`, version), late)
		if err != nil {
			t.Fatal(err)
		}
		var w protocol.Welcome
		if err := json.Unmarshal(reply.Data, &w); err != nil {
			t.Fatal(err)
		}
		want := fmt.Sprintf("the worker speaks protocol %d, this coordinator %d: install the same release on both", version, protocol.Version)
		if w.Refused != want || w.Session != "" {
			t.Errorf("version %d is answered with %+v", version, w)
		}
		b.awaitText(want)
	}
}

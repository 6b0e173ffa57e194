package worker

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"ringmaster/run/protocol"
)

// smallLink is a link over a server that lets little through, and a connection of the other
// side's.
func smallLink(t *testing.T) (*link, *nats.Conn) {
	t.Helper()
	srv, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: -1, NoSigs: true, NoLog: true, MaxPayload: protocol.MinPayload})
	if err != nil {
		t.Fatal(err)
	}
	srv.Start()
	t.Cleanup(func() { srv.Shutdown(); srv.WaitForShutdown() })
	connect := func(options ...nats.Option) *nats.Conn {
		nc, err := nats.Connect("", append(options, nats.InProcessServer(srv))...)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(nc.Close)
		return nc
	}
	l := identified(t, &link{run: "test", worker: "w", session: "s", patience: patience})
	l.nc = connect(l.identity.Options(l.access.Token)...)
	l.reconnected, l.reconnect = context.WithCancel(context.Background())
	t.Cleanup(func() { l.reconnect() })
	return l, connect()
}

// An order and a report that do not go through the server in one piece arrive whole, though
// every fifth answer is lost.
func TestWhatIsTooLargeGoesInParts(t *testing.T) {
	l, nc := smallLink(t)
	reason := strings.Repeat("why ", 2_500)
	orders := []protocol.Order{
		{Seq: 1, Save: &protocol.Save{Stage: 7}},
		{Seq: 2, Step: &protocol.Step{Step: 3, Examples: []protocol.Example{{IDs: make([]int32, 5_000)}}}},
		{Seq: 3, End: &protocol.End{Error: reason}},
	}
	var mu sync.Mutex
	answers, got := 0, make(chan protocol.Report, 1)
	parts := protocol.Assembly{Bound: protocol.MaxReport}
	answer := func(m *nats.Msg, with any) {
		if answers++; answers%5 == 0 || m.Reply == "" {
			return
		}
		text, err := json.Marshal(with)
		if err == nil {
			err = nc.PublishMsg(testAuthority.Answer(m, l.identity.ID(), text))
		}
		if err != nil {
			t.Error(err)
		}
	}
	for subject, handle := range map[string]nats.MsgHandler{
		l.pollSubject(): func(m *nats.Msg) {
			mu.Lock()
			defer mu.Unlock()
			var poll protocol.Poll
			if err := json.Unmarshal(m.Data, &poll); err != nil {
				t.Error(err)
			}
			if poll.Ack == 3 {
				answer(m, protocol.Orders{UnknownSession: true})
				return
			}
			text, err := json.Marshal(orders[poll.Ack])
			if err != nil {
				t.Error(err)
			}
			answer(m, protocol.Orders{Part: protocol.Cut(poll.Ack+1, text, poll.Has, nc.MaxPayload())})
		},
		protocol.ReportSubject("test", l.identity.ID(), "w"): func(m *nats.Msg) {
			mu.Lock()
			defer mu.Unlock()
			var r protocol.Report
			if err := json.Unmarshal(m.Data, &r); err != nil || r.Part == nil || r.Session != "s" {
				t.Errorf("%v: %.100s", err, m.Data)
				return
			}
			whole, err := parts.Add(r.Part)
			if err != nil {
				t.Error(err)
			}
			if whole != nil {
				if err := json.Unmarshal(whole, &r); err != nil {
					t.Error(err)
				}
				select {
				case got <- r:
				default: // it was told twice, since the answer was lost
				}
			}
			answer(m, protocol.Reply{Has: parts.Has(r.Part.Message), Whole: whole != nil})
		},
	} {
		if _, err := nc.Subscribe(subject, handle); err != nil {
			t.Fatal(err)
		}
	}
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
	var taken []protocol.Order
	if err := l.poll(t.Context(), func(o protocol.Order) { taken = append(taken, o) }); err != nil {
		t.Fatal(err)
	}
	if len(taken) != 3 || taken[0].Save.Stage != 7 || len(taken[1].Step.Examples[0].IDs) != 5_000 || taken[2].End.Error != reason {
		t.Fatalf("%d orders arrived, or others than were given", len(taken))
	}
	if err := l.report(t.Context(), protocol.Report{Failed: &protocol.Failed{Reason: reason}}); err != nil {
		t.Fatal(err)
	}
	if r := <-got; r.Failed == nil || r.Failed.Reason != reason {
		t.Error("another report arrived")
	}
	huge := protocol.Report{Failed: &protocol.Failed{Reason: strings.Repeat("x", protocol.MaxReport)}}
	if err := l.report(t.Context(), huge); !errors.Is(err, protocol.ErrPayload) {
		t.Errorf("a report beyond all bounds: %v", err)
	}
}

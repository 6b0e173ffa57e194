package worker

import (
	"context"
	"encoding/json"
	"errors"
	"net"
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

// answerSigned answers a link's question as its coordinator does.
func answerSigned(t *testing.T, nc *nats.Conn, l *link, question *nats.Msg, with any) {
	t.Helper()
	text, err := json.Marshal(with)
	if err == nil {
		err = nc.PublishMsg(testAuthority.Answer(question, l.identity.ID(), text))
	}
	if err != nil {
		t.Error(err)
	}
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
		answerSigned(t, nc, l, m, with)
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

// A server that is restarted while a report waits to be delivered takes less than before: the report then goes in
// parts. Where it takes less than anything needs, the error says so.
func TestAReportOutlivesASmallerServer(t *testing.T) {
	start := func(port int, most int32) *server.Server {
		srv, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: port, NoSigs: true, NoLog: true, MaxPayload: most})
		if err != nil {
			t.Fatal(err)
		}
		srv.Start()
		if !srv.ReadyForConnections(patience) {
			t.Fatal("the server does not start")
		}
		t.Cleanup(func() { srv.Shutdown(); srv.WaitForShutdown() })
		return srv
	}
	for limit, want := range map[int32]error{protocol.MinPayload: nil, 1000: protocol.ErrPayload} {
		first := start(-1, 1<<20)
		port := first.Addr().(*net.TCPAddr).Port
		l := identified(t, &link{run: "test", worker: "w", session: "s", patience: patience})
		tried := make(chan struct{}, 1)
		nc, err := nats.Connect(first.ClientURL(), append(l.identity.Options(l.access.Token), nats.MaxReconnects(-1), nats.ReconnectWait(protocol.RetryPause),
			nats.ReconnectBufSize(-1), nats.ReconnectHandler(func(*nats.Conn) { l.askAgain() }))...)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(nc.Close)
		l.nc = nc
		l.reconnected, l.reconnect = context.WithCancel(context.Background())
		t.Cleanup(func() { l.reconnect() })

		// The coordinator takes the report and dies with the server before it answers.
		if _, err := nc.Subscribe(protocol.ReportSubject("test", l.identity.ID(), "w"), func(*nats.Msg) {
			select {
			case tried <- struct{}{}:
			default:
			}
		}); err != nil {
			t.Fatal(err)
		}
		reason := strings.Repeat("why ", 2_500)
		done := make(chan error, 1)
		go func() { done <- l.report(t.Context(), protocol.Report{Failed: &protocol.Failed{Reason: reason}}) }()
		<-tried
		first.Shutdown()
		first.WaitForShutdown()
		second := start(port, limit)
		other, err := nats.Connect(second.ClientURL())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(other.Close)
		parts, whole := protocol.Assembly{Bound: protocol.MaxReport}, make(chan string, 1)
		if _, err := other.Subscribe(protocol.ReportSubject("test", l.identity.ID(), "w"), func(m *nats.Msg) {
			var r protocol.Report
			if err := json.Unmarshal(m.Data, &r); err != nil || r.Part == nil {
				t.Errorf("%v: %.100s", err, m.Data)
				return
			}
			text, err := parts.Add(r.Part)
			if err != nil {
				t.Error(err)
			}
			if text != nil {
				whole <- string(text)
			}
			answerSigned(t, other, l, m, protocol.Reply{Has: parts.Has(r.Part.Message), Whole: text != nil})
		}); err != nil {
			t.Fatal(err)
		}
		if err := <-done; !errors.Is(err, want) {
			t.Fatalf("under a limit of %d bytes: %v, want %v", limit, err, want)
		}
		if want == nil && !strings.Contains(<-whole, reason) {
			t.Error("another report arrived")
		}
	}
}

package worker

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"ringmaster/run/reach"
)

// seat is a worker at a broker.
func seat(t *testing.T, url string) *broker {
	t.Helper()
	b := newBroker(url, "run")
	t.Cleanup(b.close)
	return b
}

func (b *broker) finds(other *broker) reach.Outcome {
	ctx, cancel := context.WithTimeout(context.Background(), probeTimeout)
	defer cancel()
	f := b.probe(ctx, reach.Question{Worker: "other", Offer: *other.offer()})
	if (f.Best == 0) != (f.Outcomes[0] == reach.Reached) || f.Server != other.server {
		return reach.Outcome("inconsistent: " + string(f.Outcomes[0]))
	}
	return f.Outcomes[0]
}

func TestWorkersFindEachOtherAtOneBrokerAlone(t *testing.T) {
	one, two := controlServer(t, -1), controlServer(t, -1)
	a, b, c := seat(t, one.ClientURL()), seat(t, one.ClientURL()), seat(t, two.ClientURL())
	for _, s := range []*broker{a, b, c} {
		if o := s.offer(); o.Broker != reach.Reached || len(o.URLs) != 1 {
			t.Fatalf("offers %+v", o)
		}
	}
	for _, p := range []struct {
		from, to *broker
		want     reach.Outcome
	}{{a, b, reach.Reached}, {b, a, reach.Reached}, {a, c, reach.Apart}, {c, a, reach.Apart}} {
		if got := p.from.finds(p.to); got != p.want {
			t.Errorf("%s, want %s", got, p.want)
		}
	}
}

// A server that admits to the subjects of rings and to nothing else admits to a probe too.
func TestAProbeNeedsNoMoreThanARing(t *testing.T) {
	ring := []string{"rm.run.>"}
	srv, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: -1, NoSigs: true, NoLog: true, Users: []*server.User{{
		Username: "ring", Password: "secret", Permissions: &server.Permissions{
			Publish: &server.SubjectPermission{Allow: ring}, Subscribe: &server.SubjectPermission{Allow: ring},
		},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	srv.Start()
	if !srv.ReadyForConnections(patience) {
		t.Fatal("no server")
	}
	t.Cleanup(func() { srv.Shutdown(); srv.WaitForShutdown() })
	url := strings.Replace(srv.ClientURL(), "://", "://ring:secret@", 1)
	a, b := seat(t, url), seat(t, url)
	if o := a.offer(); o.Broker != reach.Reached || strings.Contains(o.URLs[0], "secret") {
		t.Errorf("offers %+v", o)
	}
	b.offer()
	if got := a.finds(b); got != reach.Reached {
		t.Errorf("%s", got)
	}
	if o := seat(t, srv.ClientURL()).offer(); o.Broker != reach.Barred {
		t.Errorf("without a password: %s", o.Broker)
	}
}

// A worker is found again after the broker was restarted, though it does nothing for it.
func TestABrokerThatIsRestartedFindsItsWorkersAgain(t *testing.T) {
	first := controlServer(t, -1)
	a, b := seat(t, first.ClientURL()), seat(t, first.ClientURL())
	a.offer()
	b.offer()
	_, port, _ := strings.Cut(strings.TrimPrefix(first.ClientURL(), "nats://"), ":")
	first.Shutdown()
	first.WaitForShutdown()
	if o := seat(t, first.ClientURL()).offer(); o.Broker != reach.Refused {
		t.Errorf("of a server that is away: %s", o.Broker)
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	controlServer(t, number)
	for late := time.Now().Add(patience); ; {
		ctx, cancel := context.WithTimeout(context.Background(), probeTimeout)
		f := a.probe(ctx, reach.Question{Offer: reach.Offer{Server: b.server, URLs: []string{first.ClientURL()}, Broker: reach.Reached}})
		cancel()
		if f.Best == 0 {
			return
		}
		if time.Now().After(late) {
			t.Fatalf("not found: %+v", f)
		}
	}
}

// A worker says in time what is the matter, or it would be forgotten: a name that nobody knows, or that
// no name server answers for, a port where nobody listens, several servers that are away.
func TestABrokerThatIsNotThereIsToldInTime(t *testing.T) {
	away := controlServer(t, -1)
	gone := away.ClientURL()
	away.Shutdown()
	away.WaitForShutdown()
	for urls, want := range map[string][]reach.Outcome{
		"nats://broker.invalid:4222":       {reach.NoName, reach.Silent},
		gone:                               {reach.Refused},
		strings.Repeat(gone+",", 4) + gone: {reach.Refused},
		"nats://a.invalid:4222,nats://b.invalid:422": {reach.NoName, reach.Silent},
	} {
		began := time.Now()
		o := seat(t, urls).offer()
		if !slices.Contains(want, o.Broker) || !o.Sound() {
			t.Errorf("%s: %+v", urls, o)
		}
		if took := time.Since(began); took > reach.Patience/3 {
			t.Errorf("%s: it took %s", urls, took)
		}
	}
}

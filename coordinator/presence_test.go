package coordinator

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// namedServer is a NATS server that is not the coordinator's own.
func namedServer(t *testing.T) string {
	t.Helper()
	srv, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: -1, NoSigs: true, NoLog: true})
	if err != nil {
		t.Fatal(err)
	}
	srv.Start()
	t.Cleanup(srv.Shutdown)
	if !srv.ReadyForConnections(late) {
		t.Fatal("no server")
	}
	return srv.ClientURL()
}

// claimant is a connection of a coordinator's own.
func claimant(t *testing.T, url string) *nats.Conn {
	t.Helper()
	nc, err := nats.Connect(url, nats.NoEcho())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	return nc
}

func TestARunIsClaimedByOne(t *testing.T) {
	url := namedServer(t)
	first, second := claimant(t, url), claimant(t, url)
	held, err := claim(t.Context(), first, "it")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := claim(t.Context(), second, "it"); !errors.Is(err, ErrTaken) {
		t.Errorf("claimed twice: %v", err)
	}
	if _, err := claim(t.Context(), second, "another"); err != nil {
		t.Errorf("another run: %v", err)
	}
	if err := errors.Join(held.Unsubscribe(), first.Flush()); err != nil {
		t.Fatal(err)
	}
	if _, err := claim(t.Context(), second, "it"); err != nil {
		t.Errorf("after the first has gone: %v", err)
	}
}

// Of those that claim a run in the same moment at most one has it.
func TestARunIsClaimedByOneOfManyAtOnce(t *testing.T) {
	url := namedServer(t)
	var all []*nats.Conn
	for range 8 {
		all = append(all, claimant(t, url))
	}
	for range 5 {
		var group sync.WaitGroup
		begin := make(chan struct{})
		held := make([]*nats.Subscription, len(all))
		for i, nc := range all {
			group.Go(func() {
				<-begin
				var err error
				if held[i], err = claim(t.Context(), nc, "it"); err != nil && !errors.Is(err, ErrTaken) {
					t.Error(err)
				}
			})
		}
		close(begin)
		group.Wait()
		n := 0
		for i, h := range held {
			if h == nil {
				continue
			}
			n++
			if err := errors.Join(h.Unsubscribe(), all[i].Flush()); err != nil {
				t.Fatal(err)
			}
		}
		if n > 1 {
			t.Errorf("%d have it", n)
		}
	}
}

// Where nobody has the run a claim waits for nothing. One of many attempts shows it, on a machine
// however busy.
func TestARunThatNobodyHasIsClaimedAtOnce(t *testing.T) {
	nc := claimant(t, namedServer(t))
	for range 20 {
		began := time.Now()
		held, err := claim(t.Context(), nc, "it")
		if err != nil {
			t.Fatal(err)
		}
		if time.Since(began) < presenceTimeout {
			return
		}
		if err := held.Unsubscribe(); err != nil {
			t.Fatal(err)
		}
	}
	t.Errorf("each of 20 claims took %s or longer", presenceTimeout)
}

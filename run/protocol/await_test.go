package protocol

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// serve starts a server on a port, 0 for a free one.
func serve(t *testing.T, port int, token string) *server.Server {
	t.Helper()
	if port == 0 {
		port = server.RANDOM_PORT
	}
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: port, NoLog: true, NoSigs: true, Authorization: token})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(10 * time.Second) {
		t.Fatal("the server does not listen")
	}
	return s
}

// freed is a port that was just free.
func freed(t *testing.T) (port int, url string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, "nats://" + l.Addr().String()
}

func TestAwaitWaitsForTheServer(t *testing.T) {
	port, url := freed(t)
	told := 0
	nc, err := Await(t.Context(), time.Minute, func(error) { told++; serve(t, port, "") }, func() (*nats.Conn, error) { return Dial(url, "") })
	if err != nil {
		t.Fatal(err)
	}
	nc.Close()
	if told != 1 {
		t.Errorf("told %d times that it waits", told)
	}
}

func TestAwaitEnds(t *testing.T) {
	_, nowhere := freed(t)
	strict := serve(t, 0, "secret").ClientURL()
	stop := errors.New("stop")
	for _, c := range []struct {
		name, url string
		patience  time.Duration
		cause     error // to end it with while it waits
		want      error
		waits     bool
	}{
		{"not admitted", strict, time.Minute, nil, ErrNotAdmitted, false},
		{"out of patience", nowhere, RetryPause / 2, nil, nats.ErrNoServers, true},
		{"stopped", nowhere, time.Minute, stop, stop, true},
	} {
		ctx, cancel := context.WithCancelCause(t.Context())
		waited := false
		_, err := Await(ctx, c.patience, func(error) {
			waited = true
			if c.cause != nil {
				cancel(c.cause)
			}
		}, func() (*nats.Conn, error) { return Dial(c.url, "wrong") })
		cancel(nil)
		if !errors.Is(err, c.want) || waited != c.waits {
			t.Errorf("%s: %v, waited %v", c.name, err, waited)
		}
	}
}

package allreduce

import (
	"context"
	"errors"
	"net"
	"net/url"
	"testing"
	"time"
)

func probed(t *testing.T, where, id string) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	return Probe(ctx, where, id, nil)
}

func TestProbeFindsTheEndpointAndNoOther(t *testing.T) {
	e, err := NewEndpoint(AnyAddress)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	other, err := NewEndpoint("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	at := func(host string) string { return e.URLAt(net.JoinHostPort(host, portOf(t, e))) }
	if err := probed(t, at("127.0.0.1"), e.ID()); err != nil {
		t.Error(err)
	}
	if err := probed(t, at("::1"), e.ID()); err != nil && hasIPv6() {
		t.Errorf("an endpoint at any address is not reached over IPv6: %v", err)
	}
	if err := probed(t, other.URL(), e.ID()); !errors.Is(err, ErrOtherServer) {
		t.Errorf("another endpoint: %v", err)
	}
	wrong, _ := url.Parse(e.URL())
	wrong.User = url.User("guess")
	wrong.Host = net.JoinHostPort("127.0.0.1", portOf(t, e))
	if err := probed(t, wrong.String(), e.ID()); !errors.Is(err, ErrProtocol) {
		t.Errorf("another word: %v", err)
	}
}

func portOf(t *testing.T, e *Endpoint) string {
	t.Helper()
	u, err := url.Parse(e.URL())
	if err != nil {
		t.Fatal(err)
	}
	return u.Port()
}

func hasIPv6() bool {
	l, err := net.Listen("tcp", "[::1]:0")
	if err == nil {
		_ = l.Close()
	}
	return err == nil
}

// The word is not said to a server that is not the endpoint, though it listens where that might.
func TestProbeTellsNoStrangerTheWord(t *testing.T) {
	for name, greeting := range map[string]string{"no NATS": "SSH-2.0-x\r\n", "NATS": `INFO {"server_id":"else"}` + "\r\n", "nothing": ""} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		heard := make(chan int, 1)
		go func() {
			conn, err := l.Accept()
			if err != nil {
				heard <- -1
				return
			}
			defer conn.Close()
			_, _ = conn.Write([]byte(greeting))
			n, _ := conn.Read(make([]byte, 100)) // ends with the other side's closing
			heard <- n
		}()
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		err = Probe(ctx, "nats://secret@"+l.Addr().String(), "id", nil)
		cancel()
		if err == nil || greeting != "" && !errors.Is(err, ErrOtherServer) {
			t.Errorf("%s: %v", name, err)
		}
		if n := <-heard; n != 0 {
			t.Errorf("%s: the stranger heard %d bytes", name, n)
		}
		_ = l.Close()
	}
}

func TestProbeFirstTakesTheBestThatAnswers(t *testing.T) {
	e, err := NewEndpoint("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	hung, err := net.Listen("tcp", "127.0.0.1:0") // accepts by its backlog, and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer hung.Close()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = closed.Close()
	silent, refused := "nats://w@"+hung.Addr().String(), "nats://w@"+closed.Addr().String()
	began := time.Now()
	best, outcomes := ProbeFirst(t.Context(), []string{silent, refused, e.URL(), e.URL()}, e.ID(), nil, 50*time.Millisecond)
	if best != 2 || !errors.Is(outcomes[0], context.Canceled) || outcomes[1] == nil || outcomes[2] != nil {
		t.Errorf("best is %d of %v", best, outcomes)
	}
	if took := time.Since(began); took >= probeTimeout {
		t.Errorf("the silent address was waited for, %s", took)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if best, outcomes = ProbeFirst(ctx, []string{silent, refused}, e.ID(), nil, time.Second); best != -1 || outcomes[0] == nil || outcomes[1] == nil {
		t.Errorf("best is %d of %v", best, outcomes)
	}
	if best, _ = ProbeFirst(t.Context(), nil, e.ID(), nil, time.Second); best != -1 {
		t.Errorf("the best of nothing is %d", best)
	}
}

func TestEndpointKeepsToItsPorts(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	port := taken.Addr().(*net.TCPAddr).Port
	if port == 65535 {
		t.Skip("the free port that was found is the last one")
	}
	if _, err := NewEndpointIn("127.0.0.1", Ports{port, port}); !errors.Is(err, ErrListen) {
		t.Errorf("a port in use: %v", err)
	}
	e, err := NewEndpointIn("127.0.0.1", Ports{port, min(port+20, 65535)})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if e.Port() <= port || e.Port() > port+20 || e.server.Addr().(*net.TCPAddr).Port != e.Port() {
		t.Errorf("it listens at %d, of %d to %d", e.Port(), port, port+20)
	}
}

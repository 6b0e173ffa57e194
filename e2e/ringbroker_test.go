package e2e

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"ringmaster/run/directory"
)

// serveAt is the variable that has this program be a NATS server, at an address: one that runs on a
// host of the test's network.
const serveAt = "RINGMASTER_E2E_SERVE_NATS"

// serveNATS is a NATS server until it is told to end.
func serveNATS(at string) int {
	host, port, err := net.SplitHostPort(at)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	s, err := server.NewServer(&server.Options{Host: host, Port: number, NoSigs: true})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGTERM)
	s.Start()
	if !s.ReadyForConnections(patience) {
		fmt.Fprintln(os.Stderr, "the server does not begin to listen")
		return 1
	}
	fmt.Println("listening")
	<-asked
	s.Shutdown()
	s.WaitForShutdown()
	return 0
}

const brokerPort = "4488"

// serve has a host run a NATS server at an address of its own.
func (n *hosts) serve(d *desk, host, at string) *process {
	n.t.Helper()
	program, err := os.Executable()
	if err != nil {
		n.t.Fatal(err)
	}
	p := n.start(d, host, "env", serveAt+"="+net.JoinHostPort(at, brokerPort), program)
	p.await(n.t, "the server", func() bool { return strings.Contains(p.stdout.String(), "listening") })
	return p
}

// A broker that one worker reaches need not be there for another. It is not taken in, is told why, and
// the others lose nothing.
func TestAWorkerThatIsNotAtTheBrokerIsRefused(t *testing.T) {
	for _, c := range []struct {
		name    string
		servers map[string]string // by host
		url     string
		closed  bool
		said    []string
	}{
		{"loopback", map[string]string{"a": "127.0.0.1"}, "127.0.0.1", false,
			[]string{"does not reach the ring's broker at 127.0.0.1:4488 (connection refused)", "a URL in cluster.broker that works from every machine"}},
		{"one each", map[string]string{"a": "127.0.0.1", "b": "127.0.0.1"}, "127.0.0.1", false,
			[]string{"do not reach each other at the ring's broker, 127.0.0.1:4488 (a server answers, but the other worker is not at it)", "the same server from every machine"}},
		{"firewall", map[string]string{"a": "10.1.0.2"}, "10.1.0.2", true,
			[]string{"does not reach the ring's broker at 10.1.0.2:4488 (no answer)"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel() // most of the time passes before a worker is refused
			d, n := newDesk(t), newHosts(t)
			n.host("a", 1, four)
			n.host("b", 1, four)
			for host, at := range c.servers {
				n.serve(d, host, at)
			}
			if c.closed {
				n.closePorts("10.1.0.2", brokerPort, "blackhole")
			}
			began := time.Now()
			coordinator, _, remote := n.together(d, "nats://127.0.0.1:4399", "nats://10.1.0.2:4399",
				"cluster.topology=broker", "cluster.broker=nats://"+net.JoinHostPort(c.url, brokerPort))
			coordinator.await(t, "why the worker waits", func() bool { return strings.Contains(coordinator.stdout.String(), "cannot join yet") })
			if took := time.Since(began); took > 10*time.Second {
				t.Errorf("it took %s to say what is waited for", took)
			}
			remote.wait(t, patience)
			remote.exits(t, 1)
			for _, said := range []string{coordinator.stdout.String(), remote.stderr.String()} {
				for _, want := range c.said {
					if !strings.Contains(said, want) {
						t.Errorf("%q is not said:\n%s", want, said)
					}
				}
			}
			select {
			case <-coordinator.ended:
				t.Errorf("the run has ended:\n%s", coordinator.said())
			default:
			}
		})
	}
}

// The ring's way to one worker is cut in mid-run, in silence or not, and the way to the coordinator is not:
// the worker is taken out, and the run goes on without it.
func TestAWorkerThatTheRingLosesIsTakenOut(t *testing.T) {
	mesh := []string{"cluster.topology=mesh"}
	broker := []string{"cluster.topology=broker", "cluster.broker=nats://10.1.0.2:" + brokerPort}
	for _, c := range []struct {
		name, action string
		set          []string
		said         string
	}{
		{"mesh, dropped", "blackhole", mesh, "is left out for "},
		{"mesh, rejected", "prohibit", mesh, "is left out for "},
		{"broker, dropped", "blackhole", broker, "(worker remote) cannot take part in the ring: the ring failed: broker of the ring: connect to nats://10.1.0.2:4488"},
		{"broker, rejected", "prohibit", broker, "(worker remote) cannot take part in the ring: the ring failed: broker of the ring: connect to nats://10.1.0.2:4488"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel() // most of the time passes before a link is given up
			d, n := newDesk(t), newHosts(t)
			n.host("a", 1, four)
			n.host("b", 1, four)
			n.serve(d, "a", "10.1.0.2")
			coordinator, _, _ := n.together(d, "nats://127.0.0.1:4399", "nats://10.1.0.2:4399", append(c.set, "train.steps=100000")...)
			n.losesTheRing(d, coordinator, c.action, c.said)
		})
	}
}

func (n *hosts) losesTheRing(d *desk, coordinator *process, action, why string) {
	t := n.t
	t.Helper()
	steps := func(world int) bool { // the last line may still be written
		last := 0
		_, err := directory.Layout(d.at("runs", "apart")).ReadEvents(func(e directory.Event) error { last = e.World; return nil })
		return (err == nil || errors.Is(err, os.ErrNotExist)) && last == world
	}
	coordinator.await(t, "steps of two", func() bool { return steps(2) })
	for _, address := range []string{"10.1.0.2", "10.2.0.2"} {
		for _, ports := range []string{brokerPort, ringPorts} {
			n.closePorts(address, ports, action)
		}
	}
	cut := time.Now()
	coordinator.await(t, "steps of one", func() bool { return steps(1) })
	t.Logf("%s until a step without the worker", time.Since(cut).Round(time.Second/10))
	if took := time.Since(cut); took > 45*time.Second {
		t.Errorf("it took %s", took)
	}
	coordinator.await(t, "why", func() bool { return strings.Contains(coordinator.stdout.String(), why) })
}

package e2e

import (
	"strings"
	"testing"
	"time"
)

const (
	ringPorts    = "29500-29510"
	networkToken = "a-token-of-the-test-that-is-long-enough"
)

// together starts a coordinator at all addresses of host a, a worker on the same machine, which
// joins by the address near, and one on host b, which joins by far.
func (n *hosts) together(d *desk, near, far string, set ...string) (coordinator, onHost, remote *process) {
	n.t.Helper()
	d.extra = []string{"RINGMASTER_TOKEN=" + networkToken}
	args := []string{"coordinator", "run.yaml", "--run-dir", "runs/apart", "--workers", "2", "--host", "0.0.0.0", "--port", "4399",
		"--set", "method=mt", "--set", "train.steps=6", "--set", "cluster.ring_port=" + ringPorts}
	for _, s := range set {
		args = append(args, "--set", s)
	}
	coordinator = n.start(d, "a", d.ringmaster, args...)
	onHost = n.start(d, "a", d.ringmaster, "worker", "--nats", near, "--name", "onhost", "--threads", "1")
	coordinator.await(n.t, "the first worker", func() bool { return strings.Contains(coordinator.stdout.String(), "worker onhost joined") })
	remote = n.start(d, "b", d.ringmaster, "worker", "--nats", far, "--name", "remote", "--threads", "1")
	return coordinator, onHost, remote
}

// bothTookPart checks that a run ended well with both workers in every step.
func bothTookPart(t *testing.T, d *desk, processes ...*process) {
	t.Helper()
	for _, p := range processes {
		p.wait(t, patience)
		p.exits(t, 0)
	}
	r := readRecord(t, d.at("runs", "apart"))
	if len(r.events) != 6 {
		t.Errorf("%d steps, want 6", len(r.events))
	}
	for _, e := range r.events {
		if e.World != 2 {
			t.Errorf("step %d has a world of %d, want 2", e.Step, e.World)
		}
	}
	if said := processes[0].stdout.String(); strings.Contains(said, "cannot join yet") {
		t.Errorf("a worker had to wait:\n%s", said)
	}
}

// A worker beside the coordinator joins by 127.0.0.1, where nobody else reaches it; its other
// addresses are tried.
func TestAWorkerThatJoinedByLoopbackIsReachedFromAnotherMachine(t *testing.T) {
	d, n := newDesk(t), newHosts(t)
	n.host("a", 1, four)
	n.host("b", 1, four)
	coordinator, onHost, remote := n.together(d, "nats://127.0.0.1:4399", "nats://10.1.0.2:4399")
	bothTookPart(t, d, coordinator, onHost, remote)
}

func TestWorkersReachEachOtherWhereThereIsIPv6Alone(t *testing.T) {
	d, n := newDesk(t), newHosts(t)
	n.host("a", 1, six)
	n.host("b", 1, six)
	coordinator, onHost, remote := n.together(d, "nats://[::1]:4399", "nats://[fd00:1:0::2]:4399")
	bothTookPart(t, d, coordinator, onHost, remote)
}

// The address that the coordinator's server sees is closed to the ring; another of the machine's
// is not. A network that the run file names goes first.
func TestTheRightOneOfSeveralInterfacesIsFound(t *testing.T) {
	for name, set := range map[string][]string{"by trying": nil, "by cluster.ring_address": {"cluster.ring_address=10.0.0.0/8"}} {
		t.Run(name, func(t *testing.T) {
			d, n := newDesk(t), newHosts(t)
			n.host("a", 1, four)
			n.host("b", 2, four)
			n.closePorts("10.2.0.2", ringPorts, "prohibit")
			coordinator, onHost, remote := n.together(d, "nats://127.0.0.1:4399", "nats://10.1.0.2:4399", set...)
			bothTookPart(t, d, coordinator, onHost, remote)
		})
	}
}

// A firewall that lets nothing but the control connection through: the newcomer is refused with
// a sentence that names both ends, the run goes on waiting, and topology broker is a way out.
func TestAFirewallBetweenWorkersIsNamed(t *testing.T) {
	for _, c := range []struct{ name, action, why string }{
		{"drops", "blackhole", "no answer"},
		{"rejects", "prohibit", "no route there, or a firewall rejects it"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel() // most of the time passes before a worker is refused
			d, n := newDesk(t), newHosts(t)
			n.host("a", 1, four)
			n.host("b", 1, four)
			n.closePorts("10.2.0.2", ringPorts, c.action)
			coordinator, onHost, remote := n.together(d, "nats://127.0.0.1:4399", "nats://10.1.0.2:4399")
			began := time.Now()
			coordinator.await(t, "why the worker waits", func() bool { return strings.Contains(coordinator.stdout.String(), "cannot join yet") })
			if took := time.Since(began); took > 8*time.Second {
				t.Errorf("it took %s to say what is waited for", took)
			}
			remote.wait(t, patience)
			remote.exits(t, 1)
			for _, p := range []string{coordinator.stdout.String(), remote.stderr.String()} {
				for _, want := range []string{"worker onhost on ", "does not reach the ring server of worker remote on ", "10.2.0.2:29500 (" + c.why + ")",
					"TCP port 29500", "cluster.ring_address", "cluster.topology to broker"} {
					if !strings.Contains(p, want) {
						t.Errorf("%q is not said:\n%s", want, p)
					}
				}
			}
			if n := strings.Count(coordinator.stdout.String(), "remote"); n > 8 {
				t.Errorf("the worker is named %d times:\n%s", n, coordinator.stdout.String())
			}
			_ = coordinator.cmd.Process.Kill()
			_ = onHost.cmd.Process.Kill()
			onHost.wait(t, patience)
			coordinator.wait(t, patience)

			broker := deskIn(t, t.TempDir())
			coordinator, onHost, remote = n.together(broker, "nats://127.0.0.1:4399", "nats://10.1.0.2:4399", "cluster.topology=broker")
			bothTookPart(t, broker, coordinator, onHost, remote)
		})
	}
}

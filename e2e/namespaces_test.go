package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
)

// hosts are machines of a network that the test makes of network namespaces: each is joined by
// a link of its own to a router, where a firewall may stand.
//
//	a ── router ── b        a link number n of host h has 10.h.n.2 and fd00:h:n::2 at the host,
//	                        and the router's end of it 10.h.n.1 and fd00:h:n::1
type hosts struct {
	t      *testing.T
	prefix string
	count  int
}

// networks counts them: tests may have one each at a time.
var networks atomic.Int64

// newHosts makes the router. It skips where namespaces cannot be made.
func newHosts(t *testing.T) *hosts {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("network namespaces need root: run the tests as root to try workers of several machines")
	}
	if _, err := exec.LookPath("ip"); err != nil {
		t.Skip("no `ip` (iproute2) on the PATH, so no machines can be made of network namespaces")
	}
	n := &hosts{t: t, prefix: fmt.Sprintf("rm%d-%d", os.Getpid(), networks.Add(1))}
	if out, err := exec.Command("ip", "netns", "add", n.space("r")).CombinedOutput(); err != nil {
		t.Skipf("no network namespace can be made here: %s", out)
	}
	n.deleteAtEnd("r")
	n.in("r", "ip", "link", "set", "lo", "up")
	n.in("r", "sysctl", "-qw", "net.ipv4.ip_forward=1")
	n.in("r", "sysctl", "-qw", "net.ipv6.conf.all.forwarding=1")
	return n
}

func (n *hosts) space(name string) string { return n.prefix + name }

func (n *hosts) deleteAtEnd(name string) {
	n.t.Cleanup(func() {
		if out, err := exec.Command("ip", "netns", "del", n.space(name)).CombinedOutput(); err != nil {
			n.t.Errorf("namespace %s stays behind: %s", n.space(name), out)
		}
	})
}

// in runs a command on a host.
func (n *hosts) in(host string, command ...string) {
	n.t.Helper()
	if out, err := exec.Command("ip", append([]string{"netns", "exec", n.space(host)}, command...)...).CombinedOutput(); err != nil {
		n.t.Fatalf("%s: %s: %v\n%s", host, strings.Join(command, " "), err, out)
	}
}

// family is which addresses a link has.
type family string

const (
	four family = "4"
	six  family = "6"
)

// host adds a machine with so many links to the router.
func (n *hosts) host(name string, links int, f family) {
	n.t.Helper()
	n.count++
	if out, err := exec.Command("ip", "netns", "add", n.space(name)).CombinedOutput(); err != nil {
		n.t.Fatalf("%s", out)
	}
	n.deleteAtEnd(name)
	n.in(name, "ip", "link", "set", "lo", "up")
	for link := range links {
		inner, outer := fmt.Sprintf("eth%d", link), fmt.Sprintf("%s%d", name, link)
		n.in(name, "ip", "link", "add", inner, "type", "veth", "peer", "name", outer, "netns", n.space("r"))
		n.in(name, "ip", "link", "set", inner, "up")
		n.in("r", "ip", "link", "set", outer, "up")
		if f == four {
			n.in(name, "ip", "addr", "add", n.address(n.count, link, 2)+"/24", "dev", inner)
			n.in("r", "ip", "addr", "add", n.address(n.count, link, 1)+"/24", "dev", outer)
		} else {
			n.in(name, "ip", "-6", "addr", "add", n.address6(n.count, link, 2)+"/64", "dev", inner, "nodad")
			n.in("r", "ip", "-6", "addr", "add", n.address6(n.count, link, 1)+"/64", "dev", outer, "nodad")
		}
	}
	if f == four {
		n.in(name, "ip", "route", "add", "default", "via", n.address(n.count, 0, 1))
	} else {
		n.in(name, "ip", "-6", "route", "add", "default", "via", n.address6(n.count, 0, 1))
	}
}

func (n *hosts) address(host, link, end int) string {
	return fmt.Sprintf("10.%d.%d.%d", host, link, end)
}

func (n *hosts) address6(host, link, end int) string {
	return fmt.Sprintf("fd00:%d:%d::%d", host, link, end)
}

// closePorts has the router let nothing through to some ports of an address: action blackhole
// drops in silence, as a firewall's DROP does, prohibit answers, as REJECT does.
func (n *hosts) closePorts(address, ports, action string) {
	n.t.Helper()
	n.in("r", "ip", "rule", "add", "pref", "5", "to", address, "ipproto", "tcp", "dport", ports, action)
}

// start runs a program of the desk on a host.
func (n *hosts) start(d *desk, host, program string, args ...string) *process {
	n.t.Helper()
	return d.start(n.t, "ip", append([]string{"netns", "exec", n.space(host), program}, args...)...)
}

package reach

import (
	"net/netip"
	"slices"
	"testing"
)

func addresses(texts ...string) (list []netip.Addr) {
	for _, t := range texts {
		list = append(list, netip.MustParseAddr(t))
	}
	return list
}

func TestCandidatesInTheirOrder(t *testing.T) {
	one := func(text string) netip.Addr { return netip.MustParseAddr(text) }
	for _, c := range []struct {
		name string
		of   Addresses
		want []netip.Addr
	}{
		{"a worker beside the coordinator that joined by loopback",
			Addresses{Seen: one("127.0.0.1"), Route: one("127.0.0.1"), Interfaces: addresses("127.0.0.1", "::1", "10.99.0.1", "fe80::1")},
			addresses("10.99.0.1", "127.0.0.1", "::1")},
		{"one behind a router that translates addresses",
			Addresses{Seen: one("203.0.113.9"), Route: one("192.168.0.7"), Interfaces: addresses("127.0.0.1", "192.168.0.7")},
			addresses("203.0.113.9", "192.168.0.7", "127.0.0.1")},
		{"what a person names goes first, whatever it is",
			Addresses{Explicit: addresses("127.0.0.1", "172.16.0.1"), Seen: one("10.0.0.2"), Interfaces: addresses("127.0.0.1", "10.0.0.2", "172.16.0.1")},
			addresses("127.0.0.1", "172.16.0.1", "10.0.0.2")},
		{"joined by IPv6: IPv6 goes before IPv4, and a mapped address is IPv4",
			Addresses{Seen: one("fd00::2"), Interfaces: addresses("10.0.0.2", "::ffff:10.0.0.3", "fd00::2", "2001:db8::2", "fe80::2%eth0")},
			addresses("fd00::2", "2001:db8::2", "10.0.0.2", "10.0.0.3")},
		{"nothing is known but loopback", Addresses{Interfaces: addresses("127.0.0.1")}, addresses("127.0.0.1")},
		{"what no machine is reached at", Addresses{Seen: netip.Addr{}, Interfaces: addresses("0.0.0.0", "224.0.0.1", "169.254.0.1")}, nil},
	} {
		if got := c.of.Candidates(); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestHundredsOfAddressesAreBounded(t *testing.T) {
	a := Addresses{Seen: netip.MustParseAddr("10.1.1.1"), Interfaces: addresses("127.0.0.1")}
	for i := range 200 {
		a.Interfaces = append(a.Interfaces, netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}))
	}
	got := a.Candidates()
	if len(got) != maxCandidates || got[0] != a.Seen || !got[len(got)-1].IsLoopback() {
		t.Errorf("%v", got)
	}
}

package reach

import (
	"net/netip"
	"slices"
)

// Addresses are what a worker knows of its own machine's addresses.
type Addresses struct {
	Explicit   []netip.Addr // that a person named, in order
	Seen       netip.Addr   // where the control server sees the worker come from
	Route      netip.Addr   // this machine's end of the way to the control server
	Interfaces []netip.Addr
}

// maxCandidates bounds how many addresses a worker offers: some machines have hundreds.
const maxCandidates = 12

// Candidates are the addresses to be tried, each once: those named by a person, the one that
// the control server sees, then the machine's others, those of the family that the worker joined
// by before the other. Loopback addresses come last: they serve workers of one machine alone.
func (a Addresses) Candidates() []netip.Addr {
	var list, loopback []netip.Addr
	add := func(ip netip.Addr) {
		ip = ip.Unmap().WithZone("")
		switch {
		case !ip.IsValid() || ip.IsUnspecified() || ip.IsMulticast() || ip.IsLinkLocalUnicast():
		case ip.IsLoopback():
			if !slices.Contains(loopback, ip) {
				loopback = append(loopback, ip)
			}
		case !slices.Contains(list, ip):
			list = append(list, ip)
		}
	}
	for _, ip := range a.Explicit {
		// A person may mean a loopback address, too.
		if ip = ip.Unmap(); ip.IsValid() && !slices.Contains(list, ip) {
			list = append(list, ip)
		}
	}
	add(a.Seen)
	add(a.Route)
	four := a.Seen.Unmap().Is4()
	for _, same := range []bool{true, false} {
		for _, ip := range a.Interfaces {
			if (ip.Unmap().Is4() == four) == same {
				add(ip)
			}
		}
	}
	if room := maxCandidates - len(loopback); len(list) > room {
		list = list[:max(room, 1)]
	}
	for _, ip := range loopback {
		if !slices.Contains(list, ip) {
			list = append(list, ip)
		}
	}
	return list
}

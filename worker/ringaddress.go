package worker

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"ringmaster/allreduce"
	"ringmaster/config"
	"ringmaster/run/credentials"
	"ringmaster/run/protocol"
	"ringmaster/run/reach"
	"ringmaster/shown"
)

// lookupTimeout bounds the look-up of a host name that was given as this machine's address.
const lookupTimeout = 5 * time.Second

// offerServer starts this worker's ring server, as the coordinator wants it or as the worker's
// options say, and lists the addresses where it may be reached.
func (l *link) offerServer(ctx context.Context, want *protocol.RingServer, key credentials.ServerKey, certificate [][]byte, o Options) (*allreduce.Endpoint, *reach.Offer, error) {
	var settings protocol.RingServer
	if want != nil {
		settings = *want
	}
	if o.RingAddress != "" {
		settings.Address = o.RingAddress
	}
	if o.RingPort != "" {
		settings.Port = o.RingPort
	}
	first, last, err := config.ParsePorts(settings.Port)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: its port: %w", ErrRingAddress, err)
	}
	addresses, err := addressesOf(ctx, l.nc, settings.Address)
	if err != nil {
		return nil, nil, err
	}
	host := allreduce.AnyAddress
	if settings.Loopback && addresses.Seen.IsLoopback() {
		host, addresses = addresses.Seen.String(), reach.Addresses{Seen: addresses.Seen}
	}
	guard, err := l.ringGuard(settings.TLS, key, certificate)
	if err != nil {
		return nil, nil, err
	}
	endpoint, err := allreduce.NewGuardedEndpoint(host, allreduce.Ports{First: first, Last: last}, guard)
	if err != nil {
		return nil, nil, fmt.Errorf("%w (cluster.ring_port, or --ring-port): %s", ErrRingAddress, shown.Problem(err))
	}
	offer := &reach.Offer{Server: endpoint.ID()}
	for _, ip := range addresses.Candidates() {
		offer.URLs = append(offer.URLs, endpoint.URLAt(net.JoinHostPort(ip.String(), strconv.Itoa(endpoint.Port()))))
	}
	if len(offer.URLs) == 0 {
		endpoint.Close()
		return nil, nil, fmt.Errorf("%w: this machine has no address that another machine could reach", ErrRingAddress)
	}
	return endpoint, offer, nil
}

// addressesOf collects this machine's addresses. explicit is the configured one, or empty.
func addressesOf(ctx context.Context, nc *nats.Conn, explicit string) (a reach.Addresses, err error) {
	if ip, err := nc.GetClientIP(); err == nil { // some servers do not tell it
		a.Seen, _ = netip.AddrFromSlice(ip)
		a.Seen = a.Seen.Unmap()
	}
	a.Route = routeTo(nc.ConnectedUrlRedacted())
	if a.Interfaces, err = interfaceAddresses(""); err != nil {
		return a, fmt.Errorf("addresses of this machine: %w", err)
	}
	a.Explicit, err = explicitAddresses(ctx, explicit, a.Interfaces)
	return a, err
}

// routeTo is the local address of packets to a server. Nothing is sent.
func routeTo(server string) netip.Addr {
	u, err := url.Parse(server)
	if err != nil {
		return netip.Addr{}
	}
	conn, err := net.Dial("udp", net.JoinHostPort(u.Hostname(), "9"))
	if err != nil {
		return netip.Addr{}
	}
	defer conn.Close()
	at, err := netip.ParseAddrPort(conn.LocalAddr().String())
	if err != nil {
		return netip.Addr{}
	}
	return at.Addr()
}

// interfaceAddresses lists the addresses of a network interface, or of all that are up.
func interfaceAddresses(name string) (list []netip.Addr, err error) {
	interfaces, err := net.Interfaces()
	if err != nil {
		return nil, err
	}
	for _, i := range interfaces {
		if i.Flags&net.FlagUp == 0 || name != "" && i.Name != name {
			continue
		}
		addresses, err := i.Addrs()
		if err != nil {
			return nil, err
		}
		for _, a := range addresses {
			if prefix, err := netip.ParsePrefix(a.String()); err == nil {
				list = append(list, prefix.Addr())
			}
		}
	}
	return list, nil
}

// explicitAddresses resolves a configured ring address: an IP address, a network, an interface
// of this machine, or a host name.
func explicitAddresses(ctx context.Context, named string, interfaces []netip.Addr) ([]netip.Addr, error) {
	if named == "" {
		return nil, nil
	}
	if err := config.CheckRingAddress(named); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRingAddress, err)
	}
	if ip, err := netip.ParseAddr(named); err == nil {
		return []netip.Addr{ip}, nil
	}
	if network, err := netip.ParsePrefix(named); err == nil {
		var in []netip.Addr
		for _, ip := range interfaces {
			if network.Contains(ip.Unmap()) {
				in = append(in, ip)
			}
		}
		if len(in) == 0 {
			return nil, fmt.Errorf("%w: this machine has no address in %s; it has %s", ErrRingAddress, named, listed(interfaces))
		}
		return in, nil
	}
	if of, err := interfaceAddresses(named); err == nil && len(of) > 0 {
		return of, nil
	}
	ctx, cancel := context.WithTimeout(ctx, lookupTimeout)
	defer cancel()
	found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", named)
	if err != nil {
		return nil, fmt.Errorf("%w: %s is not the name of a network interface of this machine with an address, and as a host name: %s", ErrRingAddress, named, shown.Problem(err))
	}
	return found, nil
}

func listed(addresses []netip.Addr) string {
	var texts []string
	for _, ip := range addresses {
		texts = append(texts, ip.String())
	}
	return strings.Join(texts, ", ")
}

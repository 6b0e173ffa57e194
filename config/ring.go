package config

import (
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"strconv"
	"strings"

	"ringmaster/shown"
)

// ParsePorts reads cluster.ring_port: one port (29500) or a range (29500-29520), both ends
// included. Empty is 0 to 0: any port that is free.
func ParsePorts(s string) (first, last int, err error) {
	if s == "" {
		return 0, 0, nil
	}
	from, to, isRange := strings.Cut(s, "-")
	if !isRange {
		to = from
	}
	first, errFirst := strconv.Atoi(strings.TrimSpace(from))
	last, errLast := strconv.Atoi(strings.TrimSpace(to))
	switch {
	case errFirst != nil || errLast != nil || first < 1 || last > maxPort:
		return 0, 0, fmt.Errorf("%w: %s is neither a port from 1 to %d nor a range like 29500-29520", ErrValue, shown.Quote(s), maxPort)
	case last < first:
		return 0, 0, fmt.Errorf("%w: the range %d-%d ends before it begins", ErrValue, first, last)
	}
	return first, last, nil
}

const maxPort = 65535

// hostName matches names of hosts and network interfaces.
var hostName = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?$`)

// CheckRingAddress validates cluster.ring_address without using the network.
func CheckRingAddress(s string) error {
	if s == "" || hostName.MatchString(s) {
		return nil
	}
	if _, err := netip.ParseAddr(s); err == nil {
		return nil
	}
	if _, err := netip.ParsePrefix(s); err == nil {
		return nil
	}
	if host, _, err := net.SplitHostPort(s); err == nil {
		return fmt.Errorf("%w: %s includes a port: give the address %s, and the port as cluster.ring_port", ErrValue, shown.Quote(s), shown.Quote(host))
	}
	return fmt.Errorf("%w: %s is not an IP address, network (10.0.0.0/8), network interface (eth1) or host name", ErrValue, shown.Quote(s))
}

// StripesAuto has the coordinator choose cluster.ring_stripes.
const StripesAuto = "auto"

// mostStripes is allreduce.MaxStripes.
const mostStripes = 16

// ParseStripes reads cluster.ring_stripes: a number from 1 to 16; 0 stands for StripesAuto, and for empty.
func ParseStripes(s string) (int, error) {
	if s == "" || s == StripesAuto {
		return 0, nil
	}
	n, err := strconv.Atoi(strings.TrimSpace(s))
	if err != nil || n < 1 || n > mostStripes {
		return 0, fmt.Errorf("%w: %s is neither %s nor a number from 1 to %d", ErrValue, shown.Quote(s), StripesAuto, mostStripes)
	}
	return n, nil
}

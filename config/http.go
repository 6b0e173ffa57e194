package config

import (
	"fmt"
	"net"
	"strconv"
	"strings"

	"ringmaster/shown"
)

// HTTPOff, in place of an address, leaves the HTTP endpoint out.
const HTTPOff = "off"

// HTTPDefault is the address of an HTTP endpoint where none is given: a free port that this
// machine alone reaches.
const HTTPDefault = "127.0.0.1:0"

// CheckHTTP validates the address of an HTTP endpoint without using the network: host:port, a
// port alone like :8080, which is on all addresses, or HTTPOff.
func CheckHTTP(s string) error {
	if s == HTTPOff {
		return nil
	}
	host, port, err := net.SplitHostPort(s)
	n, number := strconv.Atoi(port)
	if err != nil || number != nil || n < 0 || n > maxPort || strings.Contains(s, "/") || host != "" && !hostName.MatchString(host) && net.ParseIP(host) == nil {
		return fmt.Errorf("%w: %s is not host:port, like 127.0.0.1:8080 or 0.0.0.0:8080 (port 0 is a free one), nor %s", ErrValue, shown.Quote(s), HTTPOff)
	}
	return nil
}

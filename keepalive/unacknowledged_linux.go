package keepalive

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// limitUnacknowledged ends a connection on which something was sent and not acknowledged for Timeout: the
// kernel asks nothing while it repeats what it sent. See tcp(7), TCP_USER_TIMEOUT.
//
// A reader that takes nothing for that long ends it too, so it is for connections to servers, which read
// whatever comes.
func limitUnacknowledged(_, _ string, c syscall.RawConn) error {
	var err error
	if outer := c.Control(func(fd uintptr) {
		err = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(Timeout.Milliseconds()))
	}); outer != nil {
		return outer
	}
	return err
}

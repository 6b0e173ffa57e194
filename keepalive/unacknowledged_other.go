//go:build !linux

package keepalive

import "syscall"

// limitUnacknowledged does nothing where TCP_USER_TIMEOUT is not known: a connection on which something
// was sent then ends when TCP gives up repeating it.
func limitUnacknowledged(_, _ string, _ syscall.RawConn) error { return nil }

package keepalive

import (
	"net"
	"time"
)

const (
	// quiet is how long nothing may come before the other machine's kernel is asked whether it is there.
	quiet = 2 * time.Second
	// again is the time between two such questions, and unanswered how many are asked.
	again      = time.Second
	unanswered = 3
	// Timeout is how long it takes to give up a connection that has no way to the other machine.
	Timeout = quiet + unanswered*again
)

// Dialer gives connections that end Timeout after the other machine was last heard. timeout bounds
// connecting, with the look-up of a name; 0 does not.
func Dialer(timeout time.Duration) *net.Dialer {
	return &net.Dialer{
		Timeout: timeout,
		KeepAliveConfig: net.KeepAliveConfig{
			Enable: true, Idle: quiet, Interval: again, Count: unanswered,
		},
		Control: limitUnacknowledged,
	}
}

package protocol

import (
	"context"
	"errors"
	"io"
	"net"
	"time"

	"github.com/nats-io/nats.go"
)

// RetryPause is the time between two tries to reach a server that is away: the whole run
// waits meanwhile. The library's own two seconds would be most of every outage.
const RetryPause = 200 * time.Millisecond

// DialPatience is how long a server that is not there is waited for: long enough for one
// that is moved to another machine.
const DialPatience = 10 * time.Minute

// Await dials until the server is there: what goes on when it goes away later need not
// end when it is away at first. waiting is told once, with the reason. A server that is
// there and does not want us ends it, and so do patience, with the last error, and ctx,
// with its cause.
func Await(ctx context.Context, patience time.Duration, waiting func(why error), dial func() (*nats.Conn, error)) (*nats.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	again := time.NewTicker(RetryPause)
	defer again.Stop()
	for first := true; ; first = false {
		nc, err := dial()
		if err == nil || !away(err) {
			return nc, err
		}
		if first {
			waiting(err)
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			if cause := context.Cause(ctx); !errors.Is(cause, context.DeadlineExceeded) {
				return nil, cause
			}
			return nil, err
		}
	}
}

// away says whether a server could not be reached, which may be otherwise soon.
func away(err error) bool {
	var network net.Error
	return errors.Is(err, nats.ErrNoServers) || errors.Is(err, nats.ErrTimeout) || errors.Is(err, io.EOF) || errors.As(err, &network)
}

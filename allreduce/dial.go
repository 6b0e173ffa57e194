package allreduce

import (
	"context"
	"errors"
	"net"
	"time"
)

// firstAttempt is how long the first attempt to connect may take, and each further one twice as long.
const firstAttempt = time.Second

// dialTCP connects to a neighbour's server. An attempt that gets no answer is given up for a new one: its
// first packet may have been lost, and TCP sends that again only after 1, 3 and 7 s; and one whose socket
// is shut down in the instant in which it is connected waits for its deadline in Go's connect.
func dialTCP(ctx context.Context, address string, dial func(ctx context.Context, network, address string) (net.Conn, error)) (net.Conn, error) {
	for patience := firstAttempt; ; patience *= 2 {
		attempt, cancel := context.WithTimeout(ctx, patience)
		conn, err := dial(attempt, "tcp", address)
		cancel()
		var network net.Error
		if err == nil || ctx.Err() != nil || !errors.As(err, &network) || !network.Timeout() {
			return conn, err
		}
	}
}

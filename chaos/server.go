//go:build linux

package chaos

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"ringmaster/run/protocol"
	"ringmaster/sleep"
)

// What a message of the control server may hold: as much as one of the coordinator's own,
// or, after SmallMessages, the least that the product can do with.
const (
	maxPayload   = 8 << 20
	smallPayload = protocol.MinPayload
)

// ServeNATS is the control server's process: a NATS server at a port of this machine, whose
// messages hold so many bytes, until ctx ends. It asks for the token in the environment.
func ServeNATS(ctx context.Context, port, payload int) error {
	s, err := server.NewServer(&server.Options{
		ServerName: "ringmaster-chaos", Host: "127.0.0.1", Port: port, NoSigs: true, NoLog: true,
		MaxPayload: int32(payload), Authorization: protocol.TokenFromEnv(),
	})
	if err != nil {
		return err
	}
	s.Start()
	if !s.ReadyForConnections(startTimeout) {
		s.Shutdown()
		return fmt.Errorf("%w: the server does not listen at port %d", ErrStart, port)
	}
	<-ctx.Done()
	s.Shutdown()
	s.WaitForShutdown()
	return nil
}

// startTimeout bounds what is over in a moment on a sound machine.
const startTimeout = 20 * time.Second

// freePort is a port that nobody listened at just now.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// listening waits until somebody accepts connections at an address.
func listening(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		var d net.Dialer
		conn, err := d.DialContext(ctx, "tcp", address)
		if err == nil {
			return conn.Close()
		}
		if sleep.For(ctx, pause) != nil {
			return fmt.Errorf("%w: no server listens at %s: %w", ErrStart, address, err)
		}
	}
}

package coordinator

import (
	"fmt"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// startTimeout bounds how long the embedded server may take to accept connections.
const startTimeout = 10 * time.Second

// connection is the coordinator's link to NATS: to a server of its own, or to one
// that was named.
type connection struct {
	*nats.Conn
	own *server.Server // nil when the server was named
	url string         // where workers find it
}

// connect starts an embedded server listening at host:port (port −1 takes a free one)
// when url is "embedded", and connects to it in-process; else it connects to url.
func connect(url, host string, port int) (*connection, error) {
	if url != "embedded" {
		nc, err := nats.Connect(url, nats.Name("ringmaster coordinator"), nats.MaxReconnects(-1))
		if err != nil {
			return nil, fmt.Errorf("%w at %s: %w", ErrNoServer, url, err)
		}
		return &connection{Conn: nc, url: url}, nil
	}
	own, err := server.NewServer(&server.Options{
		ServerName: "ringmaster", Host: host, Port: port, NoSigs: true, NoLog: true,
		MaxPayload: maxPayload,
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoServer, err)
	}
	own.Start()
	if !own.ReadyForConnections(startTimeout) {
		own.Shutdown()
		return nil, fmt.Errorf("%w: the embedded one does not listen at %s port %d; is another program using it?", ErrNoServer, host, port)
	}
	nc, err := nats.Connect("", nats.InProcessServer(own), nats.Name("ringmaster coordinator"))
	if err != nil {
		own.Shutdown()
		return nil, fmt.Errorf("%w: %w", ErrNoServer, err)
	}
	return &connection{Conn: nc, own: own, url: own.ClientURL()}, nil
}

// maxPayload is what one message may hold on the embedded server; a batch of 512
// examples of 512 tokens fits.
const maxPayload = 8 << 20

// close ends the connection after what was published is out, then an own server.
func (c *connection) close() {
	// A server that is gone already has nothing left to be flushed to.
	_ = c.FlushTimeout(time.Second)
	c.Conn.Close()
	if c.own != nil {
		c.own.Shutdown()
		c.own.WaitForShutdown()
	}
}

package coordinator

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"ringmaster/config"
	"ringmaster/coordinator/protocol"
)

// startTimeout bounds how long the embedded server may take to accept connections.
const startTimeout = 10 * time.Second

// connection is the coordinator's link to NATS: to a server of its own, or to one
// that was named.
type connection struct {
	*nats.Conn
	own    *server.Server // nil when the server was named
	url    string         // where workers find it
	token  string         // what it asks for; empty where that is nothing, or stands in url
	madeUp bool           // the token is of this run alone
}

// connect starts an embedded server listening at host:port (port −1 takes a free one)
// when the run file says "embedded", and connects to it in-process; else it connects to
// the server that is named, which is waited for. An embedded server asks for the run
// file's token, or one that is made up.
func connect(ctx context.Context, c config.Cluster, host string, port int, waiting func(why error)) (*connection, error) {
	if c.NATS != "embedded" {
		nc, err := protocol.Await(ctx, protocol.DialPatience, waiting, func() (*nats.Conn, error) {
			return protocol.Dial(c.NATS, c.Token, nats.Name("ringmaster coordinator"), nats.MaxReconnects(-1), nats.ReconnectWait(protocol.RetryPause))
		})
		switch {
		case err != nil && ctx.Err() != nil:
			return nil, fmt.Errorf("%w while no NATS server was there", ErrStopped)
		case errors.Is(err, protocol.ErrNotAdmitted):
			return nil, err
		case err != nil:
			return nil, fmt.Errorf("%w: %w", ErrNoServer, err)
		}
		if err := protocol.CheckPayload(nc.MaxPayload(), config.RedactURLs(c.NATS)); err != nil {
			nc.Close()
			return nil, err
		}
		return &connection{Conn: nc, url: c.NATS, token: c.Token}, nil
	}
	token, madeUp := c.Token, false
	if token == "" {
		token, madeUp = rand.Text(), true
	}
	own, err := server.NewServer(&server.Options{
		ServerName: "ringmaster", Host: host, Port: port, NoSigs: true, NoLog: true,
		MaxPayload: maxPayload, Authorization: token,
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoServer, err)
	}
	own.Start()
	if !own.ReadyForConnections(startTimeout) {
		own.Shutdown()
		return nil, fmt.Errorf("%w: the embedded one does not listen at %s port %d; is another program using it?", ErrNoServer, host, port)
	}
	nc, err := nats.Connect("", nats.InProcessServer(own), nats.Token(token), nats.Name("ringmaster coordinator"))
	if err != nil {
		own.Shutdown()
		return nil, fmt.Errorf("%w: %w", ErrNoServer, err)
	}
	return &connection{Conn: nc, own: own, url: urlOf(own), token: token, madeUp: madeUp}, nil
}

// askBroker makes sure that a broker that is named admits the ring. A worker that is refused
// ends alone, and one that is not refused yet would go on without it. A broker that cannot be
// reached from here may well be from where the workers are.
func askBroker(c config.Cluster) error {
	if c.Topology != config.Broker || c.Broker == "" {
		return nil
	}
	nc, err := protocol.Dial(c.Broker, "", nats.Name("ringmaster coordinator"))
	if errors.Is(err, protocol.ErrNotAdmitted) {
		return fmt.Errorf("%w: %v", ErrBroker, err) // no refusal of the control server's
	}
	if err == nil {
		nc.Close()
	}
	return nil
}

// urlOf is where a server is found: on all addresses of this machine, at its name.
func urlOf(s *server.Server) string {
	at := s.Addr().(*net.TCPAddr)
	host := at.IP.String()
	if at.IP.IsUnspecified() {
		if name, err := os.Hostname(); err == nil {
			host = name
		}
	}
	return (&url.URL{Scheme: "nats", Host: net.JoinHostPort(host, fmt.Sprint(at.Port))}).String()
}

// onLoopback says whether nobody but this machine reaches the server.
func (c *connection) onLoopback() bool {
	return c.own != nil && c.own.Addr().(*net.TCPAddr).IP.IsLoopback()
}

// invitation is what a person enters to have a worker join. A token that was given is
// known to whoever gave it, and is not shown; nor are a named server's credentials.
func (c *connection) invitation() string {
	const command = "ringmaster worker --nats "
	if c.madeUp {
		at, err := url.Parse(c.url)
		if err == nil {
			at.User = url.User(c.token)
			return command + at.String()
		}
	}
	if c.token != "" {
		return command + config.RedactURLs(c.url) + ", with the run's token in " + protocol.TokenEnv
	}
	return command + config.RedactURLs(c.url)
}

// maxPayload is what one message may hold on the embedded server; what is larger goes in
// parts.
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

package coordinator

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strconv"
	"syscall"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"ringmaster/config"
	"ringmaster/descriptors"
	"ringmaster/refusals"
	"ringmaster/run/protocol"
	"ringmaster/run/transfer"
	"ringmaster/shown"
)

// startTimeout bounds how long the embedded server may take to accept connections.
const startTimeout = 10 * time.Second

// connection is the coordinator's link to NATS: to a server of its own, or to one
// that was named.
type connection struct {
	*nats.Conn
	own    *server.Server // nil when the server was named
	url    string         // where workers find it
	token  string         // that it requires; empty if none, or if it is part of url
	madeUp bool           // the token was generated for this run

	claimed *nats.Subscription // says to others that the run has a coordinator
	files   *transfer.Server   // what workers load
}

// connect starts an embedded server listening at host:port (port −1 takes a free one)
// when the run file says "embedded", and connects to it in-process; else it connects to
// the server that is named, which is waited for. An embedded server asks for the run
// file's token, or a generated one.
func connect(ctx context.Context, c config.Cluster, host string, port int, at door, waiting func(why error)) (*connection, error) {
	if c.NATS != "embedded" {
		nc, err := protocol.Await(ctx, protocol.DialPatience, waiting, func() (*nats.Conn, error) {
			return protocol.Dial(c.NATS, c.Token, nats.Name("ringmaster coordinator"), nats.NoEcho(), // see claim
				nats.MaxReconnects(-1), nats.ReconnectWait(protocol.RetryPause))
		})
		switch {
		case err != nil && ctx.Err() != nil:
			return nil, fmt.Errorf("%w while waiting for the NATS server", ErrStopped)
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
	if err := CheckListen(c, host, port); err != nil {
		return nil, err
	}
	if port == 0 { // which would be the server's usual one
		port = FreePort
	}
	own, err := server.NewServer(&server.Options{
		ServerName: "ringmaster", Host: host, Port: port, NoSigs: true, NoLog: true,
		MaxPayload: maxPayload, MaxConn: descriptors.ForConnections(), CustomClientAuthentication: at.withToken(token),
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoServer, err)
	}
	own.Start()
	if !own.ReadyForConnections(startTimeout) {
		own.Shutdown()
		return nil, fmt.Errorf("%w: the embedded server does not listen at %s port %d; is another program using the port?", ErrNoServer, host, port)
	}
	nc, err := nats.Connect("", nats.InProcessServer(own), nats.Token(token), nats.Name("ringmaster coordinator"))
	if err != nil {
		own.Shutdown()
		return nil, fmt.Errorf("%w: %w", ErrNoServer, err)
	}
	return &connection{Conn: nc, own: own, url: urlOf(own), token: token, madeUp: madeUp}, nil
}

// door admits connections to the embedded server: so many in a second, and those that know the
// token. The server's own check would treat a token that looks like a bcrypt hash as the hash of
// another.
type door struct {
	limits  *limits
	refused *refusals.Counter
	token   string
}

func (d door) withToken(token string) door {
	d.token = token
	return d
}

// Check implements server.Authentication.
func (d door) Check(c server.ClientAuthentication) bool {
	if !d.limits.admit() {
		d.refused.Add(refusals.Rate, "connections to the control server, the last "+from(c))
		return false
	}
	if subtle.ConstantTimeCompare([]byte(c.GetOpts().Token), []byte(d.token)) != 1 {
		d.refused.Add(refusals.Credentials, "a connection to the control server without the run's token, "+from(c))
		return false
	}
	return true
}

// from says where a client connects from.
func from(c server.ClientAuthentication) string {
	if at := c.RemoteAddress(); at != nil {
		return "from " + at.String()
	}
	return "from an unknown address"
}

// FreePort, or 0, has an embedded server listen at a port that is free.
const FreePort = -1

// CheckListen says why an embedded server could not listen at host:port, before anything is
// made for the run; nil where none is to be started, or any free port is taken.
func CheckListen(c config.Cluster, host string, port int) error {
	if c.NATS != "embedded" {
		return nil
	}
	if port < FreePort || port > 65535 {
		return fmt.Errorf("%w: %w %d is not a port: give one from 1 to 65535, or 0 for a free one", ErrNoServer, ErrPort, port)
	}
	where := net.JoinHostPort(host, strconv.Itoa(max(port, 0)))
	l, err := net.Listen("tcp", where)
	switch {
	case err == nil:
		return l.Close()
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("%w: port %d of %s is in use by another program: give another --port, or 0 for a free one", ErrNoServer, port, shown.Line(host))
	case errors.Is(err, syscall.EACCES):
		return fmt.Errorf("%w: this user may not listen at port %d of %s: give a --port above 1023, or 0 for a free one", ErrNoServer, port, shown.Line(host))
	default:
		return fmt.Errorf("%w: %w %s is not an address to listen at (%s): give one of this machine, 0.0.0.0 for all of IPv4 and IPv6, or 127.0.0.1 for workers on this machine only",
			ErrNoServer, ErrHost, shown.Quote(host), shown.Problem(err))
	}
}

// askBroker makes sure that a broker that is named admits the ring. A worker that is refused
// ends alone, and the others would go on without it. A broker that cannot be reached from here
// may be reachable for the workers.
func askBroker(c config.Cluster) error {
	if c.Topology != config.Broker || c.Broker == "" {
		return nil
	}
	nc, err := protocol.Dial(c.Broker, "", nats.Name("ringmaster coordinator"))
	if errors.Is(err, protocol.ErrNotAdmitted) {
		return fmt.Errorf("%w: %s", ErrBroker, err.Error()) // no refusal of the control server's
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

// offer makes a folder available to workers.
func (c *connection) offer(dir string) (transfer.Folder, error) {
	folder, err := transfer.Describe(dir)
	if err == nil {
		c.files.Offer(folder)
	}
	return folder, err
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
func (c *connection) close() (err error) {
	if c.files != nil {
		err = c.files.Close()
	}
	// A server that is gone already has nothing left to be flushed to.
	_ = c.FlushTimeout(time.Second)
	c.Conn.Close()
	if c.own != nil {
		c.own.Shutdown()
		c.own.WaitForShutdown()
	}
	return err
}

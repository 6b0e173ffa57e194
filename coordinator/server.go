package coordinator

import (
	"context"
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
	"ringmaster/run/credentials"
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
	own *server.Server // nil when the server was named
	url string         // where workers find it; with what a named server asks for

	authority *credentials.Authority
	token     string // of the run's workers
	joinFile  string // that a person copies to them; empty where they have the token already
	admitted  *admittance
	door      door

	claimed *nats.Subscription // says to others that the run has a coordinator
	files   *transfer.Server   // what workers load
}

// door is what bounds and counts connections to the coordinator's own server.
type door struct {
	limits  *limits
	refused *refusals.Counter
}

// listening says where the coordinator's own server listens, and for which run.
type listening struct {
	run, host string
	port      int // −1 takes a free one
}

// connect starts an embedded server when the run file says "embedded", and connects to it in-process;
// else it connects to the server that is named, which is waited for.
func connect(ctx context.Context, c config.Cluster, at listening, a *credentials.Authority, d door, waiting func(why error)) (*connection, error) {
	if err := checkMadeUp(c, a, at.host); err != nil {
		return nil, err
	}
	out := &connection{authority: a, token: a.Token().Text(), door: d}
	if c.NATS != "embedded" {
		return out, out.dial(ctx, c, waiting)
	}
	if err := CheckListen(c, at.host, at.port); err != nil {
		return nil, err
	}
	return out, out.serve(c, at)
}

// dial connects to a server that was named.
func (out *connection) dial(ctx context.Context, c config.Cluster, waiting func(why error)) error {
	nc, err := protocol.Await(ctx, protocol.DialPatience, waiting, func() (*nats.Conn, error) {
		return protocol.Dial(c.NATS, c.Token, nats.Name("ringmaster coordinator"), nats.NoEcho(), // see claim
			nats.MaxReconnects(-1), nats.ReconnectWait(protocol.RetryPause))
	})
	switch {
	case err != nil && ctx.Err() != nil:
		return fmt.Errorf("%w while waiting for the NATS server", ErrStopped)
	case errors.Is(err, protocol.ErrNotAdmitted):
		return err
	case err != nil:
		return fmt.Errorf("%w: %w", ErrNoServer, err)
	}
	if err := protocol.CheckPayload(nc.MaxPayload(), config.RedactURLs(c.NATS)); err != nil {
		nc.Close()
		return err
	}
	out.Conn, out.url = nc, c.NATS
	return nil
}

// serve starts the coordinator's own server and connects to it.
func (out *connection) serve(c config.Cluster, at listening) error {
	identity, err := credentials.NewIdentity()
	if err != nil {
		return err
	}
	out.admitted = newAdmittance(out.authority, at.run, identity.ID(), out.door)
	port := at.port
	if port == 0 { // which would be the server's usual one
		port = FreePort
	}
	o := &server.Options{
		ServerName: "ringmaster", Host: at.host, Port: port, NoSigs: true, NoLog: true,
		MaxPayload: maxPayload, MaxConn: descriptors.ForConnections(), CustomClientAuthentication: out.admitted, AlwaysEnableNonce: true,
	}
	if wantsTLS(c, isLoopback(at.host)) {
		if o.TLSConfig, err = out.authority.CoordinatorTLS(ownNames(at.host)); err != nil {
			return err
		}
		o.TLSHandshakeFirst = true
	}
	own, err := server.NewServer(o)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoServer, err)
	}
	own.SetLogger(refusals.ServerLog{Refused: func(kind refusals.Kind, text string) { out.door.refused.Add(kind, shown.Short(text)) }}, true, false)
	own.Start()
	if !own.ReadyForConnections(startTimeout) {
		own.Shutdown()
		return fmt.Errorf("%w: the embedded server does not listen at %s port %d; is another program using the port?", ErrNoServer, at.host, port)
	}
	options := append(identity.Options(out.authority.Token()), nats.InProcessServer(own), nats.Name("ringmaster coordinator"))
	if out.Conn, err = nats.Connect("", options...); err != nil {
		own.Shutdown()
		return fmt.Errorf("%w: %w", ErrNoServer, err)
	}
	out.own, out.url = own, urlOf(own, o.TLSConfig != nil)
	return nil
}

// responseTime is how long a worker may take to answer what it was asked.
const responseTime = time.Minute

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
func urlOf(s *server.Server, secure bool) string {
	at := s.Addr().(*net.TCPAddr)
	host := at.IP.String()
	if at.IP.IsUnspecified() {
		if name, err := os.Hostname(); err == nil {
			host = name
		}
	}
	scheme := "nats"
	if secure {
		scheme = "tls"
	}
	return (&url.URL{Scheme: scheme, Host: net.JoinHostPort(host, fmt.Sprint(at.Port))}).String()
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

// invitation is what a person enters to have a worker join. No secret is shown: the join file has
// them, or the person, who has given a token.
func (c *connection) invitation() string {
	if c.joinFile != "" {
		return "ringmaster worker --join " + shown.ShellWord(c.joinFile)
	}
	command := "ringmaster worker --nats " + config.RedactURLs(c.url)
	if c.authority.Token().MadeUp() {
		return command + ", with the run's token in " + protocol.TokenEnv
	}
	return command + " --token-file FILE, the file " + credentials.TokenFile + " beside the coordinator's seed"
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

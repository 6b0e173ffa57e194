package allreduce

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"sync"
	"time"

	"ringmaster/descriptors"
	"ringmaster/refusals"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"golang.org/x/sync/errgroup"
)

// Endpoint is a rank's end of a mesh: an embedded NATS server that the rank publishes to
// inside the process, and that its right neighbour alone subscribes at. A vector then
// crosses one socket, where a central broker would carry every rank's vector twice.
type Endpoint struct {
	server *server.Server
	word   string // that admits the rank itself, and without a guard whoever knows it
	guard  *Guard
	host   string
	port   int

	mu    sync.Mutex
	local *localClient // made in advance for the next link
}

// serverPatience is how long a ring server waits for a reader before it gives it up, and
// leaves a silent one unasked. It is long, since a neighbour may compute for minutes before
// it begins an operation and reads what others have sent already; the ring has deadlines of
// its own.
const serverPatience = 24 * time.Hour

// endpointPending is how many bytes an endpoint keeps for a neighbour that does not read for
// a while: the widest window of the longest chunks, below the three quarters at which
// nats-server slows the publisher down. It is a limit; a ring uses what its window is.
const endpointPending = 2 * maxWindow * maxChunkBytes

// AnyAddress has an endpoint listen at all addresses of its machine, of IPv4 and IPv6.
const AnyAddress = "0.0.0.0"

// Ports are those that an endpoint may listen at, from First to Last; the zero value is any
// that is free.
type Ports struct{ First, Last int }

// NewEndpoint starts the server on a free port of host: an address of this machine, or
// AnyAddress.
func NewEndpoint(host string) (*Endpoint, error) { return NewEndpointIn(host, Ports{}) }

// NewEndpointIn starts the server on the first port of ports that is free.
func NewEndpointIn(host string, ports Ports) (*Endpoint, error) {
	return NewGuardedEndpoint(host, ports, nil)
}

// NewGuardedEndpoint starts a server that a guard watches over; nil is none.
func NewGuardedEndpoint(host string, ports Ports, guard *Guard) (*Endpoint, error) {
	port, err := freePort(host, ports)
	if err != nil {
		return nil, err
	}
	word := rand.Text()
	o := &server.Options{
		ServerName: "ringmaster-ring", Host: host, Port: port, NoSigs: true, NoLog: true,
		CustomClientAuthentication: door{word, guard}, AlwaysEnableNonce: true,
		WriteDeadline: serverPatience, PingInterval: serverPatience, MaxPayload: maxChunkBytes, MaxPending: endpointPending, MaxConn: descriptors.ForConnections(),
	}
	if guard != nil && guard.TLS != nil {
		o.TLSConfig, o.TLSHandshakeFirst = guard.TLS, true
	}
	srv, err := server.NewServer(o)
	if err != nil {
		return nil, fmt.Errorf("ring server: %w", err)
	}
	if guard != nil {
		srv.SetLogger(refusals.ServerLog{Refused: func(_ refusals.Kind, text string) { guard.Refused(text) }, Probed: true}, true, false)
	}
	srv.Start()
	if !srv.ReadyForConnections(clientTimeout) {
		srv.Shutdown()
		return nil, fmt.Errorf("%w: the ring server does not listen at %s", ErrListen, host)
	}
	e := &Endpoint{server: srv, word: word, guard: guard, host: host, port: srv.Addr().(*net.TCPAddr).Port}
	e.local = e.greetInside()
	return e, nil
}

// freePort is a port that an endpoint may be given: server.RANDOM_PORT where any will do. A
// server that cannot listen says nothing for clientTimeout, so it is tried here first.
func freePort(host string, ports Ports) (int, error) {
	if ports == (Ports{}) {
		return server.RANDOM_PORT, nil
	}
	var why error
	for port := ports.First; port <= ports.Last; port++ {
		l, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(port)))
		if err == nil {
			return port, l.Close()
		}
		why = err
	}
	return 0, fmt.Errorf("%w: no port from %d to %d is free at %s: %w", ErrListen, ports.First, ports.Last, host, why)
}

// URL is where the right neighbour finds the server at the host it listens at. Without a guard it holds the
// word that admits: a secret of the run.
func (e *Endpoint) URL() string { return e.URLAt(net.JoinHostPort(e.host, strconv.Itoa(e.port))) }

// URLAt is URL by another of the machine's addresses, HOST:PORT.
func (e *Endpoint) URLAt(address string) string {
	u := url.URL{Scheme: "nats", Host: address}
	if e.guard == nil {
		u.User = url.User(e.word)
	} else if e.guard.TLS != nil {
		u.Scheme = "tls"
	}
	return u.String()
}

// Port is where the server listens.
func (e *Endpoint) Port() int { return e.port }

// ID tells the server from all others: it is the first that it says to whoever connects.
func (e *Endpoint) ID() string { return e.server.ID() }

// Close ends the server, and with it all links over it.
func (e *Endpoint) Close() {
	e.mu.Lock()
	local := e.local
	e.local = nil
	e.mu.Unlock()
	local.drop() // first: the server would wait for it to read its farewell
	e.server.Shutdown()
	e.server.WaitForShutdown()
}

// Connect links this rank to its neighbours for one ring: leftURL is the left
// neighbour's endpoint, o what will be given to Open. The subjects are those of NewBroker.
//
// The left neighbour's end is seen by its connection (ErrPeerGone); the right one's by
// its silence, or because its own right neighbour passes the news on.
func (e *Endpoint) Connect(ctx context.Context, leftURL string, o Options) (Transport, error) {
	return e.ConnectTo(ctx, Neighbour{URL: leftURL}, o)
}

// ConnectTo is Connect to an endpoint that has a guard.
func (e *Endpoint) ConnectTo(ctx context.Context, toLeft Neighbour, o Options) (Transport, error) {
	o = o.withDefaults()
	if err := o.check(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, clientTimeout)
	defer cancel()
	buffers := &pool{bytes: o.ChunkBytes}
	local, err := e.takeLocal().subscribe(ctx, o.subject(o.right(), creditSubject), o.ProgressTimeout, buffers)
	if err != nil {
		return nil, fmt.Errorf("%w: this rank's own server: %w", ErrLinkLost, err)
	}
	left, err := dialClient(ctx, toLeft, o.subject(o.left(), dataSubject), o.ProgressTimeout, buffers)
	if err != nil {
		return nil, errors.Join(
			&PeerError{Rank: o.left(), Cause: fmt.Errorf("%w: %w", ErrPeerGone, err)}, local.close())
	}
	return newMesh(left, local, o), nil
}

// ConnectStripes is ConnectTo for each of so many stripes: connections of their own, at the same servers.
func (e *Endpoint) ConnectStripes(ctx context.Context, toLeft Neighbour, o Options, stripes int) ([]Transport, error) {
	if stripes < 1 || stripes > MaxStripes {
		return nil, fmt.Errorf("%w: %d stripes, want 1 to %d", ErrOptions, stripes, MaxStripes)
	}
	transports := make([]Transport, stripes)
	group, ctx := errgroup.WithContext(ctx)
	for i := range transports {
		group.Go(func() (err error) {
			transports[i], err = e.ConnectTo(ctx, toLeft, o.stripe(i, stripes))
			return err
		})
	}
	if err := group.Wait(); err != nil {
		errs := []error{err}
		for _, t := range transports {
			errs = append(errs, closeTransport(t))
		}
		return nil, errors.Join(errs...)
	}
	return transports, nil
}

// Client is a connection to the server inside the process, for what this rank serves beside
// the ring to whoever has URL. It is the caller's to close.
func (e *Endpoint) Client(options ...nats.Option) (*nats.Conn, error) {
	nc, err := nats.Connect("", append([]nats.Option{nats.InProcessServer(e.server), nats.Token(e.word)}, options...)...)
	if err != nil {
		return nil, fmt.Errorf("%w: this rank's own server: %w", ErrLinkLost, err)
	}
	return nc, nil
}

package allreduce

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// Endpoint is a rank's end of a mesh: an embedded NATS server that the rank publishes to
// inside the process, and that its right neighbour alone subscribes at. A vector then
// crosses one socket, where a central broker would carry every rank's vector twice.
type Endpoint struct {
	server *server.Server
	word   string // whoever knows it is admitted
	url    string
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

// NewEndpoint starts the server on a free port of host, an address by which the right
// neighbour reaches this machine.
func NewEndpoint(host string) (*Endpoint, error) {
	word := rand.Text()
	srv, err := server.NewServer(&server.Options{
		ServerName: "ringmaster-ring", Host: host, Port: -1, NoSigs: true, NoLog: true, Authorization: word,
		WriteDeadline: serverPatience, PingInterval: serverPatience, MaxPayload: maxChunkBytes, MaxPending: endpointPending,
	})
	if err != nil {
		return nil, fmt.Errorf("ring server: %w", err)
	}
	srv.Start()
	if !srv.ReadyForConnections(clientTimeout) {
		srv.Shutdown()
		return nil, fmt.Errorf("%w: the ring server does not listen at %s", ErrLinkLost, host)
	}
	port := srv.Addr().(*net.TCPAddr).Port
	where := url.URL{Scheme: "nats", User: url.User(word), Host: net.JoinHostPort(host, strconv.Itoa(port))}
	return &Endpoint{server: srv, word: word, url: where.String()}, nil
}

// URL is where the right neighbour finds the server, with the word that admits it: a
// secret of the run.
func (e *Endpoint) URL() string { return e.url }

// Close ends the server, and with it all links over it.
func (e *Endpoint) Close() {
	e.server.Shutdown()
	e.server.WaitForShutdown()
}

// Connect links this rank to its neighbours for one ring: leftURL is the left
// neighbour's endpoint, o what will be given to Open. The subjects are those of NewBroker.
//
// The left neighbour's end is seen by its connection (ErrPeerGone); the right one's by
// its silence, or because its own right neighbour passes the news on.
func (e *Endpoint) Connect(ctx context.Context, leftURL string, o Options) (Transport, error) {
	o = o.withDefaults()
	if err := o.check(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, clientTimeout)
	defer cancel()
	buffers := &pool{bytes: o.ChunkBytes}
	conn, err := e.server.InProcessConn()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrLinkLost, err)
	}
	local, err := newClient(ctx, conn, e.word, o.subject(o.right(), creditSubject), o.ProgressTimeout, buffers)
	if err != nil {
		return nil, fmt.Errorf("%w: this rank's own server: %w", ErrLinkLost, err)
	}
	left, err := dialClient(ctx, leftURL, o.subject(o.left(), dataSubject), o.ProgressTimeout, buffers)
	if err != nil {
		return nil, errors.Join(
			&PeerError{Rank: o.left(), Cause: fmt.Errorf("%w: %w", ErrPeerGone, err)}, local.conn.Close())
	}
	return newMesh(left, local, o), nil
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

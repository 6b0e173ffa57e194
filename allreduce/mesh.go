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
)

// Endpoint is a rank's end of a mesh: an embedded NATS server that the rank publishes to
// inside the process, and that its right neighbour alone subscribes at. A vector then
// crosses one socket, where a central broker would carry every rank's vector twice.
type Endpoint struct {
	server *server.Server
	word   string // whoever knows it is admitted
	url    string
}

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
		WriteDeadline: clientTimeout, MaxPayload: maxChunkBytes, MaxPending: endpointPending,
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
// neighbour's endpoint, o what will be given to Open. The subjects are those of NewNATS.
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
	in := make(chan Packet, o.Window+spareMessages)
	buffers := &pool{bytes: o.ChunkBytes + len("\r\n")}
	conn, err := e.server.InProcessConn()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrLinkLost, err)
	}
	local, err := newClient(ctx, conn, e.word, o.subject(o.right(), creditSubject),
		inlet{side: Right, limit: o.ChunkBytes, pool: buffers, out: in})
	if err != nil {
		return nil, fmt.Errorf("%w: this rank's own server: %w", ErrLinkLost, err)
	}
	left, err := dialClient(ctx, leftURL, o.subject(o.left(), dataSubject),
		inlet{side: Left, limit: o.ChunkBytes, pool: buffers, out: in})
	if err != nil {
		return nil, errors.Join(
			&PeerError{Rank: o.left(), Cause: fmt.Errorf("%w: %w", ErrPeerGone, err)}, local.close())
	}
	return &mesh{
		in: in, clients: [2]*client{Left: left, Right: local}, closed: make(chan struct{}),
		prefix: [2][]byte{
			Left:  []byte("PUB " + o.subject(o.Rank, creditSubject) + " "),
			Right: []byte("PUB " + o.subject(o.Rank, dataSubject) + " "),
		},
	}, nil
}

// mesh is the transport over a rank's own server and its left neighbour's.
type mesh struct {
	in      chan Packet
	clients [2]*client // by the neighbour at the other end
	prefix  [2][]byte  // of what is published to that neighbour
	closed  chan struct{}
}

func (m *mesh) Send(ctx context.Context, to Side, message *Message) error {
	err := m.clients[to].publish(m.prefix[to], message)
	if err != nil && to == Left {
		return &LinkError{Side: Left, Err: err}
	}
	return err
}

func (m *mesh) Receive(ctx context.Context, tick <-chan time.Time) (Packet, error) {
	select {
	case p := <-m.in:
		return m.received(p)
	case <-tick:
		return Packet{}, ErrTick
	case <-ctx.Done():
		return Packet{}, context.Cause(ctx)
	case <-m.closed:
		return Packet{}, errTransportDone
	}
}

// received tells a frame from a connection's end.
func (m *mesh) received(p Packet) (Packet, error) {
	if p.Frame != nil {
		return p, nil
	}
	c := m.clients[p.From]
	<-c.done
	err := fmt.Errorf("%w: %w", ErrLinkLost, c.end)
	if p.From == Left {
		return Packet{}, &LinkError{Side: Left, Err: err}
	}
	return Packet{}, err
}

func (m *mesh) Close() error {
	select {
	case <-m.closed:
		return nil
	default:
	}
	close(m.closed)
	return errors.Join(m.clients[Left].close(), m.clients[Right].close())
}

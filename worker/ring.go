package worker

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

	"ringmaster/allreduce"
	"ringmaster/coordinator/protocol"
)

// linkTimeout bounds connecting to a neighbour and writing to it.
const linkTimeout = 10 * time.Second

// ringServer is the worker's own NATS server, which nobody but its right neighbour
// connects to. A message to the neighbour then crosses one socket only, where a
// central broker would carry every rank's vector twice.
type ringServer struct {
	server *server.Server
	local  *nats.Conn // in-process
	url    string     // with the word that admits the neighbour
}

func startRingServer(host string) (*ringServer, error) {
	word := rand.Text()
	srv, err := server.NewServer(&server.Options{
		ServerName: "ringmaster-ring", Host: host, Port: -1, NoSigs: true, NoLog: true, Authorization: word,
		WriteDeadline: linkTimeout,
	})
	if err != nil {
		return nil, fmt.Errorf("ring server: %w", err)
	}
	srv.Start()
	if !srv.ReadyForConnections(linkTimeout) {
		srv.Shutdown()
		return nil, fmt.Errorf("ring server: does not listen at %s", host)
	}
	local, err := nats.Connect("", append(allreduce.NATSOptions(linkTimeout), nats.InProcessServer(srv), nats.Token(word))...)
	if err != nil {
		srv.Shutdown()
		return nil, fmt.Errorf("ring server: %w", err)
	}
	port := srv.Addr().(*net.TCPAddr).Port
	where := url.URL{Scheme: "nats", User: url.User(word), Host: net.JoinHostPort(host, strconv.Itoa(port))}
	return &ringServer{server: srv, local: local, url: where.String()}, nil
}

func (s *ringServer) close() {
	s.local.Close()
	s.server.Shutdown()
	s.server.WaitForShutdown()
}

// ring is a rank's place among the members of a generation, with its links open.
type ring struct {
	*allreduce.Ring // nil in a world of one
	place           protocol.Ring
	left            *nats.Conn
}

// openRing links this rank to its neighbours.
func openRing(ctx context.Context, own *ringServer, run string, place protocol.Ring) (_ *ring, err error) {
	r := &ring{place: place}
	world := len(place.Workers)
	if world == 1 {
		return r, nil
	}
	leftRank := (place.Rank + world - 1) % world
	r.left, err = nats.Connect(place.RingURLs[leftRank], allreduce.NATSOptions(linkTimeout)...)
	if err != nil {
		return nil, fmt.Errorf("link to rank %d (worker %s): %w", leftRank, place.Workers[leftRank], err)
	}
	o := allreduce.Options{Rank: place.Rank, World: world, Run: run, Generation: place.Generation}
	transport, err := allreduce.NewNATS(ctx, allreduce.NATSLinks{Local: own.local, Left: r.left}, o)
	if err != nil {
		return nil, errors.Join(err, r.close())
	}
	if r.Ring, err = allreduce.Open(ctx, transport, o); err != nil {
		return nil, errors.Join(err, transport.Close(), r.close())
	}
	return r, nil
}

func (r *ring) sum(ctx context.Context, x []float32) error {
	if r.Ring == nil {
		return nil
	}
	return r.AllReduce(ctx, x)
}

func (r *ring) close() error {
	if r == nil {
		return nil
	}
	var err error
	if r.Ring != nil {
		err = r.Ring.Close()
	}
	if r.left != nil {
		r.left.Close()
	}
	return err
}

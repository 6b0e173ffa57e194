package worker

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
	"time"

	"github.com/nats-io/nats.go"
	"golang.org/x/sync/errgroup"

	"ringmaster/allreduce"
	"ringmaster/errkind"
	"ringmaster/run/credentials"
	"ringmaster/run/protocol"
	"ringmaster/run/reach"
	"ringmaster/run/status"
	"ringmaster/sleep"
)

const (
	// probeTimeout is how long another worker's ring server may take to answer.
	probeTimeout = 3 * time.Second
	// probeGrace is how long a better address is waited for once another has answered.
	probeGrace = 250 * time.Millisecond
	// joinPause is how long a worker that was not taken in waits before it asks again.
	joinPause = 50 * time.Millisecond
)

// joinRun asks to join until the worker is a member: in a mesh with a ring server of its own,
// and once it and its neighbours reach each other's; where rings go over a broker, once it and they
// reach each other there. own is the ring server of an earlier
// session, or nil; the caller closes what is returned, on error too. hello becomes the one to
// join again with.
//
// A worker that is asked to leave meanwhile ends with ErrLeft, unless it holds a state: that is
// handed over first, in a session, for which it joins. An answer that is on its way is waited for,
// since a coordinator that has taken the worker in would miss it for as long as it may be silent.
func (l *link) joinRun(ctx context.Context, hello *protocol.Hello, endpoint *allreduce.Endpoint, o Options) (*allreduce.Endpoint, error) {
	leave := o.Leave
	if hello.Held != nil {
		leave = nil
	}
	waiting, stop := untilLeft(ctx, leave)
	defer stop()
	logged := ""
	l.monitor.phase(status.WorkerJoining, "")
	hello.Findings = nil
	key, err := credentials.NewServerKey()
	if err != nil {
		return endpoint, err
	}
	if hello.ServerKey, err = key.Public(); err != nil {
		return endpoint, err
	}
	if hello.Ticket, err = l.identity.Ticket(l.access.Token); err != nil {
		return endpoint, err
	}
	for {
		if l.broker != nil {
			hello.Offer = l.broker.offer()
		}
		welcome, err := l.join(ctx, leave, *hello)
		if err != nil {
			return endpoint, err
		}
		hello.Findings = nil
		switch {
		case welcome.Session != "":
			if welcome.Spare {
				o.Log.Info("waiting as a spare for a place in the run: there are enough workers")
			}
			l.monitor.joined(l.run, o.Name, welcome.Spare)
			return endpoint, nil
		case isClosed(leave):
			return endpoint, ErrLeft
		case welcome.WantRingURL && welcome.Ring != nil && welcome.Ring.Broker != "":
			l.broker.close()
			l.broker = newBroker(welcome.Ring.Broker, l.run)
			continue
		case welcome.WantRingURL && endpoint == nil:
			if endpoint, hello.Offer, err = l.offerServer(waiting, welcome.Ring, key, welcome.Certificate, o); err != nil {
				return nil, err
			}
			hello.RingURL = hello.Offer.URLs[0]
			continue
		}
		if welcome.Waiting != logged && welcome.Waiting != "" {
			o.Log.Warn("waiting for a place in the run", "why", welcome.Waiting)
			logged = welcome.Waiting
			l.monitor.phase(status.WorkerJoining, welcome.Waiting)
		}
		hello.Findings = l.probeAll(waiting, welcome.Questions)
		if len(hello.Findings) == 0 {
			if err := sleep.For(waiting, joinPause); err != nil {
				return endpoint, err
			}
		}
		if isClosed(leave) {
			return endpoint, ErrLeft
		}
	}
}

// join asks to join the run, and remembers its name and the session's.
func (l *link) join(ctx context.Context, leave <-chan struct{}, hello protocol.Hello) (welcome protocol.Welcome, err error) {
	subject := protocol.DiscoverSubject(l.identity.ID())
	if l.run != "" {
		subject = protocol.JoinSubject(l.run, l.identity.ID())
	}
	if err := l.askUntil(ctx, leave, subject, hello, &welcome); err != nil {
		return welcome, err
	}
	if welcome.Refused != "" {
		err := fmt.Errorf("%w: %s", ErrRefused, welcome.Refused)
		if welcome.Release {
			err = errkind.Mark(err, ErrRelease)
		}
		return welcome, err
	}
	l.run, l.session = welcome.Run, welcome.Session
	return welcome, nil
}

// probeAll answers questions, all at once.
func (l *link) probeAll(ctx context.Context, questions []reach.Question) []reach.Finding {
	findings := make([]reach.Finding, len(questions))
	var group errgroup.Group
	for i, q := range questions {
		group.Go(func() error {
			findings[i] = l.probe(ctx, q)
			return nil
		})
	}
	_ = group.Wait() // nothing in it fails
	return findings
}

// probe looks for another worker's ring server at the addresses that it offers.
func (l *link) probe(ctx context.Context, q reach.Question) reach.Finding {
	if !q.Offer.Sound() {
		return reach.Finding{Server: q.Offer.Server, Best: -1}
	}
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	if q.Offer.Broker != "" {
		return l.broker.probe(ctx, q)
	}
	best, errs := allreduce.ProbeFirst(ctx, q.Offer.URLs, q.Offer.Server, l.tlsTo(q.Offer.Identity), probeGrace)
	f := reach.Finding{Server: q.Offer.Server, Best: best}
	for _, err := range errs {
		f.Outcomes = append(f.Outcomes, outcomeOf(err))
	}
	return f
}

// outcomeOf classifies the error of a try to connect.
func outcomeOf(err error) reach.Outcome {
	var network net.Error
	switch {
	case err == nil:
		return reach.Reached
	case errors.Is(err, context.Canceled):
		return reach.Unwaited
	case errors.Is(err, nats.ErrNoResponders):
		return reach.Apart
	case errors.Is(err, protocol.ErrNotAdmitted):
		return reach.Barred
	case errors.As(err, new(*net.DNSError)):
		return reach.NoName
	case errors.Is(err, allreduce.ErrOtherServer), errors.Is(err, allreduce.ErrProtocol), errors.Is(err, credentials.ErrServer), errors.As(err, new(tls.RecordHeaderError)):
		return reach.Stranger
	case errors.Is(err, nats.ErrNoServers), errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.EACCES):
		return reach.Refused
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EADDRNOTAVAIL):
		return reach.NoRoute
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, nats.ErrTimeout), errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return reach.Silent
	default:
		return reach.Otherwise
	}
}

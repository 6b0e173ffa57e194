package worker

import (
	"context"
	"errors"
	"net"
	"os"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"ringmaster/allreduce"
	"ringmaster/run/protocol"
	"ringmaster/run/reach"
	"ringmaster/sleep"
)

const (
	// reachTimeout is how long another worker's ring server may take to answer.
	reachTimeout = 3 * time.Second
	// reachGrace is how long a better address is waited for once another has answered.
	reachGrace = 250 * time.Millisecond
	// askAgain is how long a worker that is not in yet waits before it asks again.
	askAgain = 50 * time.Millisecond
)

// enter asks to join until the worker is in: in a mesh with a server of its own, and once its
// neighbours reach it. own is the server from an earlier time, or nil; it is the caller's to
// close, on error too. The Hello is then the one to join with again.
func (l *link) enter(ctx context.Context, hello *protocol.Hello, own *allreduce.Endpoint, o Options) (*allreduce.Endpoint, error) {
	ctx, stop := untilLeft(ctx, o.Leave)
	defer stop()
	said := ""
	hello.Findings = nil
	for {
		welcome, err := l.join(ctx, *hello)
		if err != nil {
			return own, err
		}
		hello.Findings = nil
		switch {
		case welcome.Session != "":
			if welcome.Spare {
				o.Log.Info("waiting as a spare for a place in the run: there are enough workers")
			}
			return own, nil
		case welcome.WantRingURL && own == nil:
			if own, hello.Offer, err = l.offerServer(ctx, welcome.Ring, o); err != nil {
				return nil, err
			}
			hello.RingURL = hello.Offer.URLs[0]
			continue
		}
		if welcome.Waiting != said && welcome.Waiting != "" {
			o.Log.Warn("waiting for a place in the run", "why", welcome.Waiting)
			said = welcome.Waiting
		}
		hello.Findings = findAll(ctx, welcome.Questions)
		if len(hello.Findings) == 0 {
			if err := sleep.For(ctx, askAgain); err != nil {
				return own, err
			}
		}
	}
}

// findAll answers questions, all at once.
func findAll(ctx context.Context, questions []reach.Question) []reach.Finding {
	findings := make([]reach.Finding, len(questions))
	var group errgroup.Group
	for i, q := range questions {
		group.Go(func() error {
			findings[i] = find(ctx, q)
			return nil
		})
	}
	_ = group.Wait() // nothing in it fails
	return findings
}

// find looks for another worker's ring server at the addresses that it offers.
func find(ctx context.Context, q reach.Question) reach.Finding {
	if !q.Offer.Sound() {
		return reach.Finding{Server: q.Offer.Server, Best: -1}
	}
	ctx, cancel := context.WithTimeout(ctx, reachTimeout)
	defer cancel()
	best, errs := allreduce.ProbeFirst(ctx, q.Offer.URLs, q.Offer.Server, reachGrace)
	f := reach.Finding{Server: q.Offer.Server, Best: best}
	for _, err := range errs {
		f.Outcomes = append(f.Outcomes, outcomeOf(err))
	}
	return f
}

// outcomeOf is what a try's error means.
func outcomeOf(err error) reach.Outcome {
	var network net.Error
	switch {
	case err == nil:
		return reach.Reached
	case errors.Is(err, context.Canceled):
		return reach.Unwaited
	case errors.Is(err, allreduce.ErrOtherServer), errors.Is(err, allreduce.ErrProtocol):
		return reach.Stranger
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.EACCES):
		return reach.Refused
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EADDRNOTAVAIL):
		return reach.NoRoute
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return reach.Silent
	default:
		return reach.Otherwise
	}
}

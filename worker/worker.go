package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/nats-io/nats.go"
	"golang.org/x/sync/errgroup"

	"ringmaster/allreduce"
	"ringmaster/coordinator/protocol"
)

// Options say which run a worker joins and what it brings.
type Options struct {
	NATS  string
	Token string // what the server asks for, where NATS does not hold it
	Run   string // empty: whichever run is at the server
	Name  string // empty: made from host and process
	// Device overrides what the run file says; empty leaves it.
	Device  string
	Threads int // of libtorch; 0 leaves its default
	// CacheDir keeps model folders fetched from a coordinator on another machine.
	CacheDir string
	// Patience is how long the coordinator may be unheard; 0 is DefaultPatience.
	Patience time.Duration
	Log      *slog.Logger
}

// DefaultPatience is Options.Patience when it is not set.
const DefaultPatience = 60 * time.Second

// errOver ends the worker's goroutines when the run has ended well.
var errOver = errors.New("the run is over")

// Run joins a run and works until it ends (nil), fails, or ctx ends.
func Run(ctx context.Context, o Options) (err error) {
	host, err := os.Hostname()
	if err != nil {
		return err
	}
	if o.Name == "" {
		o.Name = fmt.Sprintf("%s-%d", host, os.Getpid())
	}
	if o.Patience == 0 {
		o.Patience = DefaultPatience
	}
	nc, err := protocol.Dial(o.NATS, o.Token, nats.Name("ringmaster worker "+o.Name), nats.MaxReconnects(-1), nats.ReconnectWait(retryPause))
	if errors.Is(err, protocol.ErrNotAdmitted) {
		return err
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoCoordinator, err)
	}
	defer nc.Close()
	l := &link{nc: nc, run: o.Run, worker: o.Name, patience: o.Patience}
	own, err := l.enter(ctx, protocol.Hello{Version: protocol.Version, Worker: o.Name, Host: host, PID: os.Getpid()})
	if own != nil {
		defer own.Close()
	}
	if err != nil {
		return err
	}
	o.Log.Info("joined", "run", l.run, "worker", o.Name)
	scratch, err := os.MkdirTemp("", "ringmaster-worker-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	e, err := newExecutor(l, own, o, filepath.Join(scratch, "saved"))
	if err != nil {
		return err
	}
	return e.work(ctx)
}

// enter joins the run, in a mesh with a server of its own, which is the caller's to
// close, on error too; else it is nil.
func (l *link) enter(ctx context.Context, hello protocol.Hello) (*allreduce.Endpoint, error) {
	welcome, err := l.join(ctx, hello)
	if err != nil || !welcome.WantRingURL {
		return nil, err
	}
	own, err := allreduce.NewEndpoint(addressOn(l.nc))
	if err != nil {
		return nil, err
	}
	hello.RingURL = own.URL()
	_, err = l.join(ctx, hello)
	return own, err
}

// addressOn is this machine's address on the connection: where neighbours reach it.
func addressOn(nc *nats.Conn) string {
	if ip, err := nc.GetClientIP(); err == nil {
		return ip.String()
	}
	return "127.0.0.1"
}

// work runs the worker's goroutines until the run ends.
func (e *executor) work(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	orders := make(chan protocol.Order, 1024)
	group.Go(func() error { return e.link.poll(ctx, orders) })
	group.Go(func() error { return e.sendReports(ctx) })
	group.Go(func() error {
		for {
			select {
			case o := <-orders:
				if err := e.execute(ctx, o); err != nil {
					return e.lament(ctx, err)
				}
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
	})
	err := group.Wait()
	err = errors.Join(err, e.close())
	if errors.Is(err, errOver) {
		return nil
	}
	return err
}

// sendReports passes reports to the coordinator in their order.
func (e *executor) sendReports(ctx context.Context) error {
	for {
		select {
		case r := <-e.reports:
			if err := e.link.report(ctx, r); err != nil {
				return err
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// lament tells the coordinator why this worker stops, and returns that reason.
func (e *executor) lament(ctx context.Context, reason error) error {
	if errors.Is(reason, errOver) || errors.Is(reason, ErrRunFailed) || ctx.Err() != nil {
		return reason
	}
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	failed := protocol.Failed{Reason: reason.Error()}
	var peer *allreduce.PeerError
	if errors.As(reason, &peer) {
		failed.Rank = &peer.Rank
	}
	return errors.Join(reason, e.link.report(ctx, protocol.Report{Failed: &failed}))
}

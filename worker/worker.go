package worker

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"ringmaster/config"
	"ringmaster/refusals"
	"ringmaster/run/protocol"
)

// Options say which run a worker joins and what it brings.
type Options struct {
	NATS  string
	Token string // NATS auth token, where the URL in NATS has none
	Run   string // empty: the run that is at the server
	Name  string // empty: made of host and process id
	// Device overrides the run file's; empty does not.
	Device  string
	Threads int // of libtorch; 0 leaves its default
	// RingAddress and RingPort override the run file's (config.Cluster).
	RingAddress, RingPort string
	// CacheDir keeps model folders that were fetched from a coordinator on another machine.
	CacheDir string
	// Patience is how long the coordinator may stay silent; 0 is DefaultPatience.
	Patience time.Duration
	// Leave, once closed, makes the worker hand over and leave: it tells the coordinator, and
	// carries out orders until the coordinator releases it. nil never does.
	Leave <-chan struct{}
	Log   *slog.Logger
	// Refused counts what is refused from the network; nil does not.
	Refused *refusals.Counter
	// Monitor shows the worker over HTTP; nil does not.
	Monitor *Monitor

	tryOnHost bool // for tests: batches are tried as on a GPU
}

// check finds invalid options before anything is waited for.
func (o Options) check() error {
	_, _, port := config.ParsePorts(o.RingPort)
	switch {
	case o.Threads < 0:
		return fmt.Errorf("--threads: %w: %d is below 0 (0 takes all)", config.ErrValue, o.Threads)
	case o.Patience < 0:
		return fmt.Errorf("--patience: %w: %s is below 0", config.ErrValue, o.Patience)
	}
	var errs []error
	for _, c := range []struct {
		flag string
		err  error
	}{
		{"nats", config.CheckURLs(o.NATS)}, {"run", protocol.CheckRun(o.Run)}, {"name", protocol.CheckName(o.Name)}, {"device", config.CheckDevice(o.Device)},
		{"ring-address", config.CheckRingAddress(o.RingAddress)}, {"ring-port", port},
	} {
		if c.err != nil {
			errs = append(errs, fmt.Errorf("--%s: %w", c.flag, c.err))
		}
	}
	return errors.Join(errs...)
}

// DefaultPatience is Options.Patience when it is not set: long enough for a person to restart
// coordinator or NATS server.
const DefaultPatience = protocol.DialPatience

// Run joins a run and works until the run ends (nil), the worker has left as asked (ErrLeft), it
// fails, or ctx ends.
func Run(ctx context.Context, o Options) (err error) {
	host, err := os.Hostname()
	if err != nil {
		return err
	}
	if o.Name == "" {
		o.Name = protocol.DefaultName(host, os.Getpid())
	}
	if o.Patience == 0 {
		o.Patience = DefaultPatience
	}
	if err := o.check(); err != nil {
		return err
	}
	folder, err := openScratch()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, folder.close()) }()
	l, err := dialLink(ctx, o)
	if err != nil {
		return err
	}
	defer l.close()
	hello := protocol.Hello{Version: protocol.Version, Run: o.Run, Worker: o.Name, Host: host, PID: os.Getpid(), Threads: o.Threads, Life: rand.Text()}
	endpoint, err := l.joinRun(ctx, &hello, nil, o)
	if endpoint != nil {
		defer endpoint.Close()
	}
	if err != nil {
		return err
	}
	o.Log.Info("joined", "run", l.run, "worker", o.Name)
	o.Monitor.logURL(o.Log)
	e, err := newExecutor(l, endpoint, o, folder.dir)
	if err != nil {
		return err
	}
	return e.work(ctx, hello)
}

// untilLeft derives a context that ends with ErrLeft when leave is closed.
func untilLeft(ctx context.Context, leave <-chan struct{}) (_ context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	over := make(chan struct{})
	go func() {
		defer close(over)
		select {
		case <-leave:
			cancel(ErrLeft)
		case <-ctx.Done():
		}
	}()
	return ctx, func() {
		cancel(nil)
		<-over
	}
}

// isClosed says whether a channel that nothing is sent on is closed; nil never is.
func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

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
	"ringmaster/run/protocol"
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
	// RingAddress and RingPort go before what the run file says of them (config.Cluster).
	RingAddress, RingPort string
	// CacheDir keeps model folders fetched from a coordinator on another machine.
	CacheDir string
	// Patience is how long the coordinator may be unheard; 0 is DefaultPatience.
	Patience time.Duration
	// Leave, once closed, has the worker hand over and go: it says so, and does what it is
	// dealt until the coordinator lets it go. nil never does.
	Leave <-chan struct{}
	Log   *slog.Logger
}

// check says what cannot be meant, before anything is waited for.
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

// DefaultPatience is Options.Patience when it is not set: long enough for a coordinator, or
// the NATS server, to be started anew by hand.
const DefaultPatience = protocol.DialPatience

// Run joins a run and works until it ends (nil), the worker is let go (nil), it fails, or
// ctx ends.
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
	if errors.Is(err, errLeft) {
		return nil
	}
	if err != nil {
		return err
	}
	defer l.close()
	hello := protocol.Hello{Version: protocol.Version, Run: o.Run, Worker: o.Name, Host: host, PID: os.Getpid(), Life: rand.Text()}
	own, err := l.joinRun(ctx, &hello, nil, o)
	if own != nil {
		defer own.Close()
	}
	if errors.Is(err, errLeft) {
		return nil
	}
	if err != nil {
		return err
	}
	o.Log.Info("joined", "run", l.run, "worker", o.Name)
	e, err := newExecutor(l, own, o, folder.dir)
	if err != nil {
		return err
	}
	return e.work(ctx, hello)
}

// untilLeft is a context that ends, because of errLeft, when leave is closed.
func untilLeft(ctx context.Context, leave <-chan struct{}) (_ context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	over := make(chan struct{})
	go func() {
		defer close(over)
		select {
		case <-leave:
			cancel(errLeft)
		case <-ctx.Done():
		}
	}()
	return ctx, func() {
		cancel(nil)
		<-over
	}
}

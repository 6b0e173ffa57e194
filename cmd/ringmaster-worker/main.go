package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"ringmaster/affinity"
	"ringmaster/cachedir"
	"ringmaster/cmd/grace"
	"ringmaster/cmd/secretargs"
	"ringmaster/cmd/usage"
	"ringmaster/cmd/version"
	"ringmaster/config"
	"ringmaster/errkind"
	"ringmaster/model/weights"
	"ringmaster/run/credentials"
	"ringmaster/run/monitor"
	"ringmaster/run/protocol"
	"ringmaster/shown"
	"ringmaster/worker"
)

// leaveTime is the time for the worker to end by itself after its standard input was closed;
// libtorch cannot be interrupted within an operator.
const leaveTime = 3 * time.Second

// errUsage marks a command line that cannot be meant.
var errUsage = usage.Err

// errSupervised marks how a worker under --supervised ended.
var errSupervised = errors.New("supervised")

var errLifeline = errors.New("the process that started this worker has ended")

func main() {
	secretargs.Hide()
	root := &cobra.Command{
		Use:           "ringmaster-worker",
		Short:         "Worker process of Ringmaster; usually started by ringmaster",
		Version:       version.String(),
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(joinCommand(), predictCommand(), peakCommand())
	usage.Tell(root)
	if err := affinity.LimitGo(); err != nil {
		fmt.Fprintln(os.Stderr, "ringmaster-worker: cannot determine the number of allowed cores:", err)
	}
	if err := root.ExecuteContext(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "ringmaster-worker:", shown.Message(err.Error()))
		os.Exit(exitCode(err))
	}
}

// exitCode is 2 where the person's input is at fault. A supervisor is told more: whether to start
// another worker in this one's place.
func exitCode(err error) int {
	if errors.Is(err, errSupervised) {
		switch {
		case errors.Is(err, worker.ErrLeft):
			return usage.Stopped
		case errors.Is(err, worker.ErrRunFailed), errors.Is(err, worker.ErrNoCoordinator): // gone, and for good
			return usage.RunFailed
		}
	}
	for _, wrong := range []error{errUsage, config.ErrValue, protocol.ErrNotAdmitted, protocol.ErrNoToken, credentials.ErrFile, credentials.ErrToken, protocol.ErrName, worker.ErrNoRun, worker.ErrRelease, worker.ErrRingAddress,
		errTexts, worker.ErrNoTask, worker.ErrNotFinite, weights.ErrNotFolder, weights.ErrNoHeads, weights.ErrTensors, weights.ErrConfig,
		weights.ErrUnsupported, weights.ErrNoWeights, weights.ErrCorrupt, weights.ErrNotFinite} {
		if errors.Is(err, wrong) {
			return usage.Wrong
		}
	}
	return usage.Failed
}

func joinCommand() *cobra.Command {
	var o worker.Options
	var lifeline, supervised bool
	var http string
	var within time.Duration
	var tokenFile string
	c := &cobra.Command{
		Use:   "join",
		Short: "Join a run and work until it ends",
		Long: `Join a run and work until it ends.

Press Ctrl-C once (or send SIGTERM) to leave the run in an orderly way, after a step or two,
and a second time to abort. If the coordinator or the NATS server is not reachable, the worker
waits for it for the time of --patience.`,
		Example: "  ringmaster-worker join --nats tls://coordinator:4222 --token-file token --device cuda:0",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) (err error) {
			if o.NATS == "" {
				o.NATS = os.Getenv(protocol.NATSEnv)
			}
			if o.NATS == "" {
				return fmt.Errorf("%w: join needs --nats URL, or %s in the environment", errUsage, protocol.NATSEnv)
			}
			if o.Token, err = protocol.TokenGiven(tokenFile); err != nil {
				return err
			}
			if o.Threads, err = affinity.Threads(o.Threads); err != nil {
				return err
			}
			o.Log = slog.New(slog.NewTextHandler(os.Stderr, nil))
			cache, err := cachedir.Dir()
			if err != nil {
				return err
			}
			o.CacheDir = filepath.Join(cache, "folders")
			closeMonitor, err := serveMonitor(http, &o)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, closeMonitor()) }()
			ctx, leave, stop := onSignals(c.Context(), within)
			defer stop()
			defer endInTime(ctx)()
			o.Leave = leave
			if lifeline {
				held, cut := context.WithCancelCause(ctx)
				go func() {
					_, _ = io.Copy(io.Discard, os.Stdin) // ends when the other side is gone
					cut(errLifeline)
					time.AfterFunc(leaveTime, func() { os.Exit(1) })
				}()
				ctx = held
			}
			err = worker.Run(ctx, o)
			switch {
			case errors.Is(context.Cause(ctx), errLifeline):
				return nil // nobody is left to tell
			case supervised && err != nil:
				return errkind.Mark(err, errSupervised)
			case errors.Is(err, worker.ErrLeft):
				return nil
			}
			return err
		},
	}
	f := c.Flags()
	f.StringVar(&o.NATS, "nats", "", "URL of the run's NATS server; default: the environment variable "+protocol.NATSEnv)
	f.StringVar(&tokenFile, "token-file", "", "file with the run's token; default: "+protocol.TokenFileEnv+", then the token in "+protocol.TokenEnv)
	f.StringVar(&o.Run, "run", "", "name of the run; default: the only run on the server")
	f.StringVar(&o.Name, "name", "", "name of this worker; default: host name and process id")
	f.StringVar(&o.Device, "device", "", "auto, cpu, cuda[:N] or several, for example cuda:0,cuda:1; overrides the run file")
	f.IntVar(&o.Threads, "threads", 0, "number of CPU threads of libtorch; 0: all cores, or the container's CPU quota")
	f.StringVar(&o.RingAddress, "ring-address", "", "address at which the other workers reach this one: an IP address, a network such as 10.0.0.0/8, a network interface or a host name; default: all addresses are tried")
	f.StringVar(&o.RingPort, "ring-port", "", "port at which the other workers reach this one, or a range such as 29500-29520; default: as in the run file, or a free port")
	f.DurationVar(&o.Patience, "patience", worker.DefaultPatience, "how long to wait for a coordinator or NATS server that is not reachable")
	f.BoolVar(&supervised, "supervised", false, "for a supervisor such as Kubernetes: the exit code is 0 only when the run has ended well, 130 when this worker left as asked, and 3 when the run has failed, or its coordinator is gone for the time of --patience")
	f.StringVar(&http, "http", config.HTTPDefault, "address of the HTTP endpoint with health, metrics and status, host:port, or off; beyond loopback metrics and status require the run's token, or that of "+monitor.TokenEnv)
	f.DurationVar(&within, "grace", grace.Default(), grace.Meaning)
	f.BoolVar(&lifeline, "lifeline", false, "end when standard input is closed")
	return c
}

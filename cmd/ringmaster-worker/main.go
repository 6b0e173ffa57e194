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
	"ringmaster/cmd/usage"
	"ringmaster/cmd/version"
	"ringmaster/config"
	"ringmaster/model/weights"
	"ringmaster/run/protocol"
	"ringmaster/shown"
	"ringmaster/worker"
)

// leaveTime is how long the worker has to end by itself once its lifeline is cut;
// libtorch cannot be interrupted in the middle of an operator.
const leaveTime = 3 * time.Second

// errUsage marks a command line that cannot be meant.
var errUsage = usage.Err

var errLifeline = errors.New("the program that started this worker is gone")

func main() {
	root := &cobra.Command{
		Use:           "ringmaster-worker",
		Short:         "The part of Ringmaster that computes; usually started by ringmaster",
		Version:       version.String(),
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(joinCommand(), predictCommand())
	usage.Tell(root)
	if err := affinity.LimitGo(); err != nil {
		fmt.Fprintln(os.Stderr, "ringmaster-worker: how many cores this is allowed:", err)
	}
	if err := root.ExecuteContext(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "ringmaster-worker:", shown.Message(err.Error()))
		os.Exit(exitCode(err))
	}
}

// exitCode is 2 where the person's input is at fault.
func exitCode(err error) int {
	for _, wrong := range []error{errUsage, config.ErrValue, protocol.ErrNotAdmitted, protocol.ErrName, worker.ErrNoRun, worker.ErrRingAddress,
		errTexts, worker.ErrNoTask, worker.ErrNotFinite, weights.ErrNotFolder, weights.ErrNoHeads, weights.ErrTensors, weights.ErrConfig,
		weights.ErrUnsupported, weights.ErrNoWeights, weights.ErrCorrupt, weights.ErrNotFinite} {
		if errors.Is(err, wrong) {
			return usage.Wrong
		}
	}
	return usage.Failed
}

func joinCommand() *cobra.Command {
	o := worker.Options{Token: protocol.TokenFromEnv()}
	var lifeline bool
	c := &cobra.Command{
		Use:   "join",
		Short: "Join a run and work until it ends",
		Long: `Join a run and work until it ends.

SIGTERM, or Ctrl-C, has the worker hand over and go, which takes a step or two; a second one
ends it at once. A coordinator or a NATS server that is away is waited for.`,
		Example: "  ringmaster-worker join --nats nats://coordinator:4222 --device cuda:0",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if o.NATS == "" {
				o.NATS = os.Getenv(protocol.NATSEnv)
			}
			if o.NATS == "" {
				return fmt.Errorf("%w: join needs --nats URL, or %s in the environment", errUsage, protocol.NATSEnv)
			}
			var err error
			if o.Threads, err = affinity.Threads(o.Threads); err != nil {
				return err
			}
			o.Log = slog.New(slog.NewTextHandler(os.Stderr, nil))
			cache, err := os.UserCacheDir()
			if err != nil {
				return err
			}
			o.CacheDir = filepath.Join(cache, "ringmaster", "folders")
			ctx, leave, stop := onSignals(c.Context())
			defer stop()
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
			if errors.Is(context.Cause(ctx), errLifeline) {
				return nil // nobody is left to tell
			}
			return err
		},
	}
	f := c.Flags()
	f.StringVar(&o.NATS, "nats", "", "URL of the run's NATS server; empty takes "+protocol.NATSEnv)
	f.StringVar(&o.Run, "run", "", "name of the run; empty joins whichever is there")
	f.StringVar(&o.Name, "name", "", "this worker's name; empty makes one of host and process")
	f.StringVar(&o.Device, "device", "", "auto, cpu, cuda[:N] or several like cuda:0,cuda:1 in place of what the run file says")
	f.IntVar(&o.Threads, "threads", 0, "CPU threads of libtorch; 0 takes all, or what a container's quota allows")
	f.StringVar(&o.RingAddress, "ring-address", "", "where the other workers reach this one: an IP address, a network like 10.0.0.0/8, a network interface or a host name; empty tries all addresses")
	f.StringVar(&o.RingPort, "ring-port", "", "port that they reach it at, or a range like 29500-29520; empty takes what the run file says, or a free one")
	f.DurationVar(&o.Patience, "patience", worker.DefaultPatience, "how long to wait for a coordinator, or a NATS server, that is away")
	f.BoolVar(&lifeline, "lifeline", false, "leave when standard input closes")
	return c
}

//go:build linux

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"ringmaster/chaos"
	"ringmaster/chaos/faults"
)

// The exit codes.
const (
	exitFailed   = 1
	exitWrongUse = 2
	exitStopped  = 130
)

// errVerdict: a check of a trial failed.
var errVerdict = errors.New("verification failed")

// serverCommand is the hidden command that a trial starts as its control server.
const serverCommand = "serve-nats"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := root().ExecuteContext(ctx)
	var ended *exec.ExitError
	switch {
	case err == nil:
		return
	case errors.As(err, &ended): // it has said why
		os.Exit(max(ended.ExitCode(), exitFailed))
	case ctx.Err() != nil:
		fmt.Fprintln(os.Stderr, "ringmaster-chaos: stopped")
		os.Exit(exitStopped)
	}
	fmt.Fprintln(os.Stderr, "ringmaster-chaos:", err)
	if errors.Is(err, chaos.ErrOptions) || errors.Is(err, faults.ErrOptions) {
		os.Exit(exitWrongUse)
	}
	os.Exit(exitFailed)
}

// settings are the flags.
type settings struct {
	chaos.Options
	seeds  []uint
	kinds  []string
	keep   bool
	asJSON bool
}

func root() *cobra.Command {
	s := settings{Options: chaos.Options{Progress: os.Stderr}}
	c := &cobra.Command{
		Use:   "ringmaster-chaos",
		Short: "Inject faults into a run, and verify that nothing is lost",
		Long: `Trains a tiny model with real processes (a coordinator, a NATS server and three workers), and
injects faults by a seeded schedule: kill -9, SIGSTOP, SIGTERM, new workers, crashes of the
coordinator or the server, network links that break, hang or are slow, full disks, lost log files,
orders larger than the server's maximum payload, workers that die while joining, and a stop while
workers die. Afterwards it verifies that the audit finds no problem, that the losses and the model
match those of an undisturbed run, and that no process, port or file is left behind. It reports how
long each recovery took.

Exit code: 0 if everything is verified, 1 if a check failed, 2 if the command line is invalid.`,
		Example: `  ringmaster-chaos --seed 7 --faults 200
  ringmaster-chaos --seed 1,2,3 --faults 50 --kinds kill-worker,leave,join --json`,
		Args:          cobra.NoArgs,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE:          func(c *cobra.Command, _ []string) error { return s.enter(c.Context()) },
	}
	var all []string
	for _, k := range faults.All() {
		all = append(all, string(k))
	}
	f := c.Flags()
	f.UintSliceVar(&s.seeds, "seed", []uint{1}, "seed of the fault schedule, or several separated by commas, for one trial each")
	f.IntVar(&s.Faults, "faults", 200, "number of faults to inject")
	f.StringSliceVar(&s.kinds, "kinds", all, "kinds of faults; as many workers join as leave")
	f.IntVar(&s.Spacing, "spacing", 30, "number of training steps per fault")
	f.StringVar(&s.Dir, "dir", "", "working folder, which also keeps the undisturbed runs for the next call; default: a temporary folder")
	f.BoolVar(&s.keep, "keep", false, "always keep the temporary folder; without this flag it is kept only if a check fails")
	f.DurationVar(&s.Patience, "patience", time.Minute, "time without progress after which the run counts as hanging")
	f.DurationVar(&s.Median, "median", time.Second, "upper bound of the median recovery time; 0: no bound")
	f.DurationVar(&s.Worst, "worst", 3*time.Second, "upper bound of every recovery time; 0: no bound")
	f.StringVar(&s.Programs.Ringmaster, "ringmaster", "", "path of the ringmaster program to test, with ringmaster-worker in the same folder; default: the one in this program's folder")
	f.BoolVar(&s.asJSON, "json", false, "print the reports as a JSON list to standard output")
	c.AddCommand(&cobra.Command{
		Use: serverCommand, Hidden: true, Args: cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			port, err := strconv.Atoi(args[0])
			if err != nil {
				return err
			}
			payload, err := strconv.Atoi(args[1])
			if err != nil {
				return err
			}
			return chaos.ServeNATS(c.Context(), port, payload)
		},
	})
	return c
}

// enter enters a mount namespace for the small disk, if needed and possible, and tries the
// seeds there.
func (s *settings) enter(ctx context.Context) error {
	for _, k := range s.kinds {
		s.Kinds = append(s.Kinds, faults.Kind(k))
	}
	wanted := false
	for _, k := range s.Kinds {
		wanted = wanted || k == faults.FillDisk || k == faults.FillTemp
	}
	if wanted && !chaos.Inside() {
		runtime.LockOSThread() // the child lives as long as this thread
		inside, err := chaos.Enter()
		if err == nil {
			stop := context.AfterFunc(ctx, func() { _ = inside.Process.Signal(syscall.SIGTERM) })
			defer stop()
			return inside.Wait()
		}
		for _, kind := range []faults.Kind{faults.FillDisk, faults.FillTemp} {
			fmt.Fprintf(os.Stderr, "=== SKIP: %s: this system does not allow mount namespaces (%v); run as root, or allow user namespaces\n", kind, err)
			s.leaveOut(kind)
		}
		wanted = false
	}
	s.Disk = wanted
	return s.try(ctx)
}

func (s *settings) leaveOut(kind faults.Kind) {
	var rest []faults.Kind
	for _, k := range s.Kinds {
		if k != kind {
			rest = append(rest, k)
		}
	}
	s.Kinds = rest
}

// try tries the seeds one after another, in one folder, and goes on after one that fails.
func (s *settings) try(ctx context.Context) (err error) {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	s.Programs.Self = []string{self, serverCommand}
	if s.Programs.Ringmaster == "" {
		s.Programs.Ringmaster = filepath.Join(filepath.Dir(self), "ringmaster")
	}
	s.Programs.Worker = s.Programs.Ringmaster + "-worker"
	for _, program := range []string{s.Programs.Ringmaster, s.Programs.Worker} {
		if _, err := os.Stat(program); err != nil {
			return fmt.Errorf("%w: a program to test is missing: %w; build it with `make build`, or name it with --ringmaster", chaos.ErrOptions, err)
		}
	}
	temporary := s.Dir == ""
	if temporary {
		if s.Dir, err = os.MkdirTemp("", "ringmaster-chaos-*"); err != nil {
			return err
		}
	}
	reports := []chaos.Report{}
	var errs []error
	for _, seed := range s.seeds {
		s.Seed = uint64(seed)
		report, err := chaos.Run(ctx, s.Options)
		reports = append(reports, report)
		if err == nil && !report.OK {
			err = errVerdict
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("seed %d: %w", seed, err))
		}
		s.tell(report)
		if ctx.Err() != nil || errors.Is(err, faults.ErrOptions) || errors.Is(err, chaos.ErrOptions) {
			break
		}
	}
	if s.asJSON {
		errs = append(errs, json.NewEncoder(os.Stdout).Encode(reports))
	}
	err = errors.Join(errs...)
	switch {
	case temporary && !s.keep && (err == nil || ctx.Err() != nil):
		return errors.Join(err, os.RemoveAll(s.Dir))
	case temporary || err != nil:
		fmt.Fprintln(os.Stderr, "logs and run directories are in", s.Dir)
	}
	return err
}

// tell prints a report as text: with --json on standard error.
func (s *settings) tell(r chaos.Report) {
	out := io.Writer(os.Stdout)
	if s.asJSON {
		out = os.Stderr
	}
	_, _ = io.WriteString(out, r.Text()) // a screen that is gone hinders nothing
}

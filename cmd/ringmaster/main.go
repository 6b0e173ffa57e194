package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/spf13/cobra"

	"ringmaster/affinity"
	"ringmaster/allreduce/ringbench"
	"ringmaster/config"
	"ringmaster/coordinator"
	"ringmaster/coordinator/export"
	"ringmaster/coordinator/protocol"
	"ringmaster/coordinator/rundir"
	"ringmaster/model/hub"
	"ringmaster/model/weights"
	"ringmaster/reproduce"
	"ringmaster/reproduce/experiments"
	"ringmaster/reproduce/report"
	"ringmaster/shown"
)

// version is set when the program is built.
var version = "development"

// The exit codes.
const (
	exitFailed   = 1   // it was right to ask, but it did not work
	exitWrongUse = 2   // the command line, the run file, the data or a model folder is at fault
	exitStopped  = 130 // ended by Ctrl-C, as shells count it, or another signal
)

// errUsage marks a command line that cannot be meant.
var errUsage = errors.New("wrong use")

// badInput is an error whose sentence says what is wrong with a file; it is errUsage too.
type badInput struct{ problem error }

func (e *badInput) Error() string   { return e.problem.Error() }
func (e *badInput) Unwrap() []error { return []error{errUsage, e.problem} }

func main() {
	if err := affinity.LimitGo(); err != nil {
		fmt.Fprintln(os.Stderr, "ringmaster: how many cores this is allowed:", err)
	}
	err := untilAsked(rootCommand().ExecuteContext, os.Stderr)
	if err == nil {
		return
	}
	if errors.Is(err, errAbrupt) {
		os.Exit(exitStopped)
	}
	var ended *exec.ExitError
	if errors.As(err, &ended) { // the worker program has said why
		os.Exit(max(ended.ExitCode(), exitFailed))
	}
	fmt.Fprintln(os.Stderr, "ringmaster:", shown.Text(err.Error()))
	os.Exit(exitCode(err))
}

func exitCode(err error) int {
	if errors.Is(err, coordinator.ErrStopped) || errors.Is(err, ringbench.ErrStopped) {
		return exitStopped
	}
	for _, wrong := range []error{errUsage, config.ErrInvalid, coordinator.ErrRefusedInput, protocol.ErrNotAdmitted, protocol.ErrPayload, hub.ErrNoModel,
		hub.ErrNotFetched, rundir.ErrHoldsRun, rundir.ErrNotEmpty, rundir.ErrInUse, rundir.ErrNoRun, rundir.ErrOtherRun, export.ErrNoModel, export.ErrNoTask, export.ErrBase, weights.ErrExists, coordinator.ErrTaken, ringbench.ErrOptions,
		experiments.ErrUnknown, experiments.ErrNotMade, experiments.ErrPublished, reproduce.ErrOptions, reproduce.ErrNothing, reproduce.ErrNoRecord, report.ErrNothingThere} {
		if errors.Is(err, wrong) {
			return exitWrongUse
		}
	}
	return exitFailed
}

func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "ringmaster",
		Short: "Distributed training of small language models, taught by teachers",
		Long: `Ringmaster trains one student for several text classification tasks on several
workers at once, taught by a teacher per task whose share fades as training goes on.`,
		Version:       version,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return fmt.Errorf("%w: %w; see `%s --help`", errUsage, err, c.CommandPath())
	})
	root.AddCommand(trainCommand(), pretrainCommand(), coordinatorCommand(), workerCommand(), predictCommand(),
		dataCommand(), modelCommand(), configCommand(), auditCommand(), compareCommand(), reproduceCommand(), reportCommand(), benchCommand())
	root.Args = cobra.ArbitraryArgs // or cobra refuses an unknown command before we can
	tellWrongArguments(root)
	return root
}

// tellWrongArguments makes wrong arguments, and a subcommand that is not there, wrong use.
func tellWrongArguments(c *cobra.Command) {
	c.SuggestionsMinimumDistance = 2
	if check := c.Args; check != nil {
		c.Args = func(c *cobra.Command, args []string) error {
			if err := check(c, args); err != nil {
				return fmt.Errorf("%w: %w; see `%s --help`", errUsage, err, c.CommandPath())
			}
			return nil
		}
	}
	if c.HasSubCommands() && c.RunE == nil {
		c.RunE = func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return c.Help()
			}
			hint := "it has " + names(c)
			if near := c.SuggestionsFor(args[0]); len(near) > 0 {
				hint = "did you mean " + strings.Join(near, " or ") + "?"
			}
			return fmt.Errorf("%w: %s has no command %q: %s", errUsage, c.CommandPath(), args[0], hint)
		}
	}
	for _, sub := range c.Commands() {
		tellWrongArguments(sub)
	}
}

func names(c *cobra.Command) string {
	var all []string
	for _, sub := range c.Commands() {
		all = append(all, sub.Name())
	}
	return strings.Join(all, ", ")
}

package usage

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"ringmaster/shown"
)

// Exit codes of both programs.
const (
	Failed = 1 // the command was valid but failed
	Wrong  = 2 // the command line, the run file, the data or a model folder is at fault
	// Stopped: ended by Ctrl-C, as shells count it, or another signal.
	Stopped = 130
	// RunFailed is a worker's under --supervised, where the run has failed and not the worker.
	RunFailed = 3
)

// Err marks an invalid command line.
var Err = errors.New("invalid usage")

// Tell makes a program's commands report wrong flags, arguments and unknown subcommands as Err,
// each with a hint to --help.
func Tell(root *cobra.Command) {
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return fmt.Errorf("%w: %s; see `%s --help`", Err, flagProblem(err), c.CommandPath())
	})
	root.Args = cobra.ArbitraryArgs // or cobra refuses an unknown command before we can
	tellArguments(root)
}

// flagProblem describes what is wrong with a flag, without a decoder's internal error text.
func flagProblem(err error) string {
	var invalid *pflag.InvalidValueError
	if !errors.As(err, &invalid) {
		return err.Error()
	}
	takes, known := map[string]string{
		"int": "a whole number", "uint64": "a non-negative whole number", "float64": "a number", "bool": "true or false", "duration": "a duration such as 90s or 10m",
	}[invalid.GetFlag().Value.Type()]
	if !known {
		return shown.Problem(err)
	}
	return fmt.Sprintf("--%s takes %s, and %s is not valid", invalid.GetFlag().Name, takes, shown.Quote(invalid.GetValue()))
}

// tellArguments reports wrong arguments and unknown subcommands as Err.
func tellArguments(c *cobra.Command) {
	c.SuggestionsMinimumDistance = 2
	if check := c.Args; check != nil {
		c.Args = func(c *cobra.Command, args []string) error {
			if err := check(c, args); err != nil {
				return fmt.Errorf("%w: %w; see `%s --help`", Err, err, c.CommandPath())
			}
			return nil
		}
	}
	if c.HasSubCommands() && c.RunE == nil {
		c.RunE = func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return c.Help()
			}
			hint := "its commands are " + names(c)
			if near := c.SuggestionsFor(args[0]); len(near) > 0 {
				hint = "did you mean " + strings.Join(near, " or ") + "?"
			}
			return fmt.Errorf("%w: %s has no command %s: %s", Err, c.CommandPath(), shown.Quote(args[0]), hint)
		}
	}
	for _, sub := range c.Commands() {
		tellArguments(sub)
	}
}

func names(c *cobra.Command) string {
	var all []string
	for _, sub := range c.Commands() {
		all = append(all, sub.Name())
	}
	return strings.Join(all, ", ")
}

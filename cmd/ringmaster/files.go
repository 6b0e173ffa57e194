package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"ringmaster/run/directory"
	"ringmaster/run/inputs"
	"ringmaster/run/transfer"
	"ringmaster/sleep"
)

func filesCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "files",
		Short: "Send a run's files to another machine, and fetch its results",
		Long: `Sends what a run file names to the machine where the run is coordinated, and fetches results
from there. It runs this program at the other end, through a command that you give after --,
such as kubectl exec -i, ssh, or docker exec -i. That command is the only access that is
needed. Each file is verified by its SHA-256. A transfer that was cut goes on where it was.`,
	}
	c.AddCommand(filesPushCommand(), filesPullCommand(), filesReceiveCommand(), filesServeCommand(), filesConfigCommand(), filesHoldCommand())
	return c
}

func filesPushCommand() *cobra.Command {
	var set []string
	c := &cobra.Command{
		Use:   "push FILE.yaml -- COMMAND…",
		Short: "Send what a run file names to another machine",
		Long: `Sends the corpora, label names, word vectors, model and teachers that a run file names; the run file
with their names there is what ` + "`ringmaster files config`" + ` prints. COMMAND must run ` + "`ringmaster files receive DIR`" + `
there. What is there already is not sent again. s3:// addresses are left to the coordinator.`,
		Example: `  ringmaster files push run.yaml -- kubectl exec -i POD -- ringmaster files receive /var/lib/ringmaster/inputs
  ringmaster files push run.yaml -- ssh HOST ringmaster files receive inputs`,
		Args: fileAndCommand,
		RunE: func(c *cobra.Command, args []string) error {
			bundle, err := loadBundle(args[0], set)
			if err != nil {
				return err
			}
			return push(c.Context(), bundle, args[1:])
		},
	}
	c.Flags().StringArrayVar(&set, "set", nil, "set a key of the run file (may be repeated)")
	return c
}

func filesPullCommand() *cobra.Command {
	var replace bool
	c := &cobra.Command{
		Use:   "pull DIR -- COMMAND…",
		Short: "Fetch files that another machine serves into a folder",
		Long: `Fetches what COMMAND serves, which must run ` + "`ringmaster files serve PATH`" + ` on the other machine.
What is in DIR already is not fetched again.`,
		Example: `  ringmaster files pull results -- kubectl exec -i POD -- ringmaster files serve /var/lib/ringmaster/RUN`,
		Args:    fileAndCommand,
		RunE: func(c *cobra.Command, args []string) error {
			return pull(c.Context(), args[0], replace, args[1:])
		},
	}
	c.Flags().BoolVar(&replace, "replace", false, "replace files of DIR that have another content")
	return c
}

// pull fetches what a command serves into a folder.
func pull(ctx context.Context, dir string, replace bool, command []string) error {
	show := newMeter("fetched", 0)
	return throughCommand(ctx, command, show.moved, func(conn io.ReadWriter) error {
		files, err := transfer.Take(ctx, conn, transfer.TakeOptions{Dir: dir, Replace: replace, Progress: show.at})
		if err != nil {
			return err
		}
		fmt.Printf("%d files are in %s\n", len(files), dir)
		return nil
	})
}

// push sends a run's files to what a command receives.
func push(ctx context.Context, bundle *inputs.Bundle, command []string) error {
	show := newMeter("sent", bundle.Bytes())
	return throughCommand(ctx, command, show.moved, func(conn io.ReadWriter) error {
		if err := bundle.Push(conn, show.add); err != nil {
			return err
		}
		fmt.Printf("%d files (%s) are there\n", len(bundle.Files()), megabytes(bundle.Bytes()))
		return nil
	})
}

// standardPipe is standard input and output.
type standardPipe struct {
	io.Reader
	io.Writer
}

func filesReceiveCommand() *cobra.Command {
	var replace bool
	c := &cobra.Command{
		Use:   "receive DIR",
		Short: "Take files into a folder; started by `files push` at the other end",
		Long: `Takes what ` + "`ringmaster files push`" + ` sends over standard input and output into DIR. A file gets its
name when it is whole and has its checksum.`,
		Example: `  ringmaster files push run.yaml -- ringmaster files receive /tmp/inputs`,
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			_, err := transfer.Take(c.Context(), standardPipe{os.Stdin, os.Stdout}, transfer.TakeOptions{Dir: args[0], Replace: replace})
			return err
		},
	}
	c.Flags().BoolVar(&replace, "replace", false, "replace files of DIR that have another content")
	return c
}

func filesServeCommand() *cobra.Command {
	var checkpoints bool
	c := &cobra.Command{
		Use:   "serve PATH",
		Short: "Give a run directory or another folder to `files pull`, which starts this at the other end",
		Long: `Gives PATH to ` + "`ringmaster files pull`" + ` over standard input and output: of a run directory the model,
the record, the scores and the predictions, of another folder all files. Secrets of a run are left out.`,
		Example: `  ringmaster files pull results -- ringmaster files serve runs/20260102-150405-sample`,
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			tree, err := treeOf(args[0], checkpoints)
			if err != nil {
				return err
			}
			return transfer.Give(standardPipe{os.Stdin, os.Stdout}, tree, func(int64) {})
		},
	}
	c.Flags().BoolVar(&checkpoints, "checkpoints", false, "of a run directory, give the checkpoints too")
	return c
}

// treeOf is what is given of a folder.
func treeOf(dir string, checkpoints bool) (*transfer.Tree, error) {
	info, err := os.Stat(dir)
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s is not a folder", dir)
	}
	if err != nil {
		return nil, badInput(err)
	}
	var tree transfer.Tree
	l := directory.Layout(dir)
	holds, err := l.HoldsRun()
	if err != nil {
		return nil, err
	}
	if !holds {
		return &tree, tree.AddFolder("", dir, func(string) bool { return false })
	}
	for _, at := range l.Shared() {
		if err := tree.Add(filepath.Base(at), at); err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
	}
	for name, at := range l.TrainedTeachers() {
		if err := tree.AddFolder(path.Join(filepath.Base(l.Teachers()), name), at, func(string) bool { return false }); err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
	}
	folders := []string{l.Model(), l.Teachers()}
	if checkpoints {
		folders = append(folders, l.Checkpoints())
	}
	for _, at := range folders {
		err := tree.AddFolder(filepath.Base(at), at, func(string) bool { return false })
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
	}
	return &tree, nil
}

// loadBundle reads a run file and gives the files that it names.
func loadBundle(path string, set []string) (*inputs.Bundle, error) {
	run, err := loadRun(path, set)
	if err != nil {
		return nil, err
	}
	bundle, err := inputs.Of(run)
	if err != nil {
		return nil, badInput(err)
	}
	return bundle, nil
}

func filesConfigCommand() *cobra.Command {
	var set []string
	c := &cobra.Command{
		Use:   "config FILE.yaml",
		Short: "Print the run file that fits what `files push` sends",
		Long: `Prints the run file with all defaults, and with the names that its files have where
` + "`files push`" + ` sends them. Give it to ` + "`ringmaster coordinator --inputs DIR`" + `.`,
		Example: `  ringmaster files config run.yaml > cluster.yaml`,
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			bundle, err := loadBundle(args[0], set)
			if err != nil {
				return err
			}
			return bundle.WriteRun(os.Stdout)
		},
	}
	c.Flags().StringArrayVar(&set, "set", nil, "set a key of the run file (may be repeated)")
	return c
}

func filesHoldCommand() *cobra.Command {
	var long time.Duration
	c := &cobra.Command{
		Use:   "hold",
		Short: "Do nothing for a while, so that files can be fetched from this container",
		Long: `Does nothing until it is told to end, or the time is over. It keeps a pod with a run's volume
alive, in which ` + "`files serve`" + ` is started.`,
		Example: `  ringmaster files hold --for 1h`,
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := endingOf(c.Context()).begin(); err != nil { // a signal ends it with success
				return nil //nolint:nilerr // it was told to end already
			}
			if err := sleep.For(c.Context(), long); !errors.Is(err, context.Canceled) {
				return err
			}
			return nil
		},
	}
	c.Flags().DurationVar(&long, "for", time.Hour, "how long")
	return c
}

// fileAndCommand accepts one argument, and a command after --.
func fileAndCommand(c *cobra.Command, args []string) error {
	if c.ArgsLenAtDash() != 1 || len(args) < 2 {
		return fmt.Errorf("%w: %s takes one argument, then --, then the command that runs ringmaster at the other end, for example: %s",
			errUsage, c.CommandPath(), c.Example)
	}
	return nil
}

package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ringmaster/run/directory"
	"ringmaster/run/monitor"
	"ringmaster/run/protocol"
	"ringmaster/run/status"
	"ringmaster/screen"
)

// errRunBroken: the run ended before it was finished.
var errRunBroken = errors.New("the run is not finished and nothing works on it")

func statusCommand() *cobra.Command {
	var asJSON bool
	var runs string
	c := &cobra.Command{
		Use:   "status [RUN_DIR|URL]",
		Short: "Show what a run is doing: phase, step, time left, workers, what it waits for",
		Long: `Shows where a run stands: its phase, stage and step, the time left of the stage, its workers,
what it waits for, and its newest checkpoint. Without an argument it shows the newest run in
--runs.

A running coordinator is asked over HTTP (RUN_DIR/http says where). Of a run that has ended,
was killed, or has no endpoint, the files in RUN_DIR tell. With the URL of an HTTP endpoint the
process there is asked, also a worker: ` + "`ringmaster status http://127.0.0.1:8080`" + `.
An endpoint beyond loopback requires the token in ` + monitor.TokenEnv + ` or ` + protocol.TokenEnv + `.

Exit code: 0 if the run goes on or is finished, 1 if it failed, was stopped or was killed, 2 if
there is no such run or nobody answers.`,
		Example: `  ringmaster status
  ringmaster status runs/20261123-141456-sample
  ringmaster status --json http://127.0.0.1:8080`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			token, err := monitor.TokenFromEnv()
			if err != nil {
				return badInput(err)
			}
			token = cmp.Or(token, protocol.TokenFromEnv())
			d, err := documentOf(c.Context(), args, runs, token)
			if err != nil {
				return badInput(err)
			}
			if err := showDocument(d, asJSON); err != nil {
				return err
			}
			if d.Run != nil && d.Run.Phase.Broken() {
				return fmt.Errorf("%s: %w: it %s", d.Run.Directory, errRunBroken, ends[d.Run.Phase])
			}
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print the status document as JSON")
	c.Flags().StringVar(&runs, "runs", "runs", "folder whose newest run is shown without an argument")
	return c
}

// ends is how a run ended that was not finished.
var ends = map[status.Phase]string{status.Stopped: "was stopped", status.Failed: "failed", status.Dead: "was killed"}

// documentOf asks for the document that the arguments mean.
func documentOf(ctx context.Context, args []string, runs, token string) (d status.Document, err error) {
	of := ""
	if len(args) > 0 {
		of = args[0]
	}
	if strings.Contains(of, "://") {
		ctx, cancel := context.WithTimeout(ctx, answerTime)
		defer cancel()
		return status.Fetch(ctx, of, token)
	}
	if of == "" {
		if of, err = newestRun(runs); err != nil {
			return d, err
		}
	}
	run, err := status.OfRun(ctx, directory.Layout(of), time.Now(), token)
	return status.Document{Run: &run}, err
}

// answerTime is how long a process may take to answer.
const answerTime = 10 * time.Second

// newestRun is the run in a folder whose logs were written last.
func newestRun(runs string) (newest string, err error) {
	entries, err := os.ReadDir(runs)
	if err != nil {
		return "", fmt.Errorf("%w in %s; name a run directory: %w", directory.ErrNoRun, runs, err)
	}
	var at time.Time
	for _, e := range entries {
		l := directory.Layout(filepath.Join(runs, e.Name()))
		for _, file := range []string{l.RecordLog(), l.Events()} {
			if info, err := os.Stat(file); err == nil && info.ModTime().After(at) {
				newest, at = string(l), info.ModTime()
			}
		}
	}
	if newest == "" {
		return "", fmt.Errorf("%w: no run is in %s; name a run directory", directory.ErrNoRun, runs)
	}
	return newest, nil
}

// showDocument prints a document.
func showDocument(d status.Document, asJSON bool) error {
	out := json.NewEncoder(os.Stdout)
	out.SetIndent("", "  ")
	switch {
	case asJSON && d.Run != nil:
		return out.Encode(d.Run)
	case asJSON:
		return out.Encode(d.Worker)
	case d.Run != nil:
		return status.Write(os.Stdout, *d.Run, screen.Width(os.Stdout))
	default:
		return status.WriteWorker(os.Stdout, *d.Worker, screen.Width(os.Stdout))
	}
}

package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"ringmaster/config"
	"ringmaster/sleep"
)

// awaitPause is between two looks for files.
const awaitPause = time.Second

// awaitInputs waits until the files are there that the run names below --inputs: somebody may
// still be sending them.
func (f *runFlags) awaitInputs(ctx context.Context, file string) error {
	if f.inputs == "" {
		return nil
	}
	told := ""
	for {
		run, err := f.read(file, true)
		if err != nil {
			return err
		}
		missing := run.Missing()
		if len(missing) == 0 {
			return nil
		}
		if text := strings.Join(missing, "; "); text != told {
			told = text
			fmt.Fprintf(os.Stdout, "waiting for %d files in %s: %s\n  send them with: ringmaster files push FILE.yaml -- COMMAND… ringmaster files receive %s\n",
				len(missing), f.inputs, shortened(missing), f.inputs)
		}
		if err := sleep.For(ctx, awaitPause); err != nil {
			return err
		}
	}
}

// mostMissing is how many files a line names.
const mostMissing = 3

func shortened(list []string) string {
	if more := len(list) - mostMissing; more > 0 {
		return fmt.Sprintf("%s; and %d more", strings.Join(list[:mostMissing], "; "), more)
	}
	return strings.Join(list, "; ")
}

// read reads the run file under the flags; filesLater: without looking for the files it names.
func (f *runFlags) read(path string, filesLater bool) (*config.Run, error) {
	return config.Load(path, config.LoadOptions{Set: f.set, Flags: f.keys(), BaseDir: f.inputs, FilesLater: filesLater, Notice: notice})
}

package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"ringmaster/config"
	"ringmaster/sleep"
)

// awaitPause is between two looks for files.
const awaitPause = time.Second

// awaitInputs waits until the files are there that the run names below --inputs: somebody may
// still be sending them. waits hears what is waited for.
func (r *carriedOut) awaitInputs(ctx context.Context, waits func(what string)) error {
	if r.inputs == "" {
		return nil
	}
	told := ""
	for {
		missing := r.run.Missing()
		if len(missing) == 0 {
			if told != "" {
				waits("the run is being prepared: its files are read")
			}
			return nil
		}
		if text := strings.Join(missing, "; "); text != told {
			told = text
			what := fmt.Sprintf("waiting for %d files in %s: %s", len(missing), r.inputs, shortened(missing))
			waits(what)
			r.tell("%s; send them with: ringmaster files push FILE.yaml -- COMMAND… ringmaster files receive %s", what, r.inputs)
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

// read reads the run file under the flags. Below --inputs its files may come later.
func (f *runFlags) read(path string) (*config.Run, error) {
	return config.Load(path, config.LoadOptions{Set: f.set, Flags: f.keys(), BaseDir: f.inputs, FilesLater: f.inputs != "", Notice: notice})
}

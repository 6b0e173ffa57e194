//go:build linux

package chaos

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"ringmaster/run/directory"
)

// quietTimeout is far beyond what a quiet run takes, for so many steps.
func quietTimeout(steps int) time.Duration {
	return 2*time.Minute + time.Duration(steps)*200*time.Millisecond
}

// quiet makes the run to compare with, where nothing goes wrong, with so many workers from
// beginning to end; or finds it.
func (d *desk) quiet(ctx context.Context, n *nursery, programs Programs, workers, steps int) (directory.Layout, error) {
	name := fmt.Sprintf("quiet-%d", workers)
	run := directory.Layout(d.at("runs", name))
	if _, err := os.Stat(run.Metrics()); err == nil {
		return run, nil
	}
	if err := os.RemoveAll(string(run)); err != nil { // one that did not come to its end
		return run, err
	}
	log := d.at("logs", name+".log")
	p, err := n.start(name, log, d.dir, d.env(), programs.Ringmaster, "train", "run.yaml", "--run-dir", string(run),
		"--workers", strconv.Itoa(workers), "--set", "cluster.min_workers=1", "--set", "cluster.max_workers="+strconv.Itoa(workers))
	if err != nil {
		return run, err
	}
	ctx, cancel := context.WithTimeout(ctx, quietTimeout(steps))
	defer cancel()
	select {
	case <-p.ended:
	case <-ctx.Done():
		p.kill()
		return run, errors.Join(fmt.Errorf("%w: the undisturbed run with %d workers: %s", ErrStart, workers, quote(log)), context.Cause(ctx))
	}
	if p.code != 0 {
		return run, fmt.Errorf("%w: the undisturbed run with %d workers ended with exit code %d: %s", ErrStart, workers, p.code, quote(filepath.Clean(log)))
	}
	return run, nil
}

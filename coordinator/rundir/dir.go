package rundir

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"ringmaster/coordinator/metrics"
	"ringmaster/durable"
)

// Dir is a run directory that this process writes. It holds the directory's lock until
// Close. Its methods may be called from several goroutines.
type Dir struct {
	Layout
	lock   *lock
	events *logWriter
	ledger *logWriter
}

// Create makes path a new run directory, with its parents. It refuses a directory that
// another process holds (ErrInUse), that has a run in it (ErrHoldsRun), or that has
// anything else in it (ErrNotEmpty).
func Create(path string) (*Dir, error) {
	if err := os.MkdirAll(path, 0o755); err != nil {
		return nil, fmt.Errorf("rundir: cannot make the run directory: %w", err)
	}
	return open(Layout(path), Layout.checkUnused)
}

// CreateUnder makes a new run directory in parent, named by NewName; a second run of
// the same second and name gets -2 behind it.
func CreateUnder(parent string, now time.Time, runName string) (*Dir, error) {
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return nil, fmt.Errorf("rundir: cannot make the directory of runs: %w", err)
	}
	first := filepath.Join(parent, NewName(now, runName))
	path := first
	for n := 2; ; n++ {
		err := os.Mkdir(path, 0o755)
		if err == nil {
			return Create(path)
		}
		if !errors.Is(err, fs.ErrExist) {
			return nil, fmt.Errorf("rundir: cannot make the run directory: %w", err)
		}
		path = fmt.Sprintf("%s-%d", first, n)
	}
}

// Resume opens the run in path to go on with it. It refuses a directory that another
// process holds (ErrInUse) or that has no run in it (ErrNoRun). What a crash left half
// written is removed: a log's torn last line, files that were not renamed yet.
func Resume(path string) (*Dir, error) {
	return open(Layout(path), Layout.checkRun)
}

func open(l Layout, check func(Layout) error) (_ *Dir, err error) {
	if _, none := os.Lstat(l.lock()); none != nil { // never leave a lock in a directory that is not ours
		if err := check(l); err != nil {
			return nil, err
		}
	}
	d := &Dir{Layout: l}
	if d.lock, err = takeLock(l); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, d.Close())
		}
	}()
	if err := check(l); err != nil {
		return nil, err
	}
	for _, dir := range []string{string(l), l.Checkpoints()} {
		if err := durable.Sweep(dir); err != nil {
			return nil, fmt.Errorf("rundir: %w", err)
		}
	}
	if d.events, err = openLog(l.Events()); err != nil {
		return nil, err
	}
	if d.ledger, err = openLog(l.Ledger()); err != nil {
		return nil, err
	}
	return d, nil
}

func (l Layout) checkUnused() error {
	holds, err := l.HoldsRun()
	if err != nil {
		return err
	}
	if holds {
		return fmt.Errorf("rundir: %s: %w: resume it, or name another directory", l, ErrHoldsRun)
	}
	entries, err := os.ReadDir(string(l))
	if err != nil {
		return fmt.Errorf("rundir: %w", err)
	}
	for _, e := range entries {
		if e.Name() != filepath.Base(l.lock()) {
			return fmt.Errorf("rundir: %s: %w (it has %s): name another one", l, ErrNotEmpty, e.Name())
		}
	}
	return nil
}

func (l Layout) checkRun() error {
	holds, err := l.HoldsRun()
	if err != nil {
		return err
	}
	if !holds {
		return fmt.Errorf("rundir: %s: %w: nothing to resume", l, ErrNoRun)
	}
	return nil
}

// WriteConfig writes config.yaml from write, usually (*config.Run).Write.
func (d *Dir) WriteConfig(write func(io.Writer) error) error {
	return d.replace(d.Config(), write)
}

// WritePlan writes plan.json.
func (d *Dir) WritePlan(p Plan) error {
	return d.replace(d.Plan(), func(w io.Writer) error { return json.NewEncoder(w).Encode(p) })
}

// WriteMetrics writes metrics.json.
func (d *Dir) WriteMetrics(r metrics.Report) error {
	return d.replace(d.Metrics(), func(w io.Writer) error {
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		return enc.Encode(r)
	})
}

func (d *Dir) replace(path string, write func(io.Writer) error) error {
	if d.lock.closed() {
		return fmt.Errorf("rundir: %s: %w", path, ErrClosed)
	}
	return writeFile(path, write)
}

// writeFile replaces path, whole or not at all.
func writeFile(path string, write func(io.Writer) error) error {
	if err := durable.WriteFile(path, 0o644, write); err != nil {
		return fmt.Errorf("rundir: cannot write %s: %w", path, err)
	}
	return nil
}

// AppendEvent logs a committed step.
func (d *Dir) AppendEvent(e Event) error { return d.events.append(e) }

// AppendLedger logs which examples a committed step was made of.
func (d *Dir) AppendLedger(e LedgerEntry) error { return d.ledger.append(e) }

// Sync brings both logs to the disk itself.
func (d *Dir) Sync() error { return errors.Join(d.events.sync(), d.ledger.sync()) }

// Close syncs and closes the logs and gives the lock back. A second Close does nothing.
func (d *Dir) Close() error {
	var errs []error
	for _, log := range []*logWriter{d.events, d.ledger} {
		if log != nil {
			errs = append(errs, log.close())
		}
	}
	return errors.Join(append(errs, d.lock.release())...)
}

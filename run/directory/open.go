package directory

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"ringmaster/durable"
)

// ownersOnly is the mode of a run directory: records, models and, for as long as the run goes on, what
// admits to it are nobody else's business. One that a person made before keeps its mode.
const ownersOnly = 0o700

// Create makes path a new run directory, with its parents. It refuses a directory that
// another process holds (ErrInUse), that has a run in it (ErrHoldsRun), or that has
// anything else in it (ErrNotEmpty).
func Create(path string) (*Dir, error) {
	made := missing(path)
	err := os.MkdirAll(filepath.Dir(path), 0o755)
	if err == nil {
		err = os.Mkdir(path, ownersOnly)
	}
	if info, statErr := os.Stat(path); errors.Is(err, fs.ErrExist) && statErr == nil && info.IsDir() {
		err = nil
	}
	if err != nil {
		return nil, fmt.Errorf("cannot make the run directory: %w", err)
	}
	return created(path, made)
}

func created(path string, made []string) (*Dir, error) {
	d, err := open(Layout(path), Layout.checkUnused, func(*Dir) error { return nil })
	if err != nil {
		return nil, err
	}
	d.created, d.made = true, made
	return d, nil
}

// CreateUnder makes a new run directory in parent, named by NewName; a second run of
// the same second and name gets -2 behind it.
func CreateUnder(parent string, now time.Time, runName string) (*Dir, error) {
	made := missing(parent)
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return nil, fmt.Errorf("cannot make the directory of runs: %w", err)
	}
	first := filepath.Join(parent, NewName(now, runName))
	path := first
	for n := 2; ; n++ {
		err := os.Mkdir(path, ownersOnly)
		if err == nil {
			return created(path, append([]string{path}, made...))
		}
		if !errors.Is(err, fs.ErrExist) {
			return nil, fmt.Errorf("cannot make the run directory: %w", err)
		}
		path = fmt.Sprintf("%s-%d", first, n)
	}
}

// Resume opens the run in path to go on with it. It refuses a directory that another
// process holds (ErrInUse) or that has no run in it (ErrNoRun). What a crash left half
// done is put right: files that were not renamed yet and torn last lines are removed, both
// logs are cut to what stands in both, and a going back that the record speaks of is
// carried out. What is missing or damaged is made up from the rest (Mended says how).
// Where it stands, Layout.ReadRecord and Layout.Committed tell.
func Resume(path string) (*Dir, error) {
	d, err := open(Layout(path), Layout.checkRun, (*Dir).mend)
	if err != nil {
		return nil, err
	}
	if err := d.putRight(); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// putRight makes the logs agree with each other and with the record.
func (d *Dir) putRight() error {
	if err := d.agree(); err != nil {
		return err
	}
	back := d.record.state.Back
	if back == nil {
		return nil
	}
	err := d.TruncateTo(back.Stage, back.To)
	if errors.Is(err, ErrTooFar) { // they lost more than was to be taken back
		return nil
	}
	return err
}

// mend makes up what is missing or damaged among the files that say how far the run came.
func (d *Dir) mend() error { return errors.Join(d.mendRecord(), d.mendLogs(), d.missRecord()) }

func open(l Layout, check func(Layout) error, mend func(*Dir) error) (_ *Dir, err error) {
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
	for _, dir := range []string{string(l), l.Checkpoints(), l.Teachers()} {
		if err := durable.Sweep(dir); err != nil {
			return nil, fmt.Errorf("run directory: %w", err)
		}
	}
	if err := mend(d); err != nil {
		return nil, err
	}
	if d.record, err = openRecord(l.RecordLog()); err != nil {
		return nil, err
	}
	if d.events, err = openLog(l.Events()); err != nil {
		return nil, err
	}
	if d.ledger, err = openLog(l.Ledger()); err != nil {
		return nil, err
	}
	// The logs' names, so that a power cut does not take a whole log.
	if err := durable.SyncFolder(string(l)); err != nil {
		return nil, fmt.Errorf("run directory: %w", err)
	}
	return d, nil
}

// lostAndFound is in the topmost folder of many a volume.
const lostAndFound = "lost+found"

// checkUnused allows a plan alone, which a start that was cut off leaves.
func (l Layout) checkUnused() error {
	holds, err := l.HoldsRun()
	if err != nil {
		return err
	}
	if holds {
		return fmt.Errorf("%s: %w: resume it, or name another directory", l, ErrHoldsRun)
	}
	entries, err := os.ReadDir(string(l))
	if err != nil {
		return fmt.Errorf("run directory: %w", err)
	}
	for _, e := range entries {
		if e.Name() != filepath.Base(l.lock()) && e.Name() != filepath.Base(l.Plan()) && e.Name() != lostAndFound {
			return fmt.Errorf("%s: %w (it contains %s): name another one", l, ErrNotEmpty, e.Name())
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
		return fmt.Errorf("%s: %w: nothing to resume", l, ErrNoRun)
	}
	return nil
}

package rundir

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"ringmaster/durable"
)

// stepPrefix begins the name of a checkpoint's folder: step-120.
const stepPrefix = "step-"

// Checkpoints is a folder of checkpoints. Its writer must be the only one.
type Checkpoints struct{ dir string }

// OpenCheckpoints speaks of the checkpoints in dir, which need not exist yet.
func OpenCheckpoints(dir string) *Checkpoints { return &Checkpoints{dir: dir} }

// Checkpoint is one complete checkpoint.
type Checkpoint struct {
	// Step is the number it was written under.
	Step int
	Dir  string
}

// Write makes the checkpoint of a step. write adds its files through the given writer;
// when it returns without error, they are brought to the disk, and only then does
// step-N appear. An older checkpoint of the same step is replaced. On an error there
// is no trace.
func (c *Checkpoints) Write(step int, write func(*CheckpointWriter) error) (_ Checkpoint, err error) {
	if step < 0 {
		return Checkpoint{}, fmt.Errorf("rundir: checkpoint of step %d: %w", step, ErrFileName)
	}
	done := Checkpoint{Step: step, Dir: filepath.Join(c.dir, stepPrefix+strconv.Itoa(step))}
	draft, err := durable.NewFolder(done.Dir)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("rundir: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("rundir: cannot write %s: %w", done.Dir, err), os.RemoveAll(draft))
		}
	}()
	w := &CheckpointWriter{dir: draft}
	if err := write(w); err != nil {
		return Checkpoint{}, err
	}
	if err := w.finish(); err != nil {
		return Checkpoint{}, err
	}
	if err := durable.PutFolder(draft, done.Dir); err != nil {
		return Checkpoint{}, err
	}
	return done, nil
}

// List is every checkpoint, by step; none has been verified.
func (c *Checkpoints) List() ([]Checkpoint, error) {
	entries, err := os.ReadDir(c.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("rundir: %w", err)
	}
	var list []Checkpoint
	for _, e := range entries {
		number, ok := strings.CutPrefix(e.Name(), stepPrefix)
		step, err := strconv.Atoi(number)
		if !ok || err != nil || step < 0 || !e.IsDir() {
			continue
		}
		list = append(list, Checkpoint{Step: step, Dir: filepath.Join(c.dir, e.Name())})
	}
	slices.SortFunc(list, func(a, b Checkpoint) int { return a.Step - b.Step })
	return list, nil
}

// Newest is the checkpoint with the highest step whose checksums hold; ok is false
// where there is none. damaged names each newer one that was passed over: ErrDamaged,
// or could not be read.
func (c *Checkpoints) Newest() (newest Checkpoint, ok bool, damaged []error, err error) {
	list, err := c.List()
	if err != nil {
		return Checkpoint{}, false, nil, err
	}
	for _, cp := range slices.Backward(list) {
		err := cp.Verify()
		if err == nil {
			return cp, true, damaged, nil
		}
		damaged = append(damaged, err)
	}
	return Checkpoint{}, false, damaged, nil
}

// Prune removes all but the newest keep checkpoints. Verify what is kept before.
func (c *Checkpoints) Prune(keep int) error {
	list, err := c.List()
	if err != nil {
		return err
	}
	for _, cp := range list[:max(0, len(list)-max(0, keep))] {
		// Renamed first, so that a crash does not leave half a checkpoint under its name.
		aside := filepath.Join(c.dir, durable.Prefix+filepath.Base(cp.Dir)+"-pruned")
		if err := errors.Join(os.RemoveAll(aside), os.Rename(cp.Dir, aside), os.RemoveAll(aside)); err != nil {
			return fmt.Errorf("rundir: cannot remove %s: %w", cp.Dir, err)
		}
	}
	return nil
}

// Open opens one of the checkpoint's files for reading.
func (c Checkpoint) Open(name string) (io.ReadCloser, error) {
	if !filepath.IsLocal(name) {
		return nil, fmt.Errorf("rundir: %s: %q: %w", c.Dir, name, ErrFileName)
	}
	f, err := os.Open(filepath.Join(c.Dir, name))
	if err != nil {
		return nil, fmt.Errorf("rundir: %w", err)
	}
	return f, nil
}

package worker

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"ringmaster/durable"
	"ringmaster/run/protocol"
)

// scratchPrefix begins the name of a worker's folder for what lives as long as it does.
const scratchPrefix = protocol.ScratchPrefix

// scratch is a worker's folder among the temporary ones, for its own user alone. A worker
// that is killed cannot remove its own, so every worker removes, when it comes and when it
// goes, those of the same user whose owner is no more: an owner holds a lock on the folder,
// which goes with its process. Others may put under such names what they like: pipes, links,
// folders of their own. None of that is opened for longer than to see what it is.
type scratch struct {
	dir  string
	lock *os.File // the folder itself; nil where it cannot be locked
}

// openScratch makes a folder where this system keeps temporary files, before anybody relies
// on this worker.
func openScratch() (*scratch, error) {
	s, err := newScratch(os.TempDir())
	if err != nil {
		return nil, fmt.Errorf("%w: %w: set TMPDIR to a folder that this user may write to, with room for a model", ErrScratch, err)
	}
	return s, nil
}

// newScratch makes a folder in parent.
func newScratch(parent string) (*scratch, error) {
	sweepScratch(parent)
	// A sweeper may find the folder before it is locked, and remove it: then it is made again.
	for {
		dir, err := os.MkdirTemp(parent, scratchPrefix+"*")
		if err != nil {
			return nil, err
		}
		lock, err := lockFolder(dir)
		if errors.Is(err, os.ErrNotExist) || errors.Is(err, durable.ErrLocked) {
			continue
		}
		if err != nil { // a file system without locks: nobody else gets this one either
			return &scratch{dir: dir}, nil
		}
		if _, err := os.Stat(dir); err == nil {
			return &scratch{dir, lock}, nil
		}
		if err := lock.Close(); err != nil {
			return nil, err
		}
	}
}

// lockFolder takes the lock on a folder of this user, which the file's end gives back;
// durable.ErrLocked where another process has it. What is no folder, or a link to one, is not
// opened (ENOTDIR, ELOOP), and no pipe is waited for.
func lockFolder(dir string) (*os.File, error) {
	f, err := os.OpenFile(dir, os.O_RDONLY|syscall.O_DIRECTORY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	if err := lockOwn(f); err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", dir, err), f.Close())
	}
	return f, nil
}

// lockOwn locks an open folder, if it is this user's.
func lockOwn(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if s, ok := info.Sys().(*syscall.Stat_t); ok && int(s.Uid) != os.Geteuid() {
		return os.ErrPermission
	}
	return durable.TryLock(f)
}

// sweepScratch removes the folders of workers that are no more. What cannot be listed,
// locked or removed, as another user's, is not ours to care for.
func sweepScratch(parent string) {
	entries, err := os.ReadDir(parent)
	if err != nil {
		return
	}
	for _, e := range entries {
		if !e.IsDir() || !strings.HasPrefix(e.Name(), scratchPrefix) {
			continue
		}
		dir := filepath.Join(parent, e.Name())
		lock, err := lockFolder(dir)
		if err != nil {
			continue
		}
		_ = os.RemoveAll(dir)
		_ = lock.Close() // opened for reading only
	}
}

// close removes the folder, and others that nobody else will.
func (s *scratch) close() error {
	err := os.RemoveAll(s.dir)
	if s.lock != nil {
		err = errors.Join(err, s.lock.Close())
	}
	sweepScratch(filepath.Dir(s.dir))
	return err
}

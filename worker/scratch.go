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

// scratchPrefix begins the name of every worker's temporary folder.
const scratchPrefix = protocol.ScratchPrefix

// scratch is a worker's temporary folder, which only its user may read. A worker that is
// killed cannot remove its folder. So every worker removes, when it starts and when it ends,
// those of the same user whose owner has ended: an owner holds a lock on its folder, which
// ends with its process. Other users may create anything under such names: pipes, links,
// folders. None of that is opened for longer than to see what it is.
type scratch struct {
	dir  string
	lock *os.File // the folder itself; nil where it cannot be locked
}

// openScratch makes the folder where this system keeps temporary files. It does so before the
// worker joins, so that a missing folder costs no run.
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
	// Another worker may remove the folder before it is locked; then it is made again.
	for {
		dir, err := os.MkdirTemp(parent, scratchPrefix+"*")
		if err != nil {
			return nil, err
		}
		lock, err := lockFolder(dir)
		if errors.Is(err, os.ErrNotExist) || errors.Is(err, durable.ErrLocked) {
			continue
		}
		if err != nil { // a file system without locks: no other worker can lock it either
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

// lockFolder locks a folder of this user until the file is closed; durable.ErrLocked where
// another process has the lock. Anything that is not a folder, or a link to one, is not opened
// (ENOTDIR, ELOOP), and a pipe is not waited for.
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

// sweepScratch removes the folders of workers that have ended. Those that it cannot list, lock
// or remove, such as another user's, stay.
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

// close removes the folder, and those of workers that were killed.
func (s *scratch) close() error {
	err := os.RemoveAll(s.dir)
	if s.lock != nil {
		err = errors.Join(err, s.lock.Close())
	}
	sweepScratch(filepath.Dir(s.dir))
	return err
}

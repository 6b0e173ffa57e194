package worker

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// scratchPrefix begins the name of a worker's folder for what lives as long as it does.
const scratchPrefix = "ringmaster-worker-"

// scratch is a worker's folder among the temporary ones. A worker that is killed cannot
// remove its own, so every worker removes, when it comes and when it goes, those whose
// owner is no more: an owner holds a lock on the folder, which goes with its process.
type scratch struct {
	dir  string
	lock *os.File // the folder itself; nil where it cannot be locked
}

// newScratch makes a folder in parent.
func newScratch(parent string) (*scratch, error) {
	if err := sweepScratch(parent); err != nil {
		return nil, err
	}
	// A sweeper may find the folder before it is locked, and remove it: then it is made again.
	for {
		dir, err := os.MkdirTemp(parent, scratchPrefix+"*")
		if err != nil {
			return nil, err
		}
		lock, err := lockFolder(dir)
		if errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.EWOULDBLOCK) {
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

// lockFolder takes the lock on a folder, which the file's end gives back; EWOULDBLOCK
// where another process has it.
func lockFolder(dir string) (*os.File, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", dir, err), f.Close())
	}
	return f, nil
}

// sweepScratch removes the folders of workers that are no more. One that cannot be locked
// or removed, as another user's, is not ours to care for.
func sweepScratch(parent string) error {
	dirs, err := filepath.Glob(filepath.Join(parent, scratchPrefix+"*"))
	if err != nil {
		return err
	}
	for _, dir := range dirs {
		lock, err := lockFolder(dir)
		if err != nil {
			continue
		}
		_ = os.RemoveAll(dir)
		if err := lock.Close(); err != nil {
			return err
		}
	}
	return nil
}

// close removes the folder, and others that nobody else will.
func (s *scratch) close() error {
	err := os.RemoveAll(s.dir)
	if s.lock != nil {
		err = errors.Join(err, s.lock.Close())
	}
	return errors.Join(err, sweepScratch(filepath.Dir(s.dir)))
}

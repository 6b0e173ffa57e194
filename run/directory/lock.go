package directory

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"

	"ringmaster/durable"
)

// lock is the lock of RUN_DIR/lock. The file says who holds it, for people and for the
// error of whoever comes second; it stays when the lock is given back.
type lock struct {
	mu   sync.Mutex
	file *os.File
}

func takeLock(l Layout) (*lock, error) {
	f, err := os.OpenFile(l.lock(), os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("run directory: %w", err)
	}
	if err := durable.TryLock(f); err != nil {
		defer f.Close()
		if errors.Is(err, durable.ErrLocked) {
			return nil, fmt.Errorf("%s: %w by %s", l, ErrInUse, holder(l))
		}
		return nil, fmt.Errorf("cannot lock %s: %w", l.lock(), err)
	}
	if err := sign(f); err != nil {
		return nil, errors.Join(fmt.Errorf("cannot write %s: %w", l.lock(), err), f.Close())
	}
	return &lock{file: f}, nil
}

// signature is how the file says who holds the lock.
const signature = "process %d on %s\n"

// sign writes who holds the lock into its file.
func sign(f *os.File) error {
	host, err := os.Hostname()
	if err != nil {
		host = "an unknown host"
	}
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err = f.WriteAt(fmt.Appendf(nil, signature, os.Getpid(), host), 0)
	return err
}

func holder(l Layout) string {
	raw, err := os.ReadFile(l.lock())
	name := strings.TrimSpace(string(raw))
	if err != nil || name == "" {
		return "another process"
	}
	return name
}

func (l *lock) release() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return nil
	}
	f := l.file
	l.file = nil
	if err := f.Close(); err != nil { // closing gives the flock back
		return fmt.Errorf("run directory: %w", err)
	}
	return nil
}

func (l *lock) closed() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.file == nil
}

package durable

import (
	"errors"
	"os"
	"syscall"
)

// ErrLocked: the lock is held through another open file, in this process or another.
var ErrLocked = errors.New("locked by another")

// TryLock takes the lock (flock) of an open file or folder for its holder alone, or says at once
// that it is held (ErrLocked). Closing the file gives it back, and so does the end of the
// process, whatever ended it: the file itself stays, since removing it would let two hold the
// locks of two files of one name.
func TryLock(f *os.File) error {
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case errors.Is(err, syscall.EWOULDBLOCK):
			return ErrLocked
		case !errors.Is(err, syscall.EINTR):
			return err
		}
	}
}

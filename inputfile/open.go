package inputfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// Open opens a regular file for reading. The error is the file system's (a *fs.PathError)
// or a *NotRegularError.
func Open(path string) (*os.File, error) {
	if err := Check(path); err != nil {
		return nil, err
	}
	return openAtOnce(path)
}

// OpenNamed is Open for a file that messages call by name, as it stands in a declaration,
// where at is the place it leads to. A file that is not there is a *MissingError.
func OpenNamed(at, name string) (*os.File, error) {
	f, err := Open(at)
	var not *NotRegularError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, &MissingError{At: at, Name: name}
	case errors.As(err, &not):
		return nil, &NotRegularError{Path: name, Mode: not.Mode}
	}
	return f, err
}

// Check says whether Open would find a regular file, without opening anything.
func Check(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	return regular(path, info)
}

// Read is the content of a regular file of at most limit bytes. Beside Open's errors
// there is ErrTooLarge.
func Read(path string, limit int64) ([]byte, error) {
	f, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() // opened for reading only
	content, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(content)) > limit {
		return nil, fmt.Errorf("%w: %s has more than %d bytes, the limit for this kind of file", ErrTooLarge, path, limit)
	}
	return content, nil
}

// openAtOnce opens without waiting for a pipe's other end, and looks at what it opened:
// the path may lead elsewhere since it was checked.
func openAtOnce(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil {
		err = regular(path, info)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func regular(path string, info fs.FileInfo) error {
	if info.Mode().IsRegular() {
		return nil
	}
	return &NotRegularError{Path: path, Mode: info.Mode()}
}

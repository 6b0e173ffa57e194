package spool

import (
	"fmt"
	"os"

	"ringmaster/cachedir"
	"ringmaster/errkind"
)

const (
	// inMemory is how many bytes a list has before it goes to the disk.
	inMemory = 16 << 20
	// piece is how much is written to the disk at a time.
	piece = 1 << 20
)

// List is a list of byte strings, numbered from 0. One goroutine appends; after that any number may read. The
// empty value is an empty list. Its file is closed, and so is gone, when the list is garbage.
type List struct {
	ends   []int64  // where each string ends, counted from the beginning of the first
	file   *os.File // of the first onDisk bytes; nil: there is none yet
	onDisk int64
	tail   []byte // the rest
}

// Len is the number of strings.
func (l *List) Len() int { return len(l.ends) }

// Size is the length of a string in bytes.
func (l *List) Size(i int) int { return int(l.ends[i] - l.begin(i)) }

func (l *List) begin(i int) int64 {
	if i == 0 {
		return 0
	}
	return l.ends[i-1]
}

// Append adds a string. The error is of kind ErrDisk.
func (l *List) Append(s string) error {
	l.tail = append(l.tail, s...)
	l.ends = append(l.ends, l.onDisk+int64(len(l.tail)))
	if len(l.tail) < piece || l.file == nil && len(l.tail) < inMemory {
		return nil
	}
	return l.write()
}

// write brings to the disk what is not there.
func (l *List) write() error {
	if l.file == nil {
		file, err := nameless()
		if err != nil {
			return err
		}
		l.file = file
	}
	if _, err := l.file.Write(l.tail); err != nil {
		return errkind.Errorf(ErrDisk, "the texts of a corpus are kept on the disk while it is read, and %d MiB of them could not be: %w: make room, or set %s to a folder on a larger disk",
			(l.onDisk+int64(len(l.tail)))>>20, err, cachedir.Env)
	}
	l.onDisk += int64(len(l.tail))
	l.tail = make([]byte, 0, piece+piece/4)
	return nil
}

// nameless is a file that has no name any more, in the cache directory: a folder for temporary files may be memory.
func nameless() (*os.File, error) {
	dir, err := cachedir.Dir()
	if err == nil {
		err = os.MkdirAll(dir, 0o755)
	}
	var file *os.File
	if err == nil {
		file, err = os.CreateTemp(dir, "spool-*")
	}
	if err != nil {
		return nil, errkind.Errorf(ErrDisk, "no temporary file for the texts of a corpus: %w: set %s to a folder that can be written to", err, cachedir.Env)
	}
	if err := os.Remove(file.Name()); err != nil {
		file.Close()
		return nil, errkind.Errorf(ErrDisk, "a temporary file for the texts of a corpus: %w", err)
	}
	return file, nil
}

// String is a string of the list. The error is of kind ErrDisk.
func (l *List) String(i int) (string, error) {
	b, err := l.Reader().Read(i)
	return string(b), err
}

// Is says whether a string of the list is s. The error is of kind ErrDisk.
func (l *List) Is(i int, s string) (bool, error) {
	if l.Size(i) != len(s) {
		return false, nil
	}
	b, err := l.Reader().Read(i)
	return string(b) == s, err
}

func (l *List) readAt(b []byte, at int64) error {
	if _, err := l.file.ReadAt(b, at); err != nil {
		return fmt.Errorf("%w: reading temporary data back: %w", ErrDisk, err)
	}
	return nil
}

package directory

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"

	"ringmaster/durable"
)

// logWriter appends JSON lines to a file.
type logWriter struct {
	path string

	mu     sync.Mutex
	file   *os.File // nil when closed
	length int64    // of the whole lines written
	broken error    // set when what the file holds is not known any more
}

// openLog opens path for appending, after its last whole line.
func openLog(path string) (*logWriter, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("run directory: %w", err)
	}
	length, err := wholeLines(f)
	if err == nil {
		err = f.Truncate(length)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), f.Close())
	}
	return &logWriter{path: path, file: f, length: length}, nil
}

// wholeLines is the length of a file up to and with its last newline.
func wholeLines(f *os.File) (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	block := make([]byte, 64<<10)
	for end := info.Size(); end > 0; {
		start := max(0, end-int64(len(block)))
		part := block[:end-start]
		if _, err := f.ReadAt(part, start); err != nil {
			return 0, err
		}
		if i := bytes.LastIndexByte(part, '\n'); i >= 0 {
			return start + int64(i) + 1, nil
		}
		end = start
	}
	return 0, nil
}

// append writes value as one line.
func (l *logWriter) append(value any) error {
	line, err := l.encode(value)
	if err != nil {
		return err
	}
	return l.write(line)
}

func (l *logWriter) encode(value any) ([]byte, error) {
	line, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("%s: cannot write %+v: %w", l.path, value, err)
	}
	return append(line, '\n'), nil
}

// usable says why nothing more can be written: the log is closed or broken. It wants mu held.
func (l *logWriter) usable() error {
	if l.file == nil {
		return fmt.Errorf("%s: %w", l.path, ErrClosed)
	}
	return l.broken
}

// write appends a line, in one write. Where that fails half way, as on a full disk, the
// half is taken back so that the next line does not stick to it.
func (l *logWriter) write(line []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.usable(); err != nil {
		return err
	}
	if _, err := l.file.WriteAt(line, l.length); err != nil {
		err = fmt.Errorf("cannot write %s: %w", l.path, err)
		if back := l.file.Truncate(l.length); back != nil {
			l.broken = errors.Join(err, fmt.Errorf("%s ends with an incomplete line: %w", l.path, back))
			return l.broken
		}
		return err
	}
	l.length += int64(len(line))
	return nil
}

func (l *logWriter) sync() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.usable(); err != nil {
		return err
	}
	if err := durable.SyncFile(l.file); err != nil {
		// The kernel may have dropped what it could not write, and says so only once.
		l.broken = fmt.Errorf("%s: cannot be synced to disk: %w", l.path, err)
		return l.broken
	}
	return nil
}

// cut leaves the first length bytes, which end with a line, and brings that to the disk.
// The bytes that stay are not touched, so that a crash leaves the log as it was or as it
// is to be.
func (l *logWriter) cut(length int64) error {
	l.mu.Lock()
	if l.file == nil {
		l.mu.Unlock()
		return fmt.Errorf("%s: %w", l.path, ErrClosed)
	}
	if err := l.file.Truncate(length); err != nil {
		l.mu.Unlock()
		return fmt.Errorf("cannot truncate %s: %w", l.path, err)
	}
	l.length = length
	l.mu.Unlock()
	return l.sync()
}

func (l *logWriter) end() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.length
}

func (l *logWriter) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return nil
	}
	err := errors.Join(durable.SyncFile(l.file), l.file.Close())
	l.file = nil
	if err != nil {
		return fmt.Errorf("%s: %w", l.path, err)
	}
	return nil
}

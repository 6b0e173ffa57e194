package rundir

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
)

// logWriter appends JSON lines to a file.
type logWriter struct {
	path string

	mu     sync.Mutex
	file   *os.File // nil when closed
	length int64    // of the whole lines written
	broken error    // set when a torn line could not be taken back
}

// openLog opens path for appending, after its last whole line.
func openLog(path string) (*logWriter, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("rundir: %w", err)
	}
	length, err := wholeLines(f)
	if err == nil {
		err = f.Truncate(length)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("rundir: %s: %w", path, err), f.Close())
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

// append writes value as one line, in one write. Where that fails half way, as on a full
// disk, the half is taken back so that the next line does not stick to it.
func (l *logWriter) append(value any) error {
	line, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("rundir: %s: cannot write %+v: %w", l.path, value, err)
	}
	line = append(line, '\n')

	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return fmt.Errorf("rundir: %s: %w", l.path, ErrClosed)
	}
	if l.broken != nil {
		return l.broken
	}
	if _, err := l.file.WriteAt(line, l.length); err != nil {
		err = fmt.Errorf("rundir: cannot write %s: %w", l.path, err)
		if back := l.file.Truncate(l.length); back != nil {
			l.broken = errors.Join(err, fmt.Errorf("rundir: %s ends in half a line: %w", l.path, back))
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
	if l.file == nil {
		return fmt.Errorf("rundir: %s: %w", l.path, ErrClosed)
	}
	if err := l.file.Sync(); err != nil {
		return fmt.Errorf("rundir: %s: %w", l.path, err)
	}
	return nil
}

func (l *logWriter) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return nil
	}
	err := errors.Join(l.file.Sync(), l.file.Close())
	l.file = nil
	if err != nil {
		return fmt.Errorf("rundir: %s: %w", l.path, err)
	}
	return nil
}

// readLog visits every whole line of the log at path. A line without its newline was
// cut off while being written, whatever it holds: torn. A log that is not there yet is
// empty.
func readLog[T any](path string, visit func(T) error) (torn bool, err error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("rundir: %w", err)
	}
	defer f.Close()
	r := bufio.NewReaderSize(f, 256<<10)
	for number := 1; ; number++ {
		line, err := r.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return len(line) > 0, nil
		}
		if err != nil {
			return false, fmt.Errorf("rundir: %s: %w", path, err)
		}
		var value T
		if err := json.Unmarshal(line, &value); err != nil {
			return false, fmt.Errorf("rundir: %s, line %d: %w: %w", path, number, ErrDamaged, err)
		}
		if err := visit(value); err != nil {
			return false, err
		}
	}
}

package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"time"

	"ringmaster/sleep"
)

// look is how often a followed file is read.
const look = 20 * time.Millisecond

// follow copies a file's lines as they are appended, and waits for a file that is not there yet. If
// lines were taken back, it begins again at the start.
func follow(ctx context.Context, name string, out io.Writer) error {
	var at int64
	for sleep.For(ctx, look) == nil {
		f, err := os.Open(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		at, err = copyLines(f, at, out)
		if err = errors.Join(err, f.Close()); err != nil {
			return err
		}
	}
	return nil
}

// copyLines copies the whole lines after an offset, and returns the offset after them.
func copyLines(f *os.File, at int64, out io.Writer) (int64, error) {
	info, err := f.Stat()
	if err != nil || info.Size() == at {
		return at, err
	}
	if info.Size() < at {
		at = 0
	}
	if _, err := f.Seek(at, io.SeekStart); err != nil {
		return at, err
	}
	for lines := bufio.NewReader(f); ; {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return at, nil
		}
		if err != nil {
			return at, err
		}
		if _, err := out.Write(line); err != nil {
			return at, err
		}
		at += int64(len(line))
	}
}

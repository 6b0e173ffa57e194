package durable

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// bufferSize is large because most of what is written is numbers, a few bytes at a time.
const bufferSize = 1 << 20

// WriteFile replaces path by what write produces, with these permissions whatever the
// umask: a reader, and the disk after a power cut, hold the old file or the new one.
func WriteFile(path string, perm fs.FileMode, write func(io.Writer) error) error {
	if err := replaceable(path); err != nil {
		return err
	}
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, Prefix+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	err = errors.Join(f.Chmod(perm), fill(f, write))
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return SyncFolder(dir)
}

// replaceable refuses a device, and a link to anything else than a file, such as /dev/stdout: a file in its place would take it from
// all other programs.
func replaceable(path string) error {
	named, err := os.Lstat(path)
	if err != nil {
		return nil // nothing is there, or creating says why not
	}
	info, err := os.Stat(path)
	if named.Mode()&fs.ModeDevice == 0 && (named.Mode()&fs.ModeSymlink == 0 || err != nil || info.Mode().IsRegular()) {
		return nil
	}
	return fmt.Errorf("%s %w: give the path of a file", path, ErrNotReplaced)
}

// ErrNotReplaced is a device, or a link to something else than a file, where a file was to be written.
var ErrNotReplaced = errors.New("is no regular file, and is not replaced by one")

// CreateFile makes a new file, as part of a draft, from what write produces, and brings
// its content to the disk; its name comes there with the draft. A file that is there
// already is an error (fs.ErrExist).
func CreateFile(path string, write func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	if err := fill(f, write); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

// fill writes f through a buffer, brings it to the disk and closes it.
func fill(f *os.File, write func(io.Writer) error) error {
	w := bufio.NewWriterSize(f, bufferSize)
	err := write(w)
	if err == nil {
		err = w.Flush()
	}
	if err == nil {
		err = SyncFile(f)
	}
	return errors.Join(err, f.Close())
}

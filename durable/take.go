package durable

import (
	"errors"
	"io"
	"os"
	"path/filepath"

	"ringmaster/inputfile"
)

// TakeFile gives a file another name, path, as part of a draft, and brings its content to
// the disk. Where the file system cannot give a file two names (another disk, or one that
// has no hard links), and where from is a link itself, path is a copy. from stays.
func TakeFile(from, path string) error {
	info, err := os.Lstat(from)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() || os.Link(from, path) != nil {
		return CopyFile(from, path)
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(SyncFile(f), f.Close())
}

// LinkFile replaces path by another name of from, or by a copy where TakeFile makes one: a
// reader finds the old file or the new one.
func LinkFile(from, path string) (err error) {
	dir, name := filepath.Split(filepath.Clean(path))
	dir = filepath.Clean(dir)
	draft, err := os.MkdirTemp(dir, Prefix+name+"-*")
	if err != nil {
		return err
	}
	// If path is from's other name already, rename does nothing, and the draft holds a third.
	defer func() { err = errors.Join(err, os.RemoveAll(draft)) }()
	if err := TakeFile(from, filepath.Join(draft, name)); err != nil {
		return err
	}
	if err := os.Rename(filepath.Join(draft, name), path); err != nil {
		return err
	}
	return SyncFolder(dir)
}

// CopyFile makes a new file, as CreateFile does, with the content of a regular file.
func CopyFile(from, path string) error { return CreateFile(path, FromFile(from)) }

// FromFile gives what writes the content of a regular file, for WriteFile and its like.
func FromFile(path string) func(io.Writer) error {
	return func(out io.Writer) error {
		in, err := inputfile.Open(path)
		if err != nil {
			return err
		}
		defer in.Close() // opened for reading only
		_, err = io.Copy(out, in)
		return err
	}
}

package durable

import (
	"errors"
	"io"
	"os"
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
		return copyFile(from, path)
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(SyncFile(f), f.Close())
}

func copyFile(from, path string) error {
	return CreateFile(path, func(out io.Writer) (err error) {
		in, err := os.Open(from)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, in.Close()) }()
		_, err = io.Copy(out, in)
		return err
	})
}

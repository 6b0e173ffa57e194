package durable

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// NewFolder makes an empty folder beside path, and path's parents where they are missing:
// a draft for PutFolder. Its maker removes it when it does not get that far.
func NewFolder(path string) (draft string, err error) {
	path = filepath.Clean(path)
	parent := filepath.Dir(path)
	if err := makeFolders(parent); err != nil {
		return "", err
	}
	draft, err = os.MkdirTemp(parent, Prefix+filepath.Base(path)+"-*")
	if err != nil {
		return "", err
	}
	if err := os.Chmod(draft, 0o755); err != nil { // MkdirTemp makes it private
		return "", errors.Join(err, os.Remove(draft))
	}
	return draft, nil
}

// makeFolders makes a folder and its parents, and brings the names it made to the disk.
func makeFolders(dir string) error {
	info, err := os.Stat(dir)
	switch {
	case err == nil && !info.IsDir():
		return &fs.PathError{Op: "mkdir", Path: dir, Err: syscall.ENOTDIR}
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	parent := filepath.Dir(dir)
	if err := makeFolders(parent); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return SyncFolder(parent)
}

// PutFolder moves a finished draft to path, on the same file system, and removes what was
// there before. The draft's files are on disk already, as CreateFile leaves them, and no
// folders are in it.
func PutFolder(draft, path string) error {
	if err := SyncFolder(draft); err != nil {
		return err
	}
	path = filepath.Clean(path)
	if err := exchange(draft, path); err == nil {
		if err := SyncFolder(filepath.Dir(path)); err != nil {
			return err
		}
		return os.RemoveAll(draft) // what was there before
	}
	return putAside(draft, path)
}

// putAside is PutFolder in two steps, where nothing is there yet or the two cannot change
// places in one.
func putAside(draft, path string) error {
	old := filepath.Clean(draft) + "-old"
	err := os.Rename(path, old)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	replaced := err == nil
	if err := os.Rename(draft, path); err != nil {
		if replaced {
			err = errors.Join(err, os.Rename(old, path))
		}
		return err
	}
	if err := SyncFolder(filepath.Dir(path)); err != nil {
		return err
	}
	if replaced { // last, so that one of the two is on disk at any time
		return os.RemoveAll(old)
	}
	return nil
}

// SyncFolder brings the names in a folder to the disk.
func SyncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(SyncFile(d), d.Close())
}

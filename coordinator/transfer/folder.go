package transfer

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Folder names a folder's files and their contents.
type Folder struct {
	ID    string `json:"id"`   // over names and contents
	Path  string `json:"path"` // where its owner has it
	Files []File `json:"files"`
}

// File is one file of a folder; folders have no folders in them.
type File struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// Describe reads the plain files of a folder.
func Describe(dir string) (Folder, error) {
	path, err := filepath.Abs(dir)
	if err != nil {
		return Folder{}, err
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return Folder{}, err
	}
	f := Folder{Path: path}
	id := sha256.New()
	for _, e := range entries {
		if !e.Type().IsRegular() && e.Type() != fs.ModeSymlink {
			continue
		}
		file, err := describe(path, e.Name())
		if errors.Is(err, errNotAFile) {
			continue
		}
		if err != nil {
			return Folder{}, err
		}
		f.Files = append(f.Files, file)
		fmt.Fprintf(id, "%q %d %s\n", file.Name, file.Size, file.SHA256)
	}
	f.ID = hex.EncodeToString(id.Sum(nil))
	return f, nil
}

var errNotAFile = errors.New("not a regular file")

func describe(dir, name string) (File, error) {
	in, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		return File{}, err
	}
	defer in.Close()
	if info, err := in.Stat(); err != nil {
		return File{}, err
	} else if !info.Mode().IsRegular() {
		return File{}, errNotAFile
	}
	sum := sha256.New()
	size, err := io.Copy(sum, in)
	if err != nil {
		return File{}, fmt.Errorf("read %s: %w", filepath.Join(dir, name), err)
	}
	return File{Name: name, Size: size, SHA256: hex.EncodeToString(sum.Sum(nil))}, nil
}

// check holds the files of dir against f's.
func (f Folder) check(dir string) error {
	for _, want := range f.Files {
		if filepath.Base(want.Name) != want.Name || want.Name == "." || want.Name == ".." {
			return fmt.Errorf("%w: %q", ErrBadName, want.Name)
		}
		info, err := os.Stat(filepath.Join(dir, want.Name))
		if err != nil {
			return err
		}
		if info.Size() != want.Size {
			return fmt.Errorf("%w: %s has %d bytes, want %d", ErrDamaged, want.Name, info.Size(), want.Size)
		}
		got, err := describe(dir, want.Name)
		if err != nil {
			return err
		}
		if got.SHA256 != want.SHA256 {
			return fmt.Errorf("%w: %s has SHA-256 %s, want %s", ErrDamaged, want.Name, got.SHA256, want.SHA256)
		}
	}
	return nil
}

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
	"slices"
	"strings"
	"unicode"

	"ringmaster/durable"
	"ringmaster/inputfile"
	"ringmaster/shown"
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
	var files []File
	for _, e := range entries {
		if !e.Type().IsRegular() && e.Type() != fs.ModeSymlink {
			continue
		}
		file, err := describe(path, e.Name())
		if errors.Is(err, inputfile.ErrNotRegular) {
			continue
		}
		if err != nil {
			return Folder{}, err
		}
		files = append(files, file)
	}
	return FolderOf(path, files), nil
}

// FolderOf is the folder at path with files that are known already: what Describe would
// find there.
func FolderOf(path string, files []File) Folder {
	f := Folder{Path: path, Files: slices.SortedFunc(slices.Values(files), func(a, b File) int { return strings.Compare(a.Name, b.Name) })}
	id := sha256.New()
	for _, file := range f.Files {
		fmt.Fprintf(id, "%q %d %s\n", file.Name, file.Size, file.SHA256)
	}
	f.ID = hex.EncodeToString(id.Sum(nil))
	return f
}

// CreateFile makes a new file in dir, as durable.CreateFile does, and describes it without
// reading it again.
func CreateFile(dir, name string, write func(io.Writer) error) (File, error) {
	sum, err := durable.CreateSummed(filepath.Join(dir, name), write)
	return File{name, sum.Size, sum.SHA256}, err
}

func describe(dir, name string) (File, error) {
	sum, err := durable.Sum(filepath.Join(dir, name))
	return File{name, sum.Size, sum.SHA256}, err
}

// Check says whether a folder that another machine speaks of can be one. Its files have plain
// names, each another, and the ID is that of names and contents: it becomes a part of a path.
func (f Folder) Check() error {
	for i, file := range f.Files {
		switch {
		case !plain(file.Name):
			return fmt.Errorf("%w: %s", ErrBadName, shown.Quote(file.Name))
		case i > 0 && file.Name <= f.Files[i-1].Name:
			return fmt.Errorf("%w: %s is there twice, or out of order", ErrBadName, shown.Quote(file.Name))
		case file.Size < 0:
			return fmt.Errorf("%w: %s has %d bytes", ErrDamaged, shown.Quote(file.Name), file.Size)
		case len(file.SHA256) != hex.EncodedLen(sha256.Size):
			return fmt.Errorf("%w: %s has no SHA-256", ErrDamaged, shown.Quote(file.Name))
		}
	}
	if want := FolderOf(f.Path, f.Files).ID; f.ID != want {
		return fmt.Errorf("%w: the folder has the ID %s, and its files are those of %s", ErrBadName, shown.Quote(f.ID), want)
	}
	return nil
}

// plain says whether a name is that of a file in its folder, and of nothing outside of it.
func plain(name string) bool {
	return name == filepath.Base(name) && filepath.IsLocal(name) && name != "." && !strings.ContainsAny(name, "\\/") &&
		len(name) <= 255 && !strings.ContainsFunc(name, unicode.IsControl)
}

// Within says whether a folder is of a size that was to be expected: at most so many files,
// of so many bytes in all. What another machine announces is asked for only then.
func (f Folder) Within(files int, bytes int64) error {
	if len(f.Files) > files {
		return fmt.Errorf("%w: %d files, and at most %d are expected", ErrTooLarge, len(f.Files), files)
	}
	left := bytes
	for _, file := range f.Files {
		if file.Size < 0 || file.Size > left {
			return fmt.Errorf("%w: %q is said to have %d bytes, and at most %d are expected in all", ErrTooLarge, file.Name, file.Size, bytes)
		}
		left -= file.Size
	}
	return nil
}

// check holds the files of dir against f's.
func (f Folder) check(dir string) error {
	for _, want := range f.Files {
		if !plain(want.Name) {
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

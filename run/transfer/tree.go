package transfer

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"ringmaster/durable"
	"ringmaster/inputfile"
)

// Tree is files that travel together under paths of their own, with slashes between folders.
type Tree struct {
	files []File
	at    []string // where each is on this machine
}

// Add puts a regular file of this machine into the tree. It reads the file for its checksum.
func (t *Tree) Add(name, at string) error {
	sum, err := durable.Sum(at)
	if err != nil {
		return err
	}
	t.files, t.at = append(t.files, File{name, sum.Size, sum.SHA256}), append(t.at, at)
	return nil
}

// AddFolder puts the regular files of a folder, and of the folders in it, into the tree under
// name; "" is its top. What leave says of a path below the folder stays behind, as does what is
// unfinished, and what is no regular file.
func (t *Tree) AddFolder(name, dir string, leave func(path string) bool) error {
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return err
	}
	return filepath.WalkDir(dir, func(at string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		below, err := filepath.Rel(dir, at)
		if err != nil {
			return err
		}
		below = filepath.ToSlash(below)
		if below != "." && (unfinished(e.Name()) || leave(below)) {
			if e.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if e.IsDir() {
			return nil
		}
		if err := t.Add(path.Join(name, below), at); !errors.Is(err, inputfile.ErrNotRegular) {
			return err
		}
		return nil
	})
}

func unfinished(name string) bool {
	return strings.HasPrefix(name, durable.Prefix) || strings.HasSuffix(name, durable.PartSuffix)
}

// Files lists what is in the tree.
func (t *Tree) Files() []File { return slices.Clone(t.files) }

// Bytes is the size of all files together.
func (t *Tree) Bytes() int64 { return bytesOf(t.files) }

func bytesOf(files []File) (sum int64) {
	for _, f := range files {
		sum += f.Size
	}
	return sum
}

// mostFiles bounds a tree: far more than a run has.
const mostFiles = 100_000

// checkTree makes sure that every path of a tree from elsewhere leads below the folder that it is
// put into, and to a file of its own.
func checkTree(files []File) error {
	if len(files) > mostFiles {
		return fmt.Errorf("%w: %d files, and at most %d are expected", ErrTooLarge, len(files), mostFiles)
	}
	seen := map[string]bool{}
	var total int64
	for _, f := range files {
		plain := f.Name != "" && path.Clean(f.Name) == f.Name && filepath.IsLocal(filepath.FromSlash(f.Name)) && f.Name != "." && !strings.ContainsAny(f.Name, "\\\x00\n")
		if !plain || unfinished(path.Base(f.Name)) || seen[f.Name] {
			return fmt.Errorf("%w: %q", ErrBadName, f.Name)
		}
		if f.Size < 0 || total+f.Size < total {
			return fmt.Errorf("%w: %q is said to have %d bytes", ErrTooLarge, f.Name, f.Size)
		}
		seen[f.Name], total = true, total+f.Size
	}
	return nil
}

// makeParent makes the folders of a path below dir. None of them may be a link: what comes from
// elsewhere stays below dir.
func makeParent(dir, name string) error {
	at := dir
	for _, part := range strings.Split(path.Dir(name), "/") {
		if part == "." {
			continue
		}
		at = filepath.Join(at, part)
		if err := os.Mkdir(at, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
		info, err := os.Lstat(at)
		if err != nil {
			return err
		}
		if !info.IsDir() {
			return fmt.Errorf("%w: %s is not a folder", ErrBadName, at)
		}
	}
	return nil
}

package images

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"time"
)

// nobody is the user and group that images run as: neither root nor a user of a machine.
const nobody = 65532

// content is an opened file.
type content interface {
	io.Reader
	io.ReaderAt
	io.Closer
}

// An entry is a file, a folder or a symbolic link. The zero owner is root.
type entry struct {
	mode  fs.FileMode // type and permissions
	owner int         // user and group
	link  string      // of a symbolic link: where to
	size  int64
	open  func() (content, error)
}

// A Layer holds the files of one layer by their path in the image, without the leading slash.
// Folders that hold something need not be listed.
type Layer map[string]entry

type inMemory struct{ *bytes.Reader }

func (inMemory) Close() error { return nil }

// text is a file with this content.
func text(b []byte, mode fs.FileMode) entry {
	return entry{mode: mode, size: int64(len(b)), open: func() (content, error) { return inMemory{bytes.NewReader(b)}, nil }}
}

// folder is an empty folder.
func folder(mode fs.FileMode, owner int) entry {
	return entry{mode: fs.ModeDir | mode, owner: owner}
}

func symlink(to string) entry { return entry{mode: fs.ModeSymlink | 0o777, link: to} }

// fileOnDisk is a copy of a file of this machine, with permissions of its own.
func fileOnDisk(name string, mode fs.FileMode) (entry, error) {
	info, err := os.Stat(name)
	if err != nil {
		return entry{}, err
	}
	if !info.Mode().IsRegular() {
		return entry{}, fmt.Errorf("%w: %s is not a regular file", ErrMissing, name)
	}
	return entry{mode: mode, size: info.Size(), open: func() (content, error) { return os.Open(name) }}, nil
}

// read returns the content of a small file.
func (e entry) read() ([]byte, error) {
	c, err := e.open()
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(c)
	return b, errors.Join(err, c.Close())
}

// size is the number of bytes of all files.
func (l Layer) size() (n int64) {
	for _, e := range l {
		n += e.size
	}
	return n
}

// withFolders adds the folders above every entry.
func (l Layer) withFolders() Layer {
	all := maps.Clone(l)
	for name := range l {
		for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
			if _, listed := all[dir]; !listed {
				all[dir] = folder(0o755, 0)
			}
		}
	}
	return all
}

// write writes a layer as a tar file that depends on nothing but the layer and the time.
func (l Layer) write(w io.Writer, when time.Time) error {
	all := l.withFolders()
	out := tar.NewWriter(w)
	for _, name := range slices.Sorted(maps.Keys(all)) { // a folder comes before what is in it
		if err := writeEntry(out, name, all[name], when); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return out.Close()
}

func writeEntry(out *tar.Writer, name string, e entry, when time.Time) error {
	h := &tar.Header{Name: name, Mode: int64(e.mode.Perm()), Uid: e.owner, Gid: e.owner, ModTime: when, Format: tar.FormatPAX}
	if e.mode&fs.ModeSticky != 0 {
		h.Mode |= 0o1000
	}
	switch {
	case e.mode.IsDir():
		h.Typeflag, h.Name = tar.TypeDir, name+"/"
	case e.mode&fs.ModeSymlink != 0:
		h.Typeflag, h.Linkname = tar.TypeSymlink, e.link
	default:
		h.Typeflag, h.Size = tar.TypeReg, e.size
	}
	if err := out.WriteHeader(h); err != nil || h.Typeflag != tar.TypeReg {
		return err
	}
	c, err := e.open()
	if err != nil {
		return err
	}
	_, err = io.Copy(out, c)
	return errors.Join(err, c.Close())
}

package images

import (
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// debianLibraries are the loader's own folders, after those that a program names.
var debianLibraries = []string{"usr/lib/x86_64-linux-gnu", "usr/lib64", "usr/lib"}

// loaded are the entries of pool that the dynamic loader opens for the programs or libraries
// roots, which are paths in pool: those, their interpreters, and all libraries that they need,
// with the links that lead to them.
func loaded(pool Layer, roots ...string) (Layer, error) {
	l := loader{pool: pool, found: Layer{}}
	for _, root := range roots {
		if err := l.load(root); err != nil {
			return nil, err
		}
	}
	return l.found, nil
}

type loader struct{ pool, found Layer }

// load adds a file and what it needs. Links to it are followed, within the pool.
func (l loader) load(name string) error {
	const links = 8 // as many as lead anywhere
	for range links {
		e, known := l.pool[name]
		if !known {
			return fmt.Errorf("%w: %s", ErrMissing, name)
		}
		if _, done := l.found[name]; done {
			return nil
		}
		l.found[name] = e
		if e.mode&fs.ModeSymlink == 0 {
			return l.loadNeeded(name, e)
		}
		name = target(name, e.link)
	}
	return fmt.Errorf("%w: %s is a link that leads nowhere", ErrMissing, name)
}

// target is where a link at a path leads, in the image.
func target(at, link string) string {
	if !path.IsAbs(link) {
		link = path.Join("/", path.Dir(at), link)
	}
	return merged(strings.TrimPrefix(path.Clean(link), "/"))
}

func (l loader) loadNeeded(name string, e entry) (err error) {
	c, err := e.open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	f, err := elf.NewFile(c)
	if err != nil {
		return fmt.Errorf("%w: %s: %w", ErrProgram, name, err)
	}
	for _, p := range f.Progs {
		if p.Type != elf.PT_INTERP {
			continue
		}
		b := make([]byte, p.Filesz)
		if _, err := p.ReadAt(b, 0); err != nil {
			return fmt.Errorf("%w: %s: %w", ErrProgram, name, err)
		}
		if err := l.load(target("/", strings.TrimRight(string(b), "\x00"))); err != nil {
			return err
		}
	}
	needed, err := f.ImportedLibraries()
	if err != nil {
		return fmt.Errorf("%w: %s: %w", ErrProgram, name, err)
	}
	for _, library := range needed {
		at, err := l.find(library, searched(f, name))
		if err != nil {
			return fmt.Errorf("%w, which %s needs", err, name)
		}
		if err := l.load(at); err != nil {
			return err
		}
	}
	return nil
}

// searched are the folders that a file names for what it needs, in the image.
func searched(f *elf.File, name string) (dirs []string) {
	for _, tag := range []elf.DynTag{elf.DT_RPATH, elf.DT_RUNPATH} {
		paths, err := f.DynString(tag)
		if err != nil {
			continue // statically linked
		}
		for _, dir := range strings.Split(strings.Join(paths, ":"), ":") {
			dir = strings.ReplaceAll(dir, "$ORIGIN", "/"+path.Dir(name))
			if path.IsAbs(dir) {
				dirs = append(dirs, strings.TrimPrefix(path.Clean(dir), "/"))
			}
		}
	}
	return append(dirs, debianLibraries...)
}

func (l loader) find(library string, dirs []string) (string, error) {
	for _, dir := range dirs {
		if at := path.Join(dir, library); l.has(at) {
			return at, nil
		}
	}
	return "", fmt.Errorf("%w: the library %s", ErrMissing, library)
}

func (l loader) has(name string) bool { _, known := l.pool[name]; return known }

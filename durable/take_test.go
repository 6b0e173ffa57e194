package durable_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"ringmaster/durable"
	"ringmaster/inputfile"
)

// LinkFile replaces what bears the name, also when that is the same file already, and leaves
// nothing else.
func TestLinkFileReplaces(t *testing.T) {
	dir := t.TempDir()
	from, path := filepath.Join(dir, "from"), filepath.Join(dir, "path")
	put(t, from, "logits")
	put(t, path, "old")
	for range 2 {
		if err := durable.LinkFile(from, path); err != nil {
			t.Fatal(err)
		}
		a, errA := os.Stat(from)
		b, errB := os.Stat(path)
		if errA != nil || errB != nil || !os.SameFile(a, b) {
			t.Errorf("not two names of one file (%v, %v)", errA, errB)
		}
		wantNames(t, dir, "from", "path")
	}
	link(t, from, filepath.Join(dir, "pointer"))
	if err := durable.LinkFile(filepath.Join(dir, "pointer"), path); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() || read(t, path) != "logits" {
		t.Errorf("what a link led to was not copied: %v, %v", info, err)
	}
	if err := durable.LinkFile(filepath.Join(dir, "none"), path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("of no file: %v", err)
	}
	if got := read(t, path); got != "logits" {
		t.Errorf("a failed LinkFile left %q", got)
	}
	wantNames(t, dir, "from", "path", "pointer")
}

func TestCopyFile(t *testing.T) {
	dir := t.TempDir()
	from, path := filepath.Join(dir, "from"), filepath.Join(dir, "path")
	put(t, from, "weights")
	if err := durable.CopyFile(from, path); err != nil || read(t, path) != "weights" {
		t.Errorf("%q, %v", read(t, path), err)
	}
	if err := durable.CopyFile(from, path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over another file: %v", err)
	}
	if err := durable.CopyFile(dir, filepath.Join(dir, "folder")); !errors.Is(err, inputfile.ErrNotRegular) {
		t.Errorf("of a folder: %v", err)
	}
	wantNames(t, dir, "from", "path")
}

// The sums are those of sha256sum.
func TestChecksums(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	want := durable.Checksum{Size: 3, SHA256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"}
	got, err := durable.CreateSummed(path, func(w io.Writer) error { return errors.Join(text("a")(w), text("bc")(w)) })
	if err != nil || got != want || read(t, path) != "abc" {
		t.Errorf("while it is written: %v, %v", got, err)
	}
	if got, err := durable.Sum(path); err != nil || got != want {
		t.Errorf("read again: %v, %v", got, err)
	}
	if _, err := durable.Sum(path + "x"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("of no file: %v", err)
	}
}

// A lock is its holder's alone until the file is closed, of files and of folders.
func TestTryLock(t *testing.T) {
	dir := t.TempDir()
	put(t, filepath.Join(dir, "f"), "")
	for _, path := range []string{dir, filepath.Join(dir, "f")} {
		first, second := open(t, path), open(t, path)
		if err := durable.TryLock(first); err != nil {
			t.Fatal(err)
		}
		if err := durable.TryLock(second); !errors.Is(err, durable.ErrLocked) {
			t.Errorf("while another holds it: %v", err)
		}
		if err := first.Close(); err != nil {
			t.Fatal(err)
		}
		if err := durable.TryLock(second); err != nil {
			t.Errorf("once it is given back: %v", err)
		}
	}
}

func open(t *testing.T, path string) *os.File {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

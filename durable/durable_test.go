package durable_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringmaster/durable"
)

var errFull = errors.New("disk full")

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error { _, err := io.WriteString(w, s); return err }
}

// half writes more than any buffer holds and then fails.
func half(w io.Writer) error {
	_, err := w.Write(make([]byte, 3<<20))
	return errors.Join(err, errFull)
}

func TestWriteFileReplaces(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "metrics.json")
	for content, perm := range map[string]fs.FileMode{"first": 0o600, "second": 0o644, "": 0o666} {
		if err := durable.WriteFile(path, perm, text(content)); err != nil {
			t.Fatal(err)
		}
		if got := read(t, path); got != content {
			t.Errorf("holds %q, want %q", got, content)
		}
		if got := mode(t, path); got != perm {
			t.Errorf("permissions %v, want %v", got, perm)
		}
	}
	wantNames(t, dir, "metrics.json")
}

func TestFailedWriteFileKeepsTheOldFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "metrics.json")
	put(t, path, "old")
	if err := durable.WriteFile(path, 0o644, half); !errors.Is(err, errFull) {
		t.Errorf("got %v", err)
	}
	if got := read(t, path); got != "old" {
		t.Errorf("holds %q", got)
	}
	wantNames(t, dir, "metrics.json")
	if err := durable.WriteFile(filepath.Join(dir, "none", "x"), 0o644, text("")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("into no folder: %v", err)
	}
}

// When the file cannot take its place, nothing half-made stays behind.
func TestWriteFileDoesNotReplaceAFolder(t *testing.T) {
	dir := t.TempDir()
	inTheWay := filepath.Join(dir, "set.ids")
	folder(t, filepath.Join(inTheWay, "full"), "")
	if err := durable.WriteFile(inTheWay, 0o644, text("x")); err == nil {
		t.Error("a file took a folder's place")
	}
	wantNames(t, dir, "set.ids")
}

// A reader beside the writer finds one whole content or the other.
func TestReadersSeeWholeFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "set")
	contents := [][]byte{bytes.Repeat([]byte("a"), 2<<20), bytes.Repeat([]byte("b"), 1<<20)}
	put(t, path, string(contents[0]))
	written := make(chan error, 1)
	var writer sync.WaitGroup
	defer writer.Wait()
	writer.Go(func() {
		var errs []error
		for i := range 20 {
			errs = append(errs, durable.WriteFile(path, 0o644, func(w io.Writer) error {
				_, err := w.Write(contents[i%2])
				return err
			}))
		}
		written <- errors.Join(errs...)
	})
	for {
		got := read(t, path)
		if got != string(contents[0]) && got != string(contents[1]) {
			t.Fatalf("read %d bytes that were never the whole file", len(got))
		}
		select {
		case err := <-written:
			if err != nil {
				t.Fatal(err)
			}
			return
		default:
		}
	}
}

func TestCreateFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "model.bin")
	if err := durable.CreateFile(path, half); !errors.Is(err, errFull) {
		t.Errorf("got %v", err)
	}
	wantNames(t, dir)
	if err := durable.CreateFile(path, text("weights")); err != nil {
		t.Fatal(err)
	}
	if err := durable.CreateFile(path, text("others")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("the same name again: %v", err)
	}
	if got := read(t, path); got != "weights" {
		t.Errorf("holds %q", got)
	}
}

func TestPutFolder(t *testing.T) {
	dir := t.TempDir()
	for name, prepare := range map[string]func(path string){
		"nothing":       func(string) {},
		"empty folder":  func(path string) { folder(t, path, "") },
		"full folder":   func(path string) { folder(t, path, "old"); put(t, filepath.Join(path, "more"), "x") },
		"file":          func(path string) { folder(t, filepath.Dir(path), ""); put(t, path, "x") },
		"link to other": func(path string) { folder(t, filepath.Dir(path), ""); link(t, dir, path) },
	} {
		t.Run(name, func(t *testing.T) {
			parent := filepath.Join(t.TempDir(), "models")
			path := filepath.Join(parent, "student")
			prepare(path)
			draft, err := durable.NewFolder(path + "/")
			if err != nil {
				t.Fatal(err)
			}
			if err := durable.CreateFile(filepath.Join(draft, "content"), text("new")); err != nil {
				t.Fatal(err)
			}
			if err := durable.PutFolder(draft, path+"/"); err != nil {
				t.Fatal(err)
			}
			wantNames(t, parent, "student")
			wantNames(t, path, "content")
			if got := read(t, filepath.Join(path, "content")); got != "new" {
				t.Errorf("holds %q", got)
			}
			if got := mode(t, path); got != 0o755 {
				t.Errorf("permissions %v", got)
			}
		})
	}
	if _, err := os.Stat(dir); err != nil {
		t.Errorf("the folder behind the link: %v", err)
	}
}

// A folder cannot be moved into itself: the second rename fails when the first is done.
func TestFailedPutFolderBringsTheOldBack(t *testing.T) {
	dir := t.TempDir()
	draft := filepath.Join(dir, "draft")
	path := filepath.Join(draft, "student")
	folder(t, path, "old")
	if err := durable.PutFolder(draft, path); err == nil {
		t.Error("a folder was moved into itself")
	}
	wantNames(t, dir, "draft")
	wantNames(t, draft, "student")
	if got := read(t, filepath.Join(path, "content")); got != "old" {
		t.Errorf("holds %q", got)
	}
	if err := durable.PutFolder(filepath.Join(dir, "none"), path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no draft: %v", err)
	}
	wantNames(t, path, "content")
}

func TestSweepRemovesOnlyTheUnfinished(t *testing.T) {
	dir := t.TempDir()
	draft, err := durable.NewFolder(filepath.Join(dir, "step-3"))
	if err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(draft, "half"), "x")
	put(t, filepath.Join(dir, durable.Prefix+"metrics.json-1"), "{")
	put(t, filepath.Join(dir, "metrics.json"), "{}")
	folder(t, filepath.Join(dir, "step-2"), durable.Prefix)
	if err := durable.Sweep(dir); err != nil {
		t.Fatal(err)
	}
	wantNames(t, dir, "metrics.json", "step-2")
	wantNames(t, filepath.Join(dir, "step-2"), "content")
	if err := durable.Sweep(filepath.Join(dir, "none")); err != nil {
		t.Errorf("no folder: %v", err)
	}
}

// What is being written is what Sweep would remove after a crash at that moment.
func TestUnfinishedNamesAreSwept(t *testing.T) {
	dir := t.TempDir()
	err := durable.WriteFile(filepath.Join(dir, "set"), 0o644, func(io.Writer) error {
		return errors.Join(errFull, durable.Sweep(dir), empty(dir))
	})
	if !errors.Is(err, errFull) || errors.Is(err, errLeft) {
		t.Errorf("got %v", err)
	}
}

var errLeft = errors.New("something is left")

func empty(dir string) error {
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		return errors.Join(errLeft, err)
	}
	return nil
}

func wantNames(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("in %s: %s", dir, diff)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func put(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// folder makes a folder with one file, unless content is empty.
func folder(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(path, 0o755); err != nil {
		t.Fatal(err)
	}
	if content != "" {
		put(t, filepath.Join(path, "content"), content)
	}
}

func link(t *testing.T, to, path string) {
	t.Helper()
	if err := os.Symlink(to, path); err != nil {
		t.Fatal(err)
	}
}

func mode(t *testing.T, path string) fs.FileMode {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm()
}

// A device is not replaced by a file, nor is a link to one or to a folder, whoever asks; a link to a file is.
func TestWriteFileDoesNotReplaceADevice(t *testing.T) {
	dir := t.TempDir()
	put(t, filepath.Join(dir, "file"), "x")
	for link, to := range map[string]string{"null": os.DevNull, "folder": dir, "link": "file"} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"null", "folder"} {
		if err := durable.WriteFile(filepath.Join(dir, name), 0o644, text("x")); !errors.Is(err, durable.ErrNotReplaced) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := durable.WriteFile(filepath.Join(dir, "link"), 0o644, text("y")); err != nil || read(t, filepath.Join(dir, "link")) != "y" {
		t.Error(err)
	}
	wantNames(t, dir, "file", "folder", "link", "null")
}

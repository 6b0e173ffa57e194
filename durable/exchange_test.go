package durable_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"ringmaster/durable"
)

// A folder that is replaced is there at every moment: a crash in any of them leaves one.
func TestReplacedFolderIsNeverGone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "step-3")
	put := func() error {
		draft, err := durable.NewFolder(path)
		if err != nil {
			return err
		}
		if err := durable.CreateFile(filepath.Join(draft, "content"), text("weights")); err != nil {
			return err
		}
		return durable.PutFolder(draft, path)
	}
	if err := put(); err != nil {
		t.Fatal(err)
	}
	if !canExchange(t) {
		t.Skip("SKIPPED: this file system cannot have two names change places, so folders are replaced in two steps")
	}
	var writer sync.WaitGroup
	defer writer.Wait()
	written := make(chan struct{})
	writer.Go(func() {
		defer close(written)
		for range 50 {
			if err := put(); err != nil {
				t.Error(err)
			}
		}
	})
	for {
		if _, err := os.Stat(path); err != nil {
			t.Fatalf("while it is replaced: %v", err)
		}
		select {
		case <-written:
			wantNames(t, filepath.Dir(path), "step-3")
			return
		default:
		}
	}
}

// The draft's parents are made, and may be there already; a file among them is said.
func TestNewFolderMakesParents(t *testing.T) {
	dir := t.TempDir()
	for range 2 {
		if _, err := durable.NewFolder(filepath.Join(dir, "a", "b", "step-1")); err != nil {
			t.Fatal(err)
		}
	}
	put(t, filepath.Join(dir, "file"), "x")
	if _, err := durable.NewFolder(filepath.Join(dir, "file", "step-1")); err == nil {
		t.Error("a folder was made in a file")
	} else if _, ok := err.(*fs.PathError); !ok { //nolint:errorlint // the very error of os, not one that wraps it
		t.Errorf("%T: %v", err, err)
	}
}

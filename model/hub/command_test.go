package hub

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// python puts a shell script in the place of python3.
func python(t *testing.T, script string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "python3"), []byte("#!/bin/sh\n"+script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":/usr/bin:/bin")
}

func TestRealProcessFails(t *testing.T) {
	s, _ := testStore(t)
	s.run = runCommand
	python(t, "echo ERROR: no way >&2; exit 1\n")
	want := "pip could not download pkg 1: no way; check the network and pip's own settings, and run it again"
	if _, err := s.fetch(context.Background(), "tiny", Options{}); !errors.Is(err, ErrDownload) || err.Error() != want {
		t.Errorf("got %v, want %q", err, want)
	}
}

func TestNoProcess(t *testing.T) {
	s, _ := testStore(t)
	s.run = runCommand
	t.Setenv("PATH", t.TempDir())
	if _, err := s.fetch(context.Background(), "tiny", Options{}); !errors.Is(err, ErrNoPip) {
		t.Errorf("got %v, want ErrNoPip", err)
	}
}

// An interrupted fetch ends pip and its children, and leaves nothing. The script tells through a
// pipe that it runs; its child holds the pipe open for as long as it lives.
func TestInterruptEndsPipAndItsChildren(t *testing.T) {
	s, _ := testStore(t)
	s.run = runCommand
	fifo := filepath.Join(t.TempDir(), "alive")
	python(t, `exec 3>"`+fifo+`"; sleep 600 & echo here >&3; wait`+"\n")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ended := make(chan error, 1)
	go func() {
		_, err := s.fetch(ctx, "tiny", Options{})
		ended <- err
	}()
	alive, err := os.Open(fifo) // returns once the script has opened its end
	if err != nil {
		t.Fatal(err)
	}
	defer alive.Close()
	if _, err := alive.Read(make([]byte, 5)); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-ended; !errors.Is(err, ErrInterrupted) {
		t.Errorf("got %v, want ErrInterrupted", err)
	}
	if n, err := alive.Read(make([]byte, 1)); n != 0 || err == nil { // end of file: nobody holds it
		t.Errorf("something still writes to the pipe (%d, %v)", n, err)
	}
	if names := list(t, s.root); len(names) != 1 {
		t.Errorf("left behind: %v", names)
	}
}

package inputfile

import (
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// odd makes one of everything that is no regular file; the words are in the refusal.
func odd(t *testing.T) map[string]string {
	t.Helper()
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	if err := syscall.Mkfifo(at("pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("pipe", at("link-to-pipe")); err != nil {
		t.Fatal(err)
	}
	socket := at("socket")
	if len(socket) > 100 { // the kernel's limit of a socket's name
		short, err := os.MkdirTemp("", "s")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.RemoveAll(short) })
		socket = filepath.Join(short, "socket")
	}
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return map[string]string{
		at("pipe"): "is a pipe", at("link-to-pipe"): "is a pipe", socket: "is a socket",
		dir: "is a directory", "/dev/zero": "is a device", "/dev/tty": "is a device",
	}
}

// TestOnlyRegularFilesAreOpened would hang at the pipe, and fill memory at /dev/zero, if
// they were opened.
func TestOnlyRegularFilesAreOpened(t *testing.T) {
	for path, words := range odd(t) {
		for call, err := range map[string]error{
			"Open":       func() error { _, err := Open(path); return err }(),
			"openAtOnce": func() error { _, err := openAtOnce(path); return err }(),
			"Read":       func() error { _, err := Read(path, 1<<20); return err }(),
			"Check":      Check(path),
		} {
			opensNothing := call == "openAtOnce" && (words == "is a socket" || path == "/dev/tty")
			if opensNothing && err != nil {
				continue // the kernel refuses it by itself
			}
			var not *NotRegularError
			if !errors.As(err, &not) || !errors.Is(err, ErrNotRegular) || not.Path != path || !strings.Contains(err.Error(), path+" "+words) {
				t.Errorf("%s(%s): %v, want that it %s", call, path, err, words)
			}
		}
	}
}

func TestRegularFilesAreOpened(t *testing.T) {
	dir := t.TempDir()
	path, link := filepath.Join(dir, "file"), filepath.Join(dir, "link")
	if err := os.WriteFile(path, []byte("content"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("file", link); err != nil {
		t.Fatal(err)
	}
	for _, at := range []string{path, link} {
		f, err := Open(at)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(f)
		if err != nil || string(got) != "content" {
			t.Errorf("%s: %q, %v", at, got, err)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestReadIsBounded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte("12345"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := Read(path, 5); err != nil || string(got) != "12345" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := Read(path, 4); !errors.Is(err, ErrTooLarge) || !strings.Contains(err.Error(), path) {
		t.Errorf("5 bytes of 4: %v", err)
	}
}

func TestNamesOfMessages(t *testing.T) {
	dir := t.TempDir()
	_, err := OpenNamed(dir, "corpus.csv")
	if want := "corpus.csv is a directory, but a file is expected: give the path of a file in it"; !errors.Is(err, ErrNotRegular) || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	at := filepath.Join(dir, "x")
	_, err = OpenNamed(at, "x")
	if want := "the file x does not exist (full path: " + at + ")"; !errors.Is(err, ErrMissing) || !errors.Is(err, fs.ErrNotExist) || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	if _, err = OpenNamed(at, at); err == nil || err.Error() != "the file "+at+" does not exist" {
		t.Error(err)
	}
}

func TestWhatIsNotThereIsSaid(t *testing.T) {
	if _, err := Open(filepath.Join(t.TempDir(), "nothing")); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

package worker

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// scratchIn makes the test binary a worker as far as its folder goes: it makes one, says
// which, and lives until its standard input closes.
const scratchIn = "WORKER_TEST_SCRATCH"

func init() {
	parent := os.Getenv(scratchIn)
	if parent == "" {
		return
	}
	s, err := newScratch(parent)
	if err != nil {
		panic(err)
	}
	fmt.Println(s.dir)
	_, _ = bufio.NewReader(os.Stdin).ReadByte()
	if err := s.close(); err != nil {
		panic(err)
	}
	os.Exit(0)
}

// The folder of a worker that was killed goes with the next worker that comes, or with
// another that goes; that of one that lives stays.
func TestAKilledWorkersFolderGoesWithAnothers(t *testing.T) {
	parent := t.TempDir()
	start := func() (cmd *exec.Cmd, dir string, leave func()) {
		t.Helper()
		cmd = exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), scratchIn+"="+parent)
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Fscan(out, &dir); err != nil {
			t.Fatal(err)
		}
		return cmd, dir, func() { _ = in.Close(); _ = cmd.Wait() }
	}
	there := func(want ...string) {
		t.Helper()
		got, err := filepath.Glob(filepath.Join(parent, "*"))
		if err != nil || len(got) != len(want) {
			t.Fatalf("there are %v, want %v; %v", got, want, err)
		}
		for _, dir := range want {
			if _, err := os.Stat(dir); err != nil {
				t.Error(err)
			}
		}
	}
	kill := func(cmd *exec.Cmd) {
		t.Helper()
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // it ended by a signal
	}
	lives, kept, leave := start()
	defer func() { _ = lives.Process.Kill() }() // in case the test fails before it leaves
	killed, left, _ := start()
	if err := os.WriteFile(filepath.Join(left, "shard"), []byte("bytes"), 0o600); err != nil {
		t.Fatal(err)
	}
	kill(killed)
	there(kept, left)
	killed, second, _ := start() // and the next sweeps the first one's
	there(kept, second)
	kill(killed)
	there(kept, second)
	leave() // the last that lives sweeps for those who cannot
	there()
}

// What others put under a worker's name is neither opened, followed nor removed.
func TestStrangeThingsUnderAWorkersNameAreLeftAlone(t *testing.T) {
	parent, elsewhere := t.TempDir(), t.TempDir()
	at := func(name string) string { return filepath.Join(parent, scratchPrefix+name) }
	keep := filepath.Join(elsewhere, "keep")
	if err := errors.Join(
		syscall.Mkfifo(at("pipe"), 0o666), // opening it would wait for a writer
		os.Symlink(elsewhere, at("link")),
		os.Symlink("nowhere", at("dangling")),
		os.WriteFile(at("file"), nil, 0o666),
		os.WriteFile(keep, nil, 0o666),
	); err != nil {
		t.Fatal(err)
	}
	names := []string{"pipe", "link", "dangling", "file"}
	if os.Geteuid() == 0 { // a folder of another user, which root could remove
		if err := errors.Join(os.Mkdir(at("foreign"), 0o777), os.Chown(at("foreign"), 4711, 4711)); err != nil {
			t.Fatal(err)
		}
		names = append(names, "foreign")
	} else {
		t.Log("not root: a folder of another user is not tried")
	}
	done := make(chan error, 1)
	go func() {
		s, err := newScratch(parent)
		if err == nil {
			err = s.close()
		}
		done <- err
	}()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("it waits for something")
	}
	for _, name := range names {
		if _, err := os.Lstat(at(name)); err != nil {
			t.Error(err)
		}
	}
	if _, err := os.Stat(keep); err != nil {
		t.Errorf("what a link leads to is gone: %v", err)
	}
}

func TestATemporaryFolderThatIsNotThereIsNamed(t *testing.T) {
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "missing"))
	_, err := openScratch()
	if !errors.Is(err, ErrScratch) || !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "TMPDIR") {
		t.Errorf("got %v", err)
	}
}

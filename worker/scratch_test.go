package worker

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
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

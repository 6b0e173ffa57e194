package coordinator

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestProcessExit(t *testing.T) {
	for _, c := range []struct {
		script string
		of     processExit
		want   []string
		never  string
	}{
		{script: "exit 0", want: []string{"its process ended"}, never: "with"},
		{script: "exit 3", want: []string{"exit status 3"}},
		{script: "kill -9 $$", want: []string{"SIGKILL", "not by this run", "memory", "--workers"}},
		{script: "kill -9 $$", of: processExit{memory: true}, want: []string{"memory ran out", "kernel", "--workers", "train.micro_batch"}},
		{script: "kill -9 $$", of: processExit{ours: true, memory: true}, want: []string{"signal: killed"}, never: "memory"},
		{script: "kill -TERM $$", of: processExit{memory: true}, want: []string{"signal: terminated"}, never: "memory"},
	} {
		cmd := exec.Command("sh", "-c", c.script)
		_ = cmd.Run() // the state says it
		c.of.state = cmd.ProcessState
		got := c.of.String()
		for _, want := range c.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s: %q does not say %q", c.script, got, want)
			}
		}
		if c.never != "" && strings.Contains(got, c.never) {
			t.Errorf("%s: %q says %q", c.script, got, c.never)
		}
	}
}

func TestTheKernelsCountOfOutOfMemoryKills(t *testing.T) {
	text, err := os.ReadFile("/proc/vmstat")
	if err != nil || !strings.Contains(string(text), "\noom_kill ") {
		t.Skipf("SKIPPED: this system does not count processes that were killed for want of memory (%v)", err)
	}
	if n := outOfMemoryKills(); n < 0 {
		t.Errorf("%d", n)
	}
}

func TestLastWords(t *testing.T) {
	for _, c := range []struct{ name, log, want string }{
		{"an error", "level=INFO msg=joined\nringmaster-worker: no space\n\n", "ringmaster-worker: no space"},
		{"nothing", "", ""},
		{"a panic", "level=INFO msg=joined\npanic: index out of range\n\ngoroutine 1 [running]:\nmain.main()\n\t/x.go:3 +0x1\nexit status 2\n", "panic: index out of range"},
		{"a crash in C++", "terminate called after throwing an instance of 'c10::Error'\n  what():  not enough memory\nSIGABRT: abort\nPC=0x7 m=0\n\nrax 0x0\ngs     0x0\n",
			"terminate called after throwing an instance of 'c10::Error' what():  not enough memory"},
		{"a signal", "level=INFO msg=joined\nSIGSEGV: segmentation violation\nPC=0x0\ngs     0x0\n", "SIGSEGV: segmentation violation"},
		{"much before it", strings.Repeat("level=INFO msg=step\n", 10000) + "the end\n", "the end"},
		{"one endless line", strings.Repeat("é", 100000), strings.Repeat("é", 250) + "…"},
	} {
		path := filepath.Join(t.TempDir(), "worker.log")
		if err := os.WriteFile(path, []byte(c.log), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := lastWords(path); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	if got := lastWords(filepath.Join(t.TempDir(), "none")); got != "" {
		t.Errorf("of a log that is not there: %q", got)
	}
}

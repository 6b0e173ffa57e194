package e2e

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience is far beyond what anything here takes.
const patience = 2 * time.Minute

// look is the pause between two looks at a condition.
const look = 20 * time.Millisecond

// process is a program that runs beside the test.
type process struct {
	desk           *desk
	cmd            *exec.Cmd
	in             io.WriteCloser
	stdout, stderr output
	ended          chan struct{} // closed when it has ended
	code           int           // exit code, known then; −1 after a signal
}

// output can be read while it is written.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// start runs a program on the desk. It, and every worker of the desk, is gone when the
// test ends, whatever becomes of it.
func (d *desk) start(t *testing.T, program string, args ...string) *process {
	t.Helper()
	p := &process{desk: d, cmd: exec.Command(program, args...), ended: make(chan struct{})}
	p.cmd.Dir, p.cmd.Env, p.cmd.Stdout, p.cmd.Stderr = d.dir, d.env(), &p.stdout, &p.stderr
	// Children that keep the pipes open must not keep Wait from returning.
	p.cmd.WaitDelay = 5 * time.Second
	var err error
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.ended)
		err := p.cmd.Wait()
		p.code = p.cmd.ProcessState.ExitCode()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			p.code = -1
		}
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill() // one that has ended cannot be killed
		<-p.ended
		for _, pid := range d.workers(t) {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	})
	return p
}

// run runs a program to its end.
func (d *desk) run(t *testing.T, program string, args ...string) *process {
	t.Helper()
	return d.runWith(t, "", program, args...)
}

// runWith is run with text as standard input.
func (d *desk) runWith(t *testing.T, text, program string, args ...string) *process {
	t.Helper()
	p := d.start(t, program, args...)
	// A program may end without reading; what it leaves unread is no fault of the test.
	if _, err := io.WriteString(p.in, text); err != nil && !errors.Is(err, syscall.EPIPE) && !errors.Is(err, os.ErrClosed) {
		t.Fatal(err)
	}
	if err := p.in.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
		t.Fatal(err)
	}
	p.wait(t, patience)
	return p
}

// wait waits for the program's end.
func (p *process) wait(t *testing.T, atMost time.Duration) {
	t.Helper()
	select {
	case <-p.ended:
	case <-time.After(atMost):
		t.Fatalf("%s has not ended within %s\n%s", p, atMost, p.said())
	}
}

// await looks until a condition holds; it fails the test when the program ends first.
func (p *process) await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for !holds() {
		select {
		case <-p.ended:
			if holds() {
				return
			}
			t.Fatalf("%s ended (%d) before %s\n%s", p, p.code, what, p.said())
		case <-time.After(look):
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: no %s within %s\n%s", p, what, patience, p.said())
		}
	}
}

// exits checks how the program ended.
func (p *process) exits(t *testing.T, code int) {
	t.Helper()
	if p.code != code {
		t.Fatalf("%s ended with %d, want %d\n%s", p, p.code, code, p.said())
	}
}

func (p *process) signal(t *testing.T, s syscall.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		t.Fatalf("signal %s: %v", p, err)
	}
}

func (p *process) String() string {
	return filepath.Base(p.cmd.Path) + " " + strings.Join(p.cmd.Args[1:], " ")
}

func (p *process) said() string {
	return "--- stdout\n" + p.stdout.String() + "--- stderr\n" + p.stderr.String()
}

// workers are the worker processes of this desk, by the program and home they run with.
func (d *desk) workers(t *testing.T) []int {
	t.Helper()
	entries, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	var pids []int
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		// A process that ends meanwhile can be read no more.
		if exe, err := os.Readlink(filepath.Join("/proc", e.Name(), "exe")); err != nil || exe != d.worker {
			continue
		}
		environ, err := os.ReadFile(filepath.Join("/proc", e.Name(), "environ"))
		if err == nil && strings.Contains(string(environ), "HOME="+d.at("home")+"\x00") {
			pids = append(pids, pid)
		}
	}
	return pids
}

// noWorkerWithin fails the test when a worker of the desk is still there after a while.
func (d *desk) noWorkerWithin(t *testing.T, atMost time.Duration) {
	t.Helper()
	deadline := time.Now().Add(atMost)
	for pids := d.workers(t); len(pids) > 0; pids = d.workers(t) {
		if time.Now().After(deadline) {
			t.Fatalf("workers %v are still there %s later", pids, atMost)
		}
		time.Sleep(look)
	}
}

// noWorker fails the test when a worker of the desk is there.
func (d *desk) noWorker(t *testing.T) {
	t.Helper()
	if pids := d.workers(t); len(pids) > 0 {
		t.Errorf("workers %v are left behind", pids)
	}
}

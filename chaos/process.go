//go:build linux

package chaos

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// nursery starts processes that cannot outlive this one. The kernel kills a child when the
// thread that started it ends, so one thread starts them all and ends last.
type nursery struct {
	starts chan func()
	over   chan struct{}
}

func newNursery() *nursery {
	n := &nursery{starts: make(chan func()), over: make(chan struct{})}
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with this goroutine
		defer close(n.over)
		for start := range n.starts {
			start()
		}
	}()
	return n
}

// close lets the thread end; every child must have ended before.
func (n *nursery) close() {
	close(n.starts)
	<-n.over
}

// process is a program that runs beside the trial. What it says is in its log.
type process struct {
	name string
	log  string
	cmd  *exec.Cmd
	// started is when it was.
	started time.Time
	ended   chan struct{} // closed when it has ended; then code is known
	code    int           // −1 after a signal
	how     string
}

// start starts a program whose words go to the end of the log.
func (n *nursery) start(name, log, dir string, env []string, program string, args ...string) (*process, error) {
	file, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	defer file.Close() // the child has its own copy
	p := &process{name: name, log: log, cmd: exec.Command(program, args...), started: time.Now(), ended: make(chan struct{})}
	p.cmd.Dir, p.cmd.Env, p.cmd.Stdout, p.cmd.Stderr = dir, env, file, file
	// A group of its own: Ctrl-C is for this program, which ends the others in its own way.
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	started := make(chan error)
	n.starts <- func() { started <- p.cmd.Start() }
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	go func() {
		defer close(p.ended)
		_ = p.cmd.Wait() // what it would say is in the state
		p.code, p.how = p.cmd.ProcessState.ExitCode(), p.cmd.ProcessState.String()
	}()
	return p, nil
}

func (p *process) pid() int { return p.cmd.Process.Pid }

// signal signals a process; one that has ended is left alone.
func (p *process) signal(s syscall.Signal) error {
	if err := p.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("%s of %s: %w", s, p.name, err)
	}
	return nil
}

// kill ends a process at once, paused ones too, and waits for that.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // one that has ended cannot be killed
	<-p.ended
}

func (p *process) over() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// tailLines is how much of a log is quoted.
const tailLines = 25

// tail is the last lines of a text file.
func tail(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimRight(string(text), "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-tailLines):], "\n")
}

// quote is a log's tail under its name.
func quote(path string) string {
	return fmt.Sprintf("--- %s\n%s\n", filepath.Base(path), tail(path))
}

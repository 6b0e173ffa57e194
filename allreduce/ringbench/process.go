package ringbench

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"syscall"

	"ringmaster/affinity"
)

// process is one rank's process as its parent sees it. It holds the reading end of a pipe
// as its standard input and leaves when that closes, as it does however the parent ends.
type process struct {
	name    string
	cmd     *exec.Cmd
	in      io.WriteCloser
	answers *json.Decoder
	said    stderrTail

	waited sync.Once
	end    string // how it ended, known once it is waited for
}

// start starts cmd, on the given cores if there are any.
func start(name string, cmd *exec.Cmd, cores []int) (*process, error) {
	p := &process{name: name, cmd: cmd}
	cmd.Stderr = &p.said
	cmd.WaitDelay = exitGrace // for children of its own that keep its standard error open
	// Its own process group: Ctrl-C is for the parent, which dismisses its children.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var err error
	if p.in, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, errors.Join(err, p.in.Close())
	}
	p.answers = json.NewDecoder(bufio.NewReader(out))
	if len(cores) > 0 {
		err = affinity.Start(cmd, cores...)
	} else {
		err = cmd.Start()
	}
	if err != nil {
		_, _ = p.in.Close(), out.Close() // cmd.Start has closed them, if it came to that
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	return p, nil
}

// errEnded says that a process ended in place of an answer.
var errEnded = errors.New("ended without an answer")

// ask gives an order and waits for the answer. Errors are errEnded or what the process
// itself answered.
func (p *process) ask(o order) (answer, error) {
	var a answer
	unheard := json.NewEncoder(p.in).Encode(o) // its reason is known by the answer, or its lack
	if err := p.answers.Decode(&a); err != nil {
		return a, errEnded
	}
	if a.Error != "" {
		return a, fmt.Errorf("%s: %s", p.name, a.Error)
	}
	return a, unheard
}

// wait waits for the process to end, and for all that it said.
func (p *process) wait() {
	p.waited.Do(func() {
		_ = p.cmd.Wait() // that, or its state, says how
		p.end = p.cmd.ProcessState.String()
	})
}

// leave ends the process's input; more than once is no harm.
func (p *process) leave() { _ = p.in.Close() }

// stderrTail keeps the end of what a process says on standard error.
type stderrTail struct {
	mu   sync.Mutex
	text []byte
}

// stderrTailBytes is enough for the last line of anything.
const stderrTailBytes = 4096

func (w *stderrTail) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.text = append(w.text, p...)
	w.text = w.text[max(0, len(w.text)-stderrTailBytes):]
	return len(p), nil
}

// quote is the last line as the end of a sentence.
func (w *stderrTail) quote() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	lines := strings.Split(strings.TrimSpace(string(w.text)), "\n")
	if last := strings.TrimSpace(lines[len(lines)-1]); last != "" {
		return "; it last said: " + last
	}
	return ""
}

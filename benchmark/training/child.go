package training

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"ringmaster/affinity"
)

const (
	// exitGrace is how long a child has to end after it was interrupted, before it is killed.
	exitGrace = 20 * time.Second
	// readEvery is how often processor time is read. It looks at all of /proc, some milliseconds where a
	// machine has hundreds of processes, on cores that are being measured; between two readings use is even.
	readEvery = 200 * time.Millisecond
)

// A child is a process to be run to its end.
type child struct {
	cores []int
	env   []string // added to this process's environment
	line  []string // program and arguments
	watch bool     // read its processor time while it runs
}

// ended is what a child left.
type ended struct {
	began      time.Time
	output     []byte
	cpuSeconds float64 // with all its descendants
	peakBytes  uint64  // of the largest of them
	readings   []reading
}

// run runs a child. An error quotes the last that it said, and is of the kind that failure names.
func (c child) run(ctx context.Context, failure error) (*ended, error) {
	cmd := exec.CommandContext(ctx, c.line[0], c.line[1:]...)
	cmd.Env = append(os.Environ(), c.env...)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	// Its own process group: Ctrl-C is for this process, which then interrupts its children.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }
	cmd.WaitDelay = exitGrace
	e := &ended{began: time.Now()}
	e.readings = []reading{{at: e.began}}
	if err := affinity.Start(cmd, c.cores...); err != nil {
		return nil, fmt.Errorf("%w: start %s: %w", failure, c.line[0], err)
	}
	stop := c.follow(cmd.Process.Pid, e)
	err := cmd.Wait()
	stop()
	if err != nil {
		// Not wrapped: how a child ended is not how this program is to end.
		return nil, fmt.Errorf("%w: `%s` ended (%s)%s", failure, strings.Join(c.line, " "), err.Error(), quote(said.Bytes(), out.Bytes()))
	}
	e.output = out.Bytes()
	e.cpuSeconds = (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
	if c.watch { // a short step may lie after the last reading
		e.readings = append(e.readings, reading{at: time.Now(), cpu: e.cpuSeconds})
	}
	if used, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		e.peakBytes = uint64(used.Maxrss) * 1024
	}
	return e, nil
}

// follow reads the processor time of a child that is to be watched, until it is stopped.
func (c child) follow(pid int, e *ended) (stop func()) {
	if !c.watch {
		return func() {}
	}
	done := make(chan struct{})
	var reader sync.WaitGroup
	reader.Go(func() {
		ticker := time.NewTicker(readEvery)
		defer ticker.Stop()
		for {
			select {
			case <-done:
				return
			case <-ticker.C:
				if r, ok := read(pid); ok {
					e.readings = append(e.readings, r)
				}
			}
		}
	})
	return func() {
		close(done)
		reader.Wait()
	}
}

// quote is the last line of what a process said, as the end of a sentence.
func quote(outputs ...[]byte) string {
	for _, output := range outputs {
		lines := strings.Split(strings.TrimSpace(string(output)), "\n")
		if last := strings.TrimSpace(lines[len(lines)-1]); last != "" {
			return "; it last said: " + last
		}
	}
	return ""
}

package coordinator

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"ringmaster/affinity"
	"ringmaster/coordinator/core"
	"ringmaster/coordinator/protocol"
)

// farewell is how long local workers have to leave by themselves before they are killed.
const farewell = 10 * time.Second

// local are the worker processes that the coordinator started itself.
//
// Each holds the reading end of a pipe as its standard input and leaves when it
// closes. The kernel closes it when this process ends, however it ends: kill -9
// leaves no worker behind.
type local struct {
	wg        sync.WaitGroup
	mu        sync.Mutex
	processes []*exec.Cmd
	lifelines []io.Closer
}

// localOptions say what local workers are started with.
type localOptions struct {
	program, run, logDir string
	workers              int
	url, token           string // of the control server
	pin                  bool   // give each cores of its own
}

// startLocal starts workers; lost hears of each that ends before its time.
func startLocal(o localOptions, lost func(core.Lost)) (*local, error) {
	if err := os.MkdirAll(o.logDir, 0o755); err != nil {
		return nil, err
	}
	cores, err := affinity.Cores()
	if err != nil {
		return nil, err
	}
	l := &local{}
	for i := range o.workers {
		name := fmt.Sprintf("local-%d", i)
		share := affinity.Portion(cores, i, o.workers)
		if err := l.start(o, name, share, o.pin && o.workers <= len(cores), lost); err != nil {
			l.stop()
			return nil, fmt.Errorf("start worker %s: %w", name, err)
		}
	}
	return l, nil
}

// start starts a worker with a thread for each of its cores, and where they are its own,
// bound to them: its ring's goroutines then do not wander to the others' cores. The Go
// runtime counts those cores too; more processors than that were measured to cost a
// quarter of a step.
func (l *local) start(o localOptions, name string, cores []int, pinned bool, lost func(core.Lost)) error {
	logPath := filepath.Join(o.logDir, name+".log")
	log, err := os.Create(logPath)
	if err != nil {
		return err
	}
	defer log.Close() // the child has its own copy
	cmd := exec.Command(o.program, "join", "--run", o.run, "--name", name, "--threads", fmt.Sprint(len(cores)), "--lifeline")
	// A command line is for all users of the machine to read, an environment is not.
	cmd.Env = append(os.Environ(), protocol.NATSEnv+"="+o.url, protocol.TokenEnv+"="+o.token)
	cmd.Stdout, cmd.Stderr = log, log
	// Its own process group: Ctrl-C is for the coordinator, which lets workers finish.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	lifeline, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if pinned {
		err = affinity.Start(cmd, cores...)
	} else {
		err = cmd.Start()
	}
	if err != nil {
		_ = lifeline.Close() // cmd.Start has closed it, if it came to that
		return err
	}
	l.mu.Lock()
	l.processes = append(l.processes, cmd)
	l.lifelines = append(l.lifelines, lifeline)
	l.mu.Unlock()
	l.wg.Add(1)
	go func() {
		defer l.wg.Done()
		err := cmd.Wait()
		reason := "its process ended"
		if err != nil {
			reason = "its process ended with " + err.Error()
		}
		if last := lastLine(logPath); last != "" {
			reason += "; it last said: " + last
		}
		lost(core.Lost{Worker: core.WorkerID(name), Reason: reason + " (" + logPath + ")"})
	}()
	return nil
}

// stop closes the lifelines, waits for the workers, and kills those that stay.
func (l *local) stop() {
	l.mu.Lock()
	for _, lifeline := range l.lifelines {
		_ = lifeline.Close() // closing twice, or after the worker ended, is no harm
	}
	l.mu.Unlock()
	kill := time.AfterFunc(farewell, l.kill)
	defer kill.Stop()
	l.wg.Wait()
}

func (l *local) kill() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, p := range l.processes {
		_ = p.Process.Kill() // one that has ended cannot be killed
	}
}

func lastLine(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	last := ""
	for scan := bufio.NewScanner(f); scan.Scan(); {
		if line := strings.TrimSpace(scan.Text()); line != "" {
			last = line
		}
	}
	return last
}

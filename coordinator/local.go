package coordinator

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"ringmaster/coordinator/core"
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

// startLocal starts count workers; lost hears of each that ends before its time.
func startLocal(program, url, run, logDir string, count int, lost func(core.Lost)) (*local, error) {
	if err := os.MkdirAll(logDir, 0o755); err != nil {
		return nil, err
	}
	l := &local{}
	threads := max(1, runtime.NumCPU()/count)
	for i := range count {
		name := fmt.Sprintf("local-%d", i)
		log := filepath.Join(logDir, name+".log")
		if err := l.start(program, name, url, run, log, threads, lost); err != nil {
			l.stop()
			return nil, fmt.Errorf("start worker %s: %w", name, err)
		}
	}
	return l, nil
}

func (l *local) start(program, name, url, run, logPath string, threads int, lost func(core.Lost)) error {
	log, err := os.Create(logPath)
	if err != nil {
		return err
	}
	defer log.Close() // the child has its own copy
	cmd := exec.Command(program, "join", "--nats", url, "--run", run, "--name", name,
		"--threads", fmt.Sprint(threads), "--lifeline")
	cmd.Stdout, cmd.Stderr = log, log
	// Its own process group: Ctrl-C is for the coordinator, which lets workers finish.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	lifeline, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return errors.Join(err, lifeline.Close())
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

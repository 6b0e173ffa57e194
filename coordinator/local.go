package coordinator

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
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

// local are the worker processes that the coordinator started itself, one a slot.
//
// Each holds the reading end of a pipe as its standard input and leaves when it
// closes. The kernel closes it when this process ends, however it ends: kill -9
// leaves no worker behind.
type local struct {
	options localOptions
	cores   []int
	lost    func(core.Lost)

	wg        sync.WaitGroup
	mu        sync.Mutex
	stopped   bool
	processes map[string]*exec.Cmd // by name
	lifelines map[string]io.Closer
	slots     map[string]int // by name
	lives     []int          // by slot: how many processes it has had
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
	l := &local{
		options: o, cores: cores, lost: lost, lives: make([]int, o.workers),
		processes: map[string]*exec.Cmd{}, lifelines: map[string]io.Closer{}, slots: map[string]int{},
	}
	for slot := range o.workers {
		if err := l.start(slot); err != nil {
			l.stop()
			return nil, err
		}
	}
	return l, nil
}

// running names the workers whose processes live.
func (l *local) running() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Sorted(maps.Keys(l.processes))
}

// replace starts another worker in the place of one that ended.
func (l *local) replace(ended string) error {
	l.mu.Lock()
	slot, known := l.slots[ended]
	stopped := l.stopped
	delete(l.slots, ended)
	l.mu.Unlock()
	if !known || stopped {
		return nil
	}
	return l.start(slot)
}

// start starts a slot's next worker.
func (l *local) start(slot int) error {
	name := fmt.Sprintf("local-%d", slot)
	if l.lives[slot] > 0 {
		name = fmt.Sprintf("local-%d-%d", slot, l.lives[slot])
	}
	l.lives[slot]++
	share := affinity.Portion(l.cores, slot, l.options.workers)
	if err := l.launch(slot, name, share, l.options.pin && l.options.workers <= len(l.cores)); err != nil {
		return fmt.Errorf("start worker %s: %w", name, err)
	}
	return nil
}

// launch starts a worker with a thread for each of its cores, and where they are its own,
// bound to them: its ring's goroutines then do not wander to the others' cores. The Go
// runtime counts those cores too; more processors than that were measured to cost a
// quarter of a step.
func (l *local) launch(slot int, name string, cores []int, pinned bool) error {
	o := l.options
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
	l.processes[name], l.lifelines[name], l.slots[name] = cmd, lifeline, slot
	if l.stopped {
		_ = lifeline.Close()
	}
	l.mu.Unlock()
	l.wg.Add(1)
	go func() {
		defer l.wg.Done()
		err := cmd.Wait()
		l.mu.Lock()
		delete(l.processes, name)
		_ = lifeline.Close() // cmd.Wait may have closed it already
		delete(l.lifelines, name)
		l.mu.Unlock()
		reason := "its process ended"
		if err != nil {
			reason = "its process ended with " + err.Error()
		}
		if last := lastLine(logPath); last != "" {
			reason += "; it last said: " + last
		}
		l.lost(core.Lost{Worker: core.WorkerID(name), Reason: reason + " (" + logPath + ")"})
	}()
	return nil
}

// stop closes the lifelines, waits for the workers, and kills those that stay.
func (l *local) stop() {
	l.mu.Lock()
	l.stopped = true
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

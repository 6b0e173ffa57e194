package coordinator

import (
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"

	"ringmaster/affinity"
	"ringmaster/coordinator/core"
	"ringmaster/run/protocol"
)

// leaveTimeout is how long local workers have to leave by themselves before they are killed.
const leaveTimeout = 10 * time.Second

// localWorkers are the worker processes that the coordinator started itself, one a slot.
//
// Each has the reading end of a pipe as its standard input and ends when it closes. The kernel closes it when this process ends, however it ends: kill -9
// leaves no worker behind.
type localWorkers struct {
	options localOptions
	own     affinity.Allowance
	lost    func(core.Lost)

	wg        sync.WaitGroup
	mu        sync.Mutex
	stopped   bool
	killed    bool                 // all that were left, by this program
	processes map[string]*exec.Cmd // by name
	lifelines map[string]io.Closer
	slots     map[string]int // by name
	lives     []int          // by slot: how many processes were started in it
}

// localOptions say what local workers are started with.
type localOptions struct {
	program, run, logDir string
	workers              int
	url, token           string // of the control server
	pin                  bool   // give each cores of its own
	http                 string // where each worker's HTTP endpoint listens, or off
}

// startLocal starts workers; lost hears of each that ends before its time.
func startLocal(o localOptions, lost func(core.Lost)) (*localWorkers, error) {
	if err := os.MkdirAll(o.logDir, 0o755); err != nil {
		return nil, err
	}
	own, err := affinity.Own()
	if err != nil {
		return nil, err
	}
	l := &localWorkers{
		options: o, own: own, lost: lost, lives: make([]int, o.workers),
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

// names are those of the workers whose processes live.
func (l *localWorkers) names() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Sorted(maps.Keys(l.processes))
}

// replace starts another worker in the place of one that ended.
func (l *localWorkers) replace(ended string) error {
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

// slotOf is the slot that a worker was started in; known is false for one that was not, or
// in whose place another was started.
func (l *localWorkers) slotOf(name string) (slot int, known bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	slot, known = l.slots[name]
	return slot, known
}

// start starts a slot's next worker.
func (l *localWorkers) start(slot int) error {
	name := fmt.Sprintf("local-%d", slot)
	if l.lives[slot] > 0 {
		name = fmt.Sprintf("local-%d-%d", slot, l.lives[slot])
	}
	l.lives[slot]++
	cores, threads := l.own.Part(slot, l.options.workers)
	if !l.options.pin || l.options.workers > l.own.Count() {
		cores = nil
	}
	if err := l.launch(slot, name, threads, cores); err != nil {
		return fmt.Errorf("start worker %s: %w", name, err)
	}
	return nil
}

// launch starts a worker with as many threads as it has cores, and where they are its own,
// bound to them: its ring's goroutines then do not move to the others' cores. The Go
// runtime counts those cores too; more processors than that were measured to cost a
// quarter of a step. Under a quota it would count too many, so it is told.
func (l *localWorkers) launch(slot int, name string, threads int, cores []int) error {
	o := l.options
	logPath := filepath.Join(o.logDir, name+".log")
	log, err := os.Create(logPath)
	if err != nil {
		return err
	}
	defer log.Close() // the child has its own descriptor
	cmd := exec.Command(o.program, "join", "--run", o.run, "--name", name, "--threads", fmt.Sprint(threads), "--http", o.http, "--lifeline")
	// All users of the machine can read a command line, but not an environment.
	cmd.Env = append(os.Environ(), protocol.NATSEnv+"="+o.url, protocol.TokenEnv+"="+o.token, protocol.TokenFileEnv+"=")
	if l.own.Limited() && os.Getenv("GOMAXPROCS") == "" {
		cmd.Env = append(cmd.Env, fmt.Sprintf("GOMAXPROCS=%d", threads))
	}
	cmd.Stdout, cmd.Stderr = log, log
	// Its own process group: Ctrl-C is for the coordinator, which lets workers finish.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	lifeline, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	before := outOfMemoryKills()
	if len(cores) > 0 {
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
		_ = cmd.Wait() // its error is in the process state
		l.mu.Lock()
		delete(l.processes, name)
		_ = lifeline.Close() // cmd.Wait may have closed it already
		delete(l.lifelines, name)
		killed := l.killed
		l.mu.Unlock()
		reason := processExit{state: cmd.ProcessState, ours: killed, memory: outOfMemoryKills() > before}.String()
		if last := lastWords(logPath); last != "" {
			reason += "; its last log line: " + last
		}
		l.lost(core.Lost{Worker: core.WorkerID(name), Reason: reason + " (" + logPath + ")"})
	}()
	return nil
}

// stop closes the lifelines, waits for the workers, and kills those that stay.
func (l *localWorkers) stop() {
	l.mu.Lock()
	l.stopped = true
	for _, lifeline := range l.lifelines {
		_ = lifeline.Close() // closing twice, or after the worker ended, is harmless
	}
	l.mu.Unlock()
	kill := time.AfterFunc(leaveTimeout, l.kill)
	defer kill.Stop()
	l.wg.Wait()
}

func (l *localWorkers) kill() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.killed = true
	for _, p := range l.processes {
		_ = p.Process.Kill() // one that has ended cannot be killed
	}
}

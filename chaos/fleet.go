//go:build linux

package chaos

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"ringmaster/run/directory"
	"ringmaster/run/protocol"
)

// fleet is everything that runs in a trial: NATS server, coordinator, workers, and the
// ways between them. Only the trial's goroutine touches it.
type fleet struct {
	*desk
	programs Programs
	nursery  *nursery
	run      directory.Layout
	logs     string // folder
	token    string
	port     int // of the control server
	links    *links
	toServer *link // the coordinator's

	payload     int // of the server's messages, at most
	server      *process
	serverUp    time.Time // since when the server accepts connections
	coordinator *process
	starts      int // of the coordinator
	workers     map[int]*member
}

// member is a worker of the planner's numbering. Where its process ends though nobody
// ended it, another takes its place.
type member struct {
	number  int
	link    *link
	process *process
	starts  int
	paused  bool
	leaving bool
}

func (m *member) log(f *fleet) string { return f.logFile(fmt.Sprintf("worker-%d", m.number)) }

func (f *fleet) logFile(name string) string { return filepath.Join(f.logs, name+".log") }

// open starts the server and the ways to it.
func (f *fleet) open(ctx context.Context) (err error) {
	if err := os.MkdirAll(f.logs, 0o755); err != nil {
		return err
	}
	if f.port, err = freePort(); err != nil {
		return err
	}
	address := "127.0.0.1:" + strconv.Itoa(f.port)
	f.links = newLinks(address)
	if err := f.startServer(ctx); err != nil {
		return err
	}
	f.toServer, err = f.links.open("coordinator")
	return err
}

func (f *fleet) startServer(ctx context.Context) (err error) {
	args := append(f.programs.Self[1:len(f.programs.Self):len(f.programs.Self)], strconv.Itoa(f.port), strconv.Itoa(f.payload))
	f.server, err = f.nursery.start("NATS server", f.logFile("nats"), f.dir, f.env(protocol.TokenEnv+"="+f.token, insideEnv+"=1"), f.programs.Self[0], args...)
	if err != nil {
		return err
	}
	err = listening(ctx, "127.0.0.1:"+strconv.Itoa(f.port))
	f.serverUp = time.Now()
	return err
}

func (f *fleet) startCoordinator() (err error) {
	args := []string{"coordinator", "run.yaml", "--run-dir", string(f.run), "--nats", f.toServer.url()}
	if f.starts > 0 {
		args = append(args, "--resume")
	}
	f.starts++
	f.coordinator, err = f.nursery.start("coordinator", f.logFile("coordinator"), f.dir, f.env(protocol.TokenEnv+"="+f.token), f.programs.Ringmaster, args...)
	return err
}

// addWorker starts a worker of a new number.
func (f *fleet) addWorker(number int) error {
	l, err := f.links.open("worker " + strconv.Itoa(number))
	if err != nil {
		return err
	}
	m := &member{number: number, link: l}
	f.workers[number] = m
	return f.startWorker(m)
}

// startWorker starts a worker's process: the first, or one in place of one that ended.
func (f *fleet) startWorker(m *member) (err error) {
	m.starts++
	m.paused = false
	name := fmt.Sprintf("w%d", m.number)
	if m.starts > 1 {
		name = fmt.Sprintf("w%d-%d", m.number, m.starts)
	}
	m.process, err = f.nursery.start(name, m.log(f), f.dir, f.env(protocol.TokenEnv+"="+f.token),
		f.programs.Worker, "join", "--nats", m.link.url(), "--name", name, "--threads", "1")
	return err
}

// dropWorker forgets a worker that is gone for good.
func (f *fleet) dropWorker(m *member) {
	m.process.kill()
	m.link.close()
	delete(f.workers, m.number)
}

// pids are the processes of the workers, leaving ones too.
func (f *fleet) pids() (all []int) {
	for _, m := range f.workers {
		all = append(all, m.process.pid())
	}
	return all
}

// all are the processes that are alive.
func (f *fleet) all() (alive []*process) {
	for _, m := range f.workers {
		alive = append(alive, m.process)
	}
	alive = append(alive, f.coordinator, f.server)
	living := alive[:0]
	for _, p := range alive {
		if p != nil && !p.over() {
			living = append(living, p)
		}
	}
	return living
}

// dumpTime is how long programs have to write their stacks.
const dumpTime = 5 * time.Second

// dump has every program write what its goroutines do to its log, as the Go runtime does
// on SIGQUIT, and end.
func (f *fleet) dump() {
	late := time.After(dumpTime)
	for _, p := range f.all() {
		_ = p.signal(syscall.SIGQUIT) // what cannot be asked is not told
		_ = p.signal(syscall.SIGCONT)
	}
	for _, p := range f.all() {
		select {
		case <-p.ended:
		case <-late:
			return
		}
	}
}

// tails quotes the logs.
func (f *fleet) tails() string {
	text := ""
	logs, err := filepath.Glob(filepath.Join(f.logs, "*.log"))
	if err != nil {
		return err.Error()
	}
	for _, log := range append(logs, filepath.Join(string(f.run), "coordinator.log")) {
		text += quote(log)
	}
	return text
}

// close ends whatever is left.
func (f *fleet) close() {
	for _, p := range f.all() {
		p.kill()
	}
	for _, m := range f.workers {
		m.link.close()
	}
	if f.toServer != nil {
		f.toServer.close()
	}
}

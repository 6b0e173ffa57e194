package e2e

import (
	"os"
	"strings"
	"syscall"
	"testing"

	"ringmaster/run/directory"
)

// shareless is a coordinator's machine, and those of two workers, which share no disk with each
// other or with the person's desk.
type shareless struct {
	d           *desk
	coordinator *machine
	workers     []*machine
}

func newShareless(t *testing.T) *shareless {
	t.Helper()
	d := newDesk(t)
	s := &shareless{d: d, coordinator: newMachine(t, d, "coordinator", 4711)}
	for i, name := range []string{"one", "two"} {
		s.workers = append(s.workers, newMachine(t, d, name, 4712+i))
	}
	return s
}

// configure puts the run file on the coordinator's machine, as a ConfigMap would.
func (s *shareless) configure(t *testing.T, set ...string) {
	t.Helper()
	args := []string{"files", "config", "run.yaml"}
	for _, one := range set {
		args = append(args, "--set", one)
	}
	p := s.d.run(t, s.d.ringmaster, args...)
	p.exits(t, 0)
	if strings.Contains(p.stdout.String(), s.d.dir) {
		t.Errorf("the run file for elsewhere names folders of here:\n%s", p.stdout.String())
	}
	writeFile(t, s.coordinator.has("run.yaml"), p.stdout.String())
}

// coordinate starts the coordinator, with the same command each time.
func (s *shareless) coordinate(t *testing.T, more ...string) *process {
	t.Helper()
	return s.coordinator.start(t, append([]string{"ringmaster", "coordinator", "/mnt/run.yaml", "--inputs", "/mnt/inputs",
		"--run-dir", "/mnt/apart", "--supervised", "--port", "-1", "--workers", "2"}, more...)...)
}

// push sends the files of the run file.
func (s *shareless) push(t *testing.T) *process {
	t.Helper()
	args := append([]string{"files", "push", "run.yaml", "--"}, s.coordinator.command("ringmaster", "files", "receive", "/mnt/inputs")...)
	return s.d.run(t, s.d.ringmaster, args...)
}

// join starts the workers.
func (s *shareless) join(t *testing.T, url string) (workers []*process) {
	t.Helper()
	for _, m := range s.workers {
		workers = append(workers, m.start(t, "ringmaster", "worker", "--nats", url, "--threads", "1"))
	}
	return workers
}

// pull fetches the result to the desk.
func (s *shareless) pull(t *testing.T, to string, serve ...string) {
	t.Helper()
	command := s.coordinator.command(append([]string{"ringmaster", "files", "serve", "/mnt/apart"}, serve...)...)
	s.d.run(t, s.d.ringmaster, append([]string{"files", "pull", to, "--"}, command...)...).exits(t, 0)
}

// Every method runs where nothing of a disk is shared: the coordinator waits for the person's files,
// workers pull models and hand over what they make, and the person fetches the result, asks it,
// audits the run and exports a checkpoint.
func TestMachinesShareNoDisk(t *testing.T) {
	for name, c := range map[string]struct {
		set   []string
		model bool // it answers questions
	}{
		"kd-annealed": {set: []string{"train.steps=8"}, model: true},
		"single":      {set: []string{"method=single", "train.steps=8", "train.keep=best", "checkpoint.every=2"}, model: true},
		"pretrain":    {set: []string{"method=mlm", "train.steps=6"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShareless(t)
			s.configure(t, c.set...)
			coordinator := s.coordinate(t)
			coordinator.await(t, "the wait for files", func() bool { return strings.Contains(coordinator.stdout.String(), "waiting for") })
			s.push(t).exits(t, 0)
			workers := s.join(t, joinURLIn(t, coordinator, s.coordinator.has("apart")))
			for _, p := range append(workers, coordinator) {
				p.wait(t, patience)
				p.exits(t, 0)
			}
			s.pull(t, "result", "--checkpoints")
			for _, secret := range []string{"control.json", "join", "http.token"} {
				if _, err := os.Stat(s.d.at("result", secret)); err == nil {
					t.Errorf("the secret in %s was given away", secret)
				}
			}
			s.d.passesAudit(t, "result")
			if !c.model {
				return
			}
			s.d.runWith(t, "I hear you.\n", s.d.ringmaster, "predict", "--model", "result/model").exits(t, 0)
			if _, err := directory.Layout(s.d.at("result")).ReadMetrics(); err != nil {
				t.Error(err)
			}
			s.d.run(t, s.d.ringmaster, "model", "export", "result", "--out", "exported").exits(t, 0)
			again := s.coordinate(t) // the pod is started once more
			again.wait(t, patience)
			again.exits(t, 0)
			if !strings.Contains(again.stdout.String(), "is finished") {
				t.Errorf("of a finished run it is said:\n%s", again.said())
			}
		})
	}
}

// A coordinator that is killed on its machine is started there again by the same command, and goes
// on; nothing of it was on the workers' disks.
func TestAKilledCoordinatorGoesOnBySameCommand(t *testing.T) {
	s := newShareless(t)
	s.configure(t, "method=mt", "train.steps=120", "checkpoint.every=20")
	s.push(t).exits(t, 0)
	coordinator := s.coordinate(t)
	workers := s.join(t, joinURLIn(t, coordinator, s.coordinator.has("apart")))
	steps := func() int { return s.d.steps(t, s.coordinator.has("apart"), "student") }
	coordinator.await(t, "some steps", func() bool { return steps() > 30 })
	if err := coordinator.cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	coordinator.wait(t, patience)
	second := s.coordinate(t)
	for _, p := range append(workers, second) {
		p.wait(t, patience)
		p.exits(t, 0)
	}
	s.pull(t, "result")
	s.d.passesAudit(t, "result")
	if n := s.d.steps(t, s.d.at("result"), "student"); n != 120 {
		t.Errorf("%d steps, want 120", n)
	}
}

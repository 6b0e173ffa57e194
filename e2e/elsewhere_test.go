package e2e

import (
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"ringmaster/run/credentials"
	"ringmaster/run/directory"
)

var (
	joinLine   = regexp.MustCompile(`ringmaster worker (?:--nats ((?:nats|tls)://\S+)|--join (\S+))`)
	joinedLine = `worker (\S+) joined from \S+ \(process (\d+)`
)

// joinURL waits until a coordinator says where workers join.
func joinURL(t *testing.T, p *process) string {
	t.Helper()
	return joinURLIn(t, p, "")
}

// joinURLIn is joinURL of a coordinator that sees its run directory elsewhere than the test, which sees it at dir.
func joinURLIn(t *testing.T, p *process, dir string) string {
	t.Helper()
	p.await(t, "the address to join at", func() bool { return joinLine.MatchString(p.stdout.String()) })
	found := joinLine.FindStringSubmatch(p.stdout.String())
	if found[2] == "" {
		return found[1]
	}
	file := filepath.Join(p.cmd.Dir, found[2])
	if dir != "" {
		file = filepath.Join(dir, filepath.Base(file))
	}
	invited, err := credentials.ReadInvitation(file)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Replace(invited.URL, "://", "://"+invited.Token+"@", 1)
}

// processOf finds a worker's process by what the coordinator said when it joined.
func processOf(t *testing.T, p *process, worker string) int {
	t.Helper()
	for _, m := range regexp.MustCompile(joinedLine).FindAllStringSubmatch(p.stdout.String(), -1) {
		if m[1] == worker {
			pid, err := strconv.Atoi(m[2])
			if err != nil {
				t.Fatal(err)
			}
			return pid
		}
	}
	t.Fatalf("nobody said that %s joined:\n%s", worker, p.stdout.String())
	return 0
}

// TestWorkersJoinByHand runs coordinator and workers as on different machines.
func TestWorkersJoinByHand(t *testing.T) {
	for _, c := range []struct {
		name  string
		where func(*testing.T) []string
	}{
		{"the coordinator's own server", func(*testing.T) []string { return []string{"--port", "-1"} }},
		{"a server of its own", func(t *testing.T) []string { return []string{"--nats", natsServer(t)} }},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			args := append([]string{"coordinator", "run.yaml", "--run-dir", "runs/apart", "--workers", "2",
				"--set", "method=mt", "--set", "train.steps=6"}, c.where(t)...)
			coordinator := d.start(t, d.ringmaster, args...)
			url := joinURL(t, coordinator)
			workers := []*process{
				d.start(t, d.ringmaster, "worker", "--nats", url, "--name", "anna", "--threads", "1"),
				d.start(t, d.ringmaster, "worker", "--nats", url, "--threads", "1"),
			}
			for _, p := range append(workers, coordinator) {
				p.wait(t, patience)
				p.exits(t, 0)
			}
			d.noWorker(t)
			if processOf(t, coordinator, "anna") != workers[0].cmd.Process.Pid {
				t.Errorf("anna is not the process that was started:\n%s", coordinator.said())
			}
			r := readRecord(t, d.at("runs", "apart"))
			if len(r.events) != 6 || r.events[0].World != 2 {
				t.Errorf("%d steps in a world of %d, want 6 and 2", len(r.events), r.events[0].World)
			}
			if _, err := directory.Layout(d.at("runs", "apart")).ReadMetrics(); err != nil {
				t.Error(err)
			}
		})
	}
}

// A worker too many waits, and takes the place of the one that dies; the run loses nothing
// by it and ends as if nothing had been.
func TestAWorkerTooManyWaitsAndTakesAnothersPlace(t *testing.T) {
	d := newDesk(t)
	args := append([]string{"coordinator", "run.yaml", "--run-dir", "runs/long", "--workers", "1", "--port", "-1", "--set", "checkpoint.every=20"}, endless...)
	coordinator := d.start(t, d.ringmaster, args...)
	url := joinURL(t, coordinator)
	member := d.start(t, d.ringmaster, "worker", "--nats", url, "--name", "first", "--threads", "1")
	steps := func() int { return d.steps(t, d.at("runs", "long"), "student") }
	coordinator.await(t, "a checkpoint", func() bool { return strings.Contains(coordinator.stdout.String(), "student") && steps() > 60 })
	spare := d.start(t, d.ringmaster, "worker", "--nats", url, "--name", "second", "--threads", "1")
	coordinator.await(t, "a spare", func() bool { return strings.Contains(coordinator.stdout.String(), "waits as a spare") })
	if err := syscall.Kill(processOf(t, coordinator, "first"), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	at := steps()
	coordinator.await(t, "more steps", func() bool {
		said := coordinator.stdout.String()
		// The last step may be the checkpoint's, and then none is taken back.
		return (strings.Contains(said, "student goes back from step") || strings.Contains(said, "student continues at step")) && steps() > at+20
	})
	member.wait(t, patience)
	coordinator.signal(t, syscall.SIGINT)
	asked := time.Now()
	coordinator.wait(t, patience)
	coordinator.exits(t, 130)
	if took := time.Since(asked); took > 20*time.Second {
		t.Errorf("stopping took %s: somebody who is gone was waited for", took)
	}
	spare.wait(t, patience)
	spare.exits(t, 0)
	d.noWorker(t)
	d.passesAudit(t, "runs/long")
}

// natsServer is a server that neither program runs, with NATS's usual limits.
func natsServer(t *testing.T) string {
	t.Helper()
	return startServer(t, &server.Options{}).ClientURL()
}

// startServer starts a NATS server on a free port, which ends with the test.
func startServer(t *testing.T, o *server.Options) *server.Server {
	t.Helper()
	o.Host, o.Port, o.NoSigs, o.NoLog = "127.0.0.1", -1, true, true
	srv, err := server.NewServer(o)
	if err != nil {
		t.Fatal(err)
	}
	srv.Start()
	t.Cleanup(func() { srv.Shutdown(); srv.WaitForShutdown() })
	if !srv.ReadyForConnections(patience) {
		t.Fatal("the NATS server does not listen")
	}
	return srv
}

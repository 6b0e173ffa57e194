package e2e

import (
	"net"
	"os"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Both programs say the same kind of wrong use in a sentence, with the same exit code, before
// they wait for anything or make anything.
func TestWhatCannotBeMeantIsRefusedByBothPrograms(t *testing.T) {
	d := newDesk(t)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	port := strconv.Itoa(taken.Addr().(*net.TCPAddr).Port)
	guarded := guardedServer(t, "ali", "open-sesame").ClientURL()
	coordinator := []string{"coordinator", "run.yaml", "--workers", "1"}
	worker := func(args ...string) []string {
		return append([]string{"worker", "--nats", "nats://127.0.0.1:1"}, args...)
	}
	join := func(args ...string) []string {
		return append([]string{"join", "--nats", "nats://127.0.0.1:1"}, args...)
	}
	const right, wrong, failed = "ringmaster", 2, 1
	for _, c := range []struct {
		name, program string
		args          []string
		code          int
		want          []string
	}{
		{"scheme", right, []string{"worker", "--nats", "http://h:4222"}, wrong, []string{"--nats", "http", "nats://host:4222"}},
		{"no scheme", right, []string{"worker", "--nats", "localhost:4222"}, wrong, []string{"--nats", "localhost:4222", "nats://host:4222"}},
		{"port out of range", right, []string{"worker", "--nats", "nats://h:99999"}, wrong, []string{"99999", "65535"}},
		{"no host", right, []string{"worker", "--nats", "nats://:4222"}, wrong, []string{"has no host"}},
		{"a URL's secret", right, []string{"worker", "--nats", "nats://u:hush/x@h"}, wrong, []string{"***"}},
		{"no token", right, []string{"worker", "--nats", guarded}, wrong, []string{"no token", "--join", "RINGMASTER_TOKEN"}},
		{"a name with a dot", right, worker("--name", "a.b"), wrong, []string{"--name", `"a.b"`}},
		{"a name that escapes", right, worker("--name", "a\x1b[2J"), wrong, []string{"--name", `a\x1b[2J`}},
		{"a run's name", right, worker("--run", "a b"), wrong, []string{"--run", `"a b"`}},
		{"device", right, worker("--device", "gpu"), wrong, []string{"--device", "gpu", "cuda:N"}},
		{"threads", right, worker("--threads", "-1"), wrong, []string{"--threads", "-1"}},
		{"threads that are none", right, worker("--threads", "many"), wrong, []string{"--threads", "whole number", "many", "--help"}},
		{"ring address", right, worker("--ring-address", "10.0.0.1:5"), wrong, []string{"--ring-address", "10.0.0.1:5", "ring_port"}},
		{"ring port", right, worker("--ring-port", "5-4"), wrong, []string{"--ring-port", "5-4"}},
		{"two at once", right, worker("--ring-port", "x", "--device", "y"), wrong, []string{"--ring-port", "--device"}},
		{"an argument too many", right, worker("now"), wrong, []string{"now", "--help"}},
		{"worker's own: no URL", "ringmaster-worker", []string{"join"}, wrong, []string{"--nats", "RINGMASTER_NATS"}},
		{"worker's own: unknown flag", "ringmaster-worker", join("--nmae", "x"), wrong, []string{"--nmae", "--help"}},
		{"worker's own: bad flag", "ringmaster-worker", join("--patience", "soon"), wrong, []string{"--patience", "90s", "soon", "--help"}},
		{"worker's own: unknown command", "ringmaster-worker", []string{"jion"}, wrong, []string{"jion", "join"}},
		{"worker's own: no model", "ringmaster-worker", []string{"predict", "--model", "nowhere"}, wrong, []string{"nowhere"}},
		{"coordinator: a port that is none", right, append(coordinator, "--port", "70000"), wrong, []string{"--port", "70000"}},
		{"coordinator: a port below", right, append(coordinator, "--port", "-2"), wrong, []string{"--port", "-2"}},
		{"coordinator: not this machine", right, append(coordinator, "--port", "0", "--host", "192.0.2.1"), wrong, []string{"--host", "192.0.2.1", "0.0.0.0"}},
		{"coordinator: no such host", right, append(coordinator, "--port", "0", "--host", "nowhere.invalid"), wrong, []string{"--host", "nowhere.invalid"}},
		{"coordinator: a port in use", right, append(coordinator, "--port", port), failed, []string{port, "in use", "--port"}},
		{"coordinator: a server that does not admit", right, append(coordinator, "--nats", guarded), wrong, []string{"refused the connection"}},
		{"coordinator: a server that cannot be", right, append(coordinator, "--nats", "http://h"), wrong, []string{"cluster.nats", "http"}},
		{"train: as many workers as no machine has", right, []string{"train", "run.yaml", "--workers", "9223372036854775807"}, wrong, []string{"workers"}},
		{"train: a number too large", right, []string{"train", "run.yaml", "--workers", "9223372036854775808"}, wrong, []string{"--workers", "9223372036854775808"}},
		{"train: a value without end", right, []string{"train", "run.yaml", "--set", "train.lr=" + strings.Repeat("9x", 50_000)}, wrong, []string{"train.lr"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			program := d.ringmaster
			if c.program != right {
				program = d.worker
			}
			began := time.Now()
			p := d.run(t, program, c.args...)
			if took := time.Since(began); took > 10*time.Second {
				t.Errorf("it took %s to say so", took)
			}
			p.exits(t, c.code)
			p.complains(t, 2, c.want...)
			for _, not := range []string{"\x1b", "hush", "strconv", "json: ", "dial tcp"} {
				if strings.Contains(p.stderr.String(), not) {
					t.Errorf("it says %q:\n%s", not, p.stderr.String())
				}
			}
			if n := len(p.stderr.String()); n > 1000 {
				t.Errorf("it says %d bytes", n)
			}
			if _, err := os.Stat(d.at("runs")); err == nil {
				t.Error("a folder for runs is left behind")
			}
		})
	}
}

// A worker that waits says within five seconds what for, once, and goes when it is asked to.
func TestAWorkerSaysWhatItWaitsFor(t *testing.T) {
	d := newDesk(t)
	d.extra = []string{"RINGMASTER_TOKEN=sesame"}
	server := natsServer(t)
	other := d.start(t, d.ringmaster, append([]string{"coordinator", "run.yaml", "--run-dir", "runs/another", "--workers", "1", "--nats", server}, endless...)...)
	other.await(t, "the coordinator", func() bool { return strings.Contains(other.stdout.String(), "waiting for 1 workers") })
	for _, c := range []struct {
		name, url string
		args      []string
		want      []string
	}{
		{"nothing listens", "nats://127.0.0.1:1", nil, []string{"waiting for the NATS server", "127.0.0.1:1", "nothing listens there"}},
		{"no such host", "nats://nowhere.invalid:4222", nil, []string{"waiting for the NATS server", "unknown host nowhere.invalid"}},
		{"no coordinator", natsServer(t), nil, []string{"waiting for a coordinator"}},
		{"another run", server, []string{"--run", "mine"}, []string{"waiting for the run's coordinator", "run=mine", "there is", "--run another"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := d.start(t, d.ringmaster, append([]string{"worker", "--nats", c.url, "--threads", "1"}, c.args...)...)
			began := time.Now()
			p.await(t, "what it waits for", func() bool { return strings.Contains(p.stderr.String(), "waiting for") })
			if took := time.Since(began); took > 7*time.Second { // the program starts first, and the machine is busy
				t.Errorf("it took %s", took)
			}
			p.signal(t, syscall.SIGTERM)
			p.wait(t, patience)
			p.exits(t, 0)
			for _, want := range c.want {
				if !strings.Contains(p.stderr.String(), want) {
					t.Errorf("it does not say %q:\n%s", want, p.stderr.String())
				}
			}
			if n := strings.Count(p.stderr.String(), "waiting for"); n != 1 {
				t.Errorf("it says so %d times:\n%s", n, p.stderr.String())
			}
		})
	}
	t.Run("a place", func(t *testing.T) {
		for i, name := range []string{"first", "second"} {
			p := d.start(t, d.ringmaster, "worker", "--nats", server, "--name", name, "--threads", "1")
			other.await(t, "worker "+name, func() bool { return strings.Contains(other.stdout.String(), "worker "+name+" joined") })
			if i == 1 {
				p.await(t, "that it is a spare", func() bool { return strings.Contains(p.stderr.String(), "waiting as a spare") })
			}
		}
	})
}

// A coordinator with a server of its own has no other run: a worker that wants one is told at
// once. A port of 0 is a free one, and a token is a token, whatever it looks like.
func TestATokenThatLooksLikeAHashAndAPortOfZero(t *testing.T) {
	d := newDesk(t)
	const token = "$2a$11$abcdefghijklmnopqrstuvwxyz/0123456789.ABCDEFGHIJKLMNOPQ"
	d.extra = []string{"RINGMASTER_TOKEN=" + token}
	coordinator := d.start(t, d.ringmaster, "coordinator", "run.yaml", "--run-dir", "runs/apart", "--workers", "1", "--port", "0", "--set", "method=mt", "--set", "train.steps=2")
	url := joinURL(t, coordinator)
	url = strings.TrimSuffix(url, ",")
	if regexp.MustCompile(`:(0|4222)$`).MatchString(url) {
		t.Errorf("port 0 is %s", url)
	}
	p := d.run(t, d.ringmaster, "worker", "--nats", url, "--run", "other", "--threads", "1")
	p.exits(t, 2)
	p.complains(t, 1, "no such run", "apart", "other", "--run")
	for _, p := range []*process{d.run(t, d.ringmaster, "worker", "--nats", url, "--run", "apart", "--threads", "1"), coordinator} {
		p.wait(t, patience)
		p.exits(t, 0)
	}
	if strings.Contains(coordinator.said(), token) {
		t.Error("the token is shown")
	}
}

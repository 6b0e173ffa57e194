package e2e

import (
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/nats-io/nats-server/v2/server"

	"ringmaster/affinity"
	"ringmaster/run/credentials"
)

// A stranger is told so in a sentence, and the run goes on without it. The token that
// admits is in no command line of a local machine and in no file of the run.
func TestOnlyTheTokenAdmits(t *testing.T) {
	d := newDesk(t)
	coordinator := d.start(t, d.ringmaster, "coordinator", "run.yaml", "--run-dir", "runs/apart", "--workers", "1",
		"--set", "method=mt", "--set", "train.steps=4", "--port", "-1")
	invited := joinURL(t, coordinator)
	token, host, found := strings.Cut(strings.TrimPrefix(invited, "nats://"), "@")
	if !found || len(token) < 20 {
		t.Fatalf("the invitation %s holds no token", invited)
	}
	for _, c := range []struct{ name, url, want string }{
		{"none", "nats://" + host, "no token"},
		{"another", "nats://close-barley@" + host, "the NATS server refused the connection at nats://" + host + ": the token, or user and password, is wrong"},
		{"that of another run", "nats://" + credentials.New().Token().Text() + "@" + host, "is wrong"},
	} {
		late := d.run(t, d.ringmaster, "worker", "--nats", c.url)
		late.exits(t, 2)
		late.complains(t, 1, c.want)
		if strings.Contains(late.said(), "barley") {
			t.Errorf("%s: the token is told:\n%s", c.name, late.said())
		}
	}
	d.extra = []string{"RINGMASTER_TOKEN=" + token + "\n", "RINGMASTER_NATS=nats://" + host}
	admitted := d.run(t, d.ringmaster, "worker", "--threads", "1")
	admitted.exits(t, 0)
	coordinator.wait(t, patience)
	coordinator.exits(t, 0)
	if names := filesWith(t, d.at("runs", "apart"), token); len(names) > 0 {
		t.Errorf("the token is kept in %v", names)
	}
	if strings.Contains(coordinator.said(), token) {
		t.Errorf("the token is shown:\n%s", coordinator.said())
	}
	d.noWorker(t)
}

// A token that was given is known to whoever gave it: it is not printed, nor kept.
func TestAGivenTokenIsNotShown(t *testing.T) {
	const token = "open-sesame"
	guarded := startServer(t, &server.Options{Authorization: token})
	for _, c := range []struct {
		name  string
		extra []string
		args  []string
	}{
		{"flag", nil, []string{"--port", "-1", "--token", token}},
		{"run file", nil, []string{"--port", "-1", "--set", "cluster.token=" + token}},
		{"environment, for a server elsewhere", []string{"RINGMASTER_TOKEN=" + token}, []string{"--nats", guarded.ClientURL()}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			d.extra = c.extra
			coordinator := d.start(t, d.ringmaster, append([]string{"coordinator", "run.yaml", "--run-dir", "runs/apart", "--workers", "1",
				"--set", "method=mt", "--set", "train.steps=4"}, c.args...)...)
			url := strings.TrimSuffix(joinURL(t, coordinator), ",")
			d.extra = []string{"RINGMASTER_TOKEN=" + token}
			d.run(t, d.ringmaster, "worker", "--nats", url, "--threads", "1").exits(t, 0)
			coordinator.wait(t, patience)
			coordinator.exits(t, 0)
			if names := filesWith(t, d.at("runs", "apart"), token); len(names) > 0 {
				t.Errorf("the token is kept in %v", names)
			}
			if strings.Contains(coordinator.said(), token) {
				t.Errorf("the token is shown:\n%s", coordinator.said())
			}
		})
	}
}

func TestACoordinatorThatIsNotAdmittedSaysSo(t *testing.T) {
	d := newDesk(t)
	guarded := guardedServer(t, "ali", "open-sesame")
	p := d.run(t, d.ringmaster, "coordinator", "run.yaml", "--nats", strings.Replace(guarded.ClientURL(), "://", "://ali:close-barley@", 1))
	p.exits(t, 2)
	p.complains(t, 2, "refused the connection", guarded.Addr().String())
	if strings.Contains(p.said(), "close-barley") {
		t.Errorf("the password is told:\n%s", p.said())
	}
}

// Local workers get the token in a way that other users cannot read, and cores of their
// own where there are enough.
func TestLocalWorkersAreAdmittedAndPinned(t *testing.T) {
	for pin, args := range map[bool][]string{true: nil, false: {"--set", "cluster.pin=false"}} {
		t.Run("pin "+strconv.FormatBool(pin), func(t *testing.T) {
			d := newDesk(t)
			p := d.start(t, d.ringmaster, append(append([]string{"train", "run.yaml", "--run-dir", "runs/long", "--workers", "2"}, endless...), args...)...)
			p.await(t, "a step", func() bool { return d.steps(t, d.at("runs", "long"), "student") > 0 })
			all := map[string]bool{}
			for _, pid := range d.workers(t) {
				proc := filepath.Join("/proc", strconv.Itoa(pid))
				cmdline := readFile(t, filepath.Join(proc, "cmdline"))
				environ, token := readFile(t, filepath.Join(proc, "environ")), ""
				for _, variable := range strings.Split(environ, "\x00") {
					if value, is := strings.CutPrefix(variable, "RINGMASTER_TOKEN="); is {
						token = value
					}
				}
				if len(token) < 20 || strings.Contains(cmdline, token) {
					t.Errorf("worker %d has the token %q and the command line %q", pid, token, cmdline)
				}
				_, cores, _ := strings.Cut(readFile(t, filepath.Join(proc, "status")), "Cpus_allowed_list:\t")
				cores, _, _ = strings.Cut(cores, "\n")
				all[cores] = true
			}
			if apart := len(all) == 2; len(d.workers(t)) != 2 || apart != (pin && coresHere(t) >= 2) {
				t.Errorf("%d workers on the cores %v", len(d.workers(t)), all)
			}
			p.signal(t, syscall.SIGINT)
			p.wait(t, patience)
			p.exits(t, 130)
			d.noWorker(t)
		})
	}
}

// coresHere is how many cores this process may use.
func coresHere(t *testing.T) int {
	t.Helper()
	cores, err := affinity.Cores()
	if err != nil {
		t.Fatal(err)
	}
	return len(cores)
}

// Strangers who connect and say nothing cannot take the descriptors that checkpoints need.
func TestSilentConnectionsTakeNoCheckpoint(t *testing.T) {
	const limit = 64 // of open files; the coordinator keeps half of so few for itself
	d := newDesk(t)
	coordinator := d.start(t, "bash", "-c", `ulimit -n `+strconv.Itoa(limit)+` && exec "$@"`, "bash", d.ringmaster, "coordinator", "run.yaml",
		"--run-dir", "runs/crowded", "--workers", "1", "--set", "method=mt", "--set", "train.steps=40", "--set", "checkpoint.every=10", "--port", "-1")
	invited := joinURL(t, coordinator)
	_, host, _ := strings.Cut(strings.TrimPrefix(invited, "nats://"), "@")
	worker := d.start(t, d.ringmaster, "worker", "--nats", invited, "--threads", "1")
	coordinator.await(t, "the worker", func() bool { return strings.Contains(coordinator.stdout.String(), "joined") })
	for range 2 * limit {
		stranger, err := net.Dial("tcp", host)
		if err != nil {
			continue // it has no place for more
		}
		t.Cleanup(func() { _ = stranger.Close() })
	}
	for _, p := range []*process{coordinator, worker} {
		p.wait(t, patience)
		p.exits(t, 0)
	}
	if said := coordinator.said(); strings.Contains(said, "no checkpoint") || strings.Contains(said, "too many open files") {
		t.Errorf("descriptors ran out:\n%s", said)
	}
	if names, err := filepath.Glob(d.at("runs", "crowded", "checkpoints", "*")); err != nil || len(names) == 0 {
		t.Errorf("checkpoints %v (%v)", names, err)
	}
}

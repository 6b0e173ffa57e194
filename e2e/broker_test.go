package e2e

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats-server/v2/server"
)

// The order of sums does not depend on the way they travel: over a broker every step has
// the same examples and the same losses to the bit.
func TestTheRingOverABrokerWalksThePathOfTheMesh(t *testing.T) {
	d := newDesk(t)
	args := []string{"--set", "method=mt", "--set", "train.steps=8", "--workers", "2"}
	mesh := d.train(t, "mesh", args...)
	args = append(args, "--set", "cluster.topology=broker")
	const password = "open-sesame"
	guarded := guardedServer(t, "ali", password)
	for _, c := range []struct{ name, url string }{
		{"embedded", ""},
		{"guarded", strings.Replace(guarded.ClientURL(), "://", "://ali:"+password+"@", 1)},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := args
			if c.url != "" {
				args = append(args, "--set", "cluster.broker="+c.url)
			}
			r := d.train(t, c.name, args...)
			sameBits(t, mesh, r)
			if names := filesWith(t, string(r.Layout), "topology=broker"); len(names) != 2 {
				t.Errorf("of the two workers' logs, %v tell of a broker", names)
			}
			if c.url == "" {
				return
			}
			if in := guarded.totalIn(t); in < 1<<20 {
				t.Errorf("the broker was told %d bytes: the ring went elsewhere", in)
			}
			// config.yaml keeps what the person wrote; nothing else knows the password.
			for _, name := range filesWith(t, string(r.Layout), password) {
				if name != "config.yaml" {
					t.Errorf("%s holds the broker's password", name)
				}
			}
			if strings.Contains(r.said, password) {
				t.Errorf("the broker's password is on the screen:\n%s", r.said)
			}
		})
	}
}

func TestABrokerThatRefusesEndsTheRunInASentence(t *testing.T) {
	d := newDesk(t)
	guarded := guardedServer(t, "ali", "open-sesame")
	p := d.run(t, d.ringmaster, "train", "run.yaml", "--set", "method=mt", "--set", "train.steps=8", "--set", "cluster.topology=broker",
		"--set", "cluster.broker="+strings.Replace(guarded.ClientURL(), "://", "://ali:close-barley@", 1))
	p.exits(t, 1)
	p.complains(t, 2, "broker of the ring", "refused the connection", guarded.Addr().String())
	if strings.Contains(p.said(), "close-barley") {
		t.Errorf("the password is told:\n%s", p.said())
	}
	d.noWorker(t)
}

// sameBits holds two runs' steps against each other: examples by rank, losses, norms.
func sameBits(t *testing.T, one, other *record) {
	t.Helper()
	if len(one.events) != len(other.events) || len(one.events) == 0 {
		t.Fatalf("%d and %d steps", len(one.events), len(other.events))
	}
	for i, a := range one.events {
		b := other.events[i]
		if diff := cmp.Diff(one.ledger[i], other.ledger[i]); diff != "" {
			t.Fatalf("step %d has other examples:\n%s", i, diff)
		}
		if a.World != 2 || b.World != 2 {
			t.Fatalf("step %d: worlds of %d and %d, want 2", i, a.World, b.World)
		}
		if diff := cmp.Diff(a.Loss, b.Loss); diff != "" || a.GradNorm != b.GradNorm {
			t.Fatalf("step %d: norms %v and %v, losses:\n%s", i, a.GradNorm, b.GradNorm, diff)
		}
	}
}

// guarded is a NATS server that demands a user and a password.
type guarded struct{ *server.Server }

func guardedServer(t *testing.T, user, password string) guarded {
	t.Helper()
	return guarded{startServer(t, &server.Options{Username: user, Password: password})}
}

// totalIn is how many bytes the server was told.
func (g guarded) totalIn(t *testing.T) int64 {
	t.Helper()
	v, err := g.Varz(nil)
	if err != nil {
		t.Fatal(err)
	}
	return v.InBytes
}

// filesWith are the files below dir that hold a text.
func filesWith(t *testing.T, dir, text string) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if err == nil && strings.Contains(string(content), text) {
			name, _ := filepath.Rel(dir, path)
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

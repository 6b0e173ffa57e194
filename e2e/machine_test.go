package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
)

// machine is a computer with a disk of its own, at /mnt, and a user of its own who has no home. It
// is made of mount namespaces, one a command, and sees nothing of the desk. The network is the
// desk's.
type machine struct {
	d    *desk
	disk string // where its disk is on the desk
	user int
	env  []string
}

// newMachine makes one. It skips where none can be made.
func newMachine(t *testing.T, d *desk, name string, user int) *machine {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("machines that share no disk need root (mount namespaces): run the tests as root to try them")
	}
	if out, err := exec.Command("unshare", "--mount", "mount", "-t", "tmpfs", "none", "/mnt").CombinedOutput(); err != nil {
		t.Skipf("no mount namespace can be made here, so no machines that share no disk: %v %s", err, out)
	}
	m := &machine{d: d, disk: d.at("machines", name), user: user}
	for _, dir := range []string{m.disk, filepath.Join(m.disk, "tmp")} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(dir, user, user); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

// libtorchDir is the folder of the worker's libraries, and of those that they load.
var libtorchDir = regexp.MustCompile(`-L(\S*)/torch/lib`)

// command is what runs a program of /srv, or any other, on the machine.
func (m *machine) command(args ...string) []string {
	const enter = `set -e
mount --bind "$1" /mnt; mount --bind "$2" /srv; mount --bind "$3" /opt
mount -t tmpfs none /root; mount -t tmpfs -o mode=1777 none /tmp
user=$4; cd /; shift 4
exec setpriv --reuid="$user" --regid="$user" --clear-groups "$@"`
	torch := ""
	if found := libtorchDir.FindStringSubmatch(os.Getenv("CGO_LDFLAGS")); found != nil {
		torch = found[1]
	}
	entered := []string{"unshare", "--mount", "--propagation", "private", "sh", "-c", enter, "sh",
		m.disk, programs, torch, strconv.Itoa(m.user),
		"env", "-i", "PATH=/srv:/usr/bin:/bin", "LD_LIBRARY_PATH=/opt/torch/lib", "TMPDIR=/mnt/tmp"}
	return append(append(entered, m.env...), args...)
}

// start runs a program there.
func (m *machine) start(t *testing.T, args ...string) *process {
	t.Helper()
	all := m.command(args...)
	return m.d.start(t, all[0], all[1:]...)
}

// wipe empties its disk, as another machine's that takes its place.
func (m *machine) wipe(t *testing.T) {
	t.Helper()
	entries, err := os.ReadDir(m.disk)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() == "tmp" {
			continue
		}
		if err := os.RemoveAll(filepath.Join(m.disk, e.Name())); err != nil {
			t.Fatal(err)
		}
	}
}

// has is a path on its disk, as the desk sees it.
func (m *machine) has(parts ...string) string {
	return filepath.Join(append([]string{m.disk}, parts...)...)
}

func (m *machine) String() string { return fmt.Sprintf("user %d at %s", m.user, m.disk) }

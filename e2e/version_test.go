package e2e

import (
	"regexp"
	"testing"
)

// Both programs are built with commit and date, from the same place.
func TestBothProgramsSayTheirVersion(t *testing.T) {
	d := newDesk(t)
	said := regexp.MustCompile(`^(\S+) version (\d+\.\d+\.\d+ \(commit \S+, \S+\))\n$`)
	var built []string
	for name, program := range map[string]string{"ringmaster": d.ringmaster, "ringmaster-worker": d.worker} {
		p := d.run(t, program, "--version")
		p.exits(t, 0)
		parts := said.FindStringSubmatch(p.stdout.String())
		if parts == nil || parts[1] != name {
			t.Fatalf("%s --version says %q", name, p.stdout.String())
		}
		built = append(built, parts[2])
	}
	if built[0] != built[1] {
		t.Errorf("built from %q and %q: run make build", built[0], built[1])
	}
}

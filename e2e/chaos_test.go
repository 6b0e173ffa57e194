package e2e

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"ringmaster/chaos"
	"ringmaster/chaos/faults"
)

// chaosFaults is the number of faults in the short form of `make chaos`.
const chaosFaults = 12

// buildChaos builds the program that injects faults beside the others.
func buildChaos(t *testing.T) string {
	t.Helper()
	needPrograms(t)
	program := filepath.Join(programs, "ringmaster-chaos")
	c := exec.Command("go", "build", "-buildvcs=false", "-trimpath", "-o", program, "ringmaster/cmd/ringmaster-chaos")
	c.Env = append(c.Environ(), "CGO_ENABLED=0")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("go build ringmaster-chaos: %v\n%s", err, out)
	}
	return program
}

// chaosDesk is where the program works; it makes model, corpora and run file itself.
func chaosDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{dir: t.TempDir(), worker: filepath.Join(programs, "ringmaster-worker")}
	if err := errors.Join(os.Mkdir(d.at("home"), 0o755), os.Mkdir(d.at("tmp"), 0o755)); err != nil {
		t.Fatal(err)
	}
	return d
}

// TestChaosInShort is the short form of `make chaos`: a few faults of one seed. Times are
// told, not judged: they are this machine's, at this moment.
func TestChaosInShort(t *testing.T) {
	program := buildChaos(t)
	d := chaosDesk(t)
	p := d.start(t, program, "--seed", "1", "--faults", strconv.Itoa(chaosFaults), "--spacing", "25", "--dir", d.at("chaos"),
		"--median", "0", "--worst", "0", "--json")
	p.wait(t, 5*patience)
	p.exits(t, 0)
	var reports []chaos.Report
	if err := json.Unmarshal([]byte(p.stdout.String()), &reports); err != nil || len(reports) != 1 {
		t.Fatalf("%d reports, %v\n%s", len(reports), err, p.said())
	}
	t.Log(reports[0].Text())
	if reports[0].Faults != chaosFaults || !reports[0].OK {
		t.Errorf("%d faults, ok %v", reports[0].Faults, reports[0].OK)
	}
}

// However the program ends, and whatever it had paused or cut just then, its processes
// end with it.
func TestChaosLeavesNothingBehindItself(t *testing.T) {
	program := buildChaos(t)
	for name, signal := range map[string]syscall.Signal{"interrupted": syscall.SIGINT, "killed": syscall.SIGKILL} {
		t.Run(name, func(t *testing.T) {
			d := chaosDesk(t)
			work := &desk{dir: d.at("chaos"), worker: d.worker}
			p := d.start(t, program, "--seed", "2", "--faults", "40", "--dir", work.dir, "--kinds", string(faults.PauseShort)+","+string(faults.FillDisk))
			p.await(t, "a round of faults", func() bool { return strings.Contains(p.stderr.String(), "   1/") })
			if n := len(work.workers(t)); n != 3 {
				t.Errorf("%d workers while it works, want 3", n)
			}
			p.signal(t, signal)
			p.wait(t, patience)
			if code := map[syscall.Signal]int{syscall.SIGINT: 130, syscall.SIGKILL: -1}[signal]; p.code != code {
				t.Errorf("it ended with %d, want %d", p.code, code)
			}
			work.noWorkerWithin(t, patience)
		})
	}
}

func TestChaosIsAskedWrongly(t *testing.T) {
	program := buildChaos(t)
	d := chaosDesk(t)
	p := d.run(t, program, "--kinds", "flood")
	p.exits(t, 2)
	if errs := p.stderr.String(); !strings.Contains(errs, "flood") || !strings.Contains(errs, string(faults.KillWorker)) {
		t.Errorf("it does not say what there is:\n%s", errs)
	}
}

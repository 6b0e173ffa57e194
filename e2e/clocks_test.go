package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// clockOffset is read by the program of [buildWithAnotherClock]: seconds that it adds to its clock.
const clockOffset = "RINGMASTER_TEST_CLOCK_OFFSET"

// buildWithAnotherClock builds a ringmaster whose time.Now is wrong by clockOffset seconds: all of it is compiled
// against a package time that adds them. Go reads the clock without a system call, so nothing outside
// the program can change what it reads.
var buildWithAnotherClock = sync.OnceValues(func() (string, error) {
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return "", err
	}
	original := filepath.Join(strings.TrimSpace(string(goroot)), "src", "time", "time.go")
	source, err := os.ReadFile(original)
	if err != nil {
		return "", err
	}
	const reads = "sec, nsec, mono := runtimeNow()\n"
	_, body, found := strings.Cut(string(source), "\nfunc Now() Time {\n\t"+reads)
	if !found {
		return "", errors.New(original + " has another time.Now than this test knows")
	}
	head := strings.TrimSuffix(string(source), body)
	patched := filepath.Join(shared, "time.go")
	if err := os.WriteFile(patched, []byte(head+"\tsec += offset()\n"+body), 0o644); err != nil {
		return "", err
	}
	added := filepath.Join(shared, "offset.go")
	if err := os.WriteFile(added, []byte(offsetSource), 0o644); err != nil {
		return "", err
	}
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {
		original: patched,
		filepath.Join(filepath.Dir(original), "ringmaster_offset.go"): added,
	}})
	if err != nil {
		return "", err
	}
	file := filepath.Join(shared, "overlay.json")
	if err := os.WriteFile(file, overlay, 0o644); err != nil {
		return "", err
	}
	program := filepath.Join(shared, "ringmaster-with-another-clock")
	c := exec.Command("go", "build", "-buildvcs=false", "-trimpath", "-overlay", file, "-o", program, "ringmaster/cmd/ringmaster")
	c.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := c.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return program, nil
})

// offsetSource is added to package time, which may not import strconv.
const offsetSource = `package time

import "syscall"

func offset() (seconds int64) {
	text, _ := syscall.Getenv("` + clockOffset + `")
	sign := int64(1)
	for _, c := range []byte(text) {
		if c == '-' {
			sign = -1
			continue
		}
		seconds = 10*seconds + int64(c-'0')
	}
	return sign * seconds
}
`

// Clocks of the coordinator's machine and of the workers' may be apart: keys, certificates, time limits and the
// run itself do not depend on them. One worker is killed and its place taken by another, so that a ring is made anew.
func TestClocksApart(t *testing.T) {
	needPrograms(t)
	if testing.Short() {
		t.Skip("SKIPPED: it compiles the coordinator and Go's library once more, for a minute or two")
	}
	program, err := buildWithAnotherClock()
	if err != nil {
		t.Fatalf("a coordinator with another clock cannot be built: %v", err)
	}
	for name, offset := range map[string]time.Duration{"the coordinator's is ahead": 30 * time.Minute, "the coordinator's is behind": -30 * time.Minute} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			run := d.at("runs", "apart")
			d.extra = []string{clockOffset + "=" + strconv.Itoa(int(offset.Seconds()))}
			coordinator := d.start(t, program, "coordinator", "run.yaml", "--run-dir", "runs/apart", "--workers", "2", "--port", "-1",
				"--set", "cluster.tls=on", "--set", "cluster.max_workers=3", "--set", "method=mt", "--set", "train.steps=400")
			url := joinURL(t, coordinator)
			d.extra = nil
			var workers []*process
			for range 3 {
				workers = append(workers, d.start(t, d.worker, "join", "--nats", url, "--threads", "1"))
			}
			coordinator.await(t, "some steps", func() bool { return d.steps(t, run, "student") > 20 })
			workers[0].signal(t, syscall.SIGKILL)
			coordinator.wait(t, patience)
			coordinator.exits(t, 0)
			for _, w := range workers[1:] {
				w.wait(t, patience)
				w.exits(t, 0)
			}
			d.passesAudit(t, filepath.Join("runs", "apart"))
			events := readRecord(t, run).events
			if apart := time.Until(events[len(events)-1].Time); (apart - offset).Abs() > 10*time.Minute {
				t.Fatalf("the clocks were %s apart, not %s: the test has tried nothing", apart, offset)
			}
		})
	}
}

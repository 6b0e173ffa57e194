package e2e

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// soon is how long a run may take to see that its workers cannot work, with all its pauses.
const soon = 40 * time.Second

// A worker whose temporary folder is not there ends before it has joined, and the run with it.
func TestWorkersWithoutATemporaryFolderEndTheRun(t *testing.T) {
	d := newDesk(t)
	d.extra = []string{"TMPDIR=" + d.at("missing")}
	p := d.start(t, d.ringmaster, "train", "run.yaml", "--run-dir", d.at("run"), "--set", "method=mt")
	p.wait(t, soon)
	p.exits(t, 1)
	if errs := p.stderr.String(); !strings.Contains(errs, "TMPDIR") || !strings.Contains(errs, d.at("missing")) {
		t.Errorf("it does not say which folder, and what to do:\n%s", errs)
	}
	if n := workerLogs(t, d.at("run")); n > 4 {
		t.Errorf("%d workers were started for two places", n)
	}
	d.noWorker(t)
}

// Workers that are killed as soon as they have joined are started less and less often, and
// then no more.
func TestWorkersThatAreKilledOnJoiningEndTheRun(t *testing.T) {
	d := newDesk(t)
	p := d.start(t, d.ringmaster, "train", "run.yaml", "--run-dir", d.at("run"), "--set", "method=mt", "--set", "train.steps=100000")
	hunt := time.NewTicker(look)
	defer hunt.Stop()
	deadline := time.After(soon)
	for over := false; !over; {
		select {
		case <-p.ended:
			over = true
		case <-hunt.C:
			for _, pid := range joined(t, d) {
				_ = syscall.Kill(pid, syscall.SIGKILL) // one that has ended meanwhile needs no more
			}
		case <-deadline:
			t.Fatalf("after %s it still starts workers\n%s", soon, p.said())
		}
	}
	p.exits(t, 1)
	if errs := p.stderr.String(); !strings.Contains(errs, "SIGKILL") || !strings.Contains(errs, "memory") {
		t.Errorf("it does not say how they end, and what to do:\n%s", errs)
	}
	// Each of two places is filled once and five times anew. A worker that was killed a moment
	// late has done a step, and its place counts from there again. Without a bound there
	// would be several a second.
	if n := workerLogs(t, d.at("run")); n > 24 {
		t.Errorf("%d workers were started for two places", n)
	}
}

// joined are the workers of the desk that have joined the run, but did no step yet: by their
// logs, which every process has of its own.
func joined(t *testing.T, d *desk) (pids []int) {
	t.Helper()
	for _, pid := range d.workers(t) {
		log, err := os.Readlink(filepath.Join("/proc", strconv.Itoa(pid), "fd", "2"))
		if err != nil {
			continue
		}
		if text, err := os.ReadFile(log); err == nil && strings.Contains(string(text), "msg=joined") {
			pids = append(pids, pid)
		}
	}
	return pids
}

// A model that cannot be saved is not trained again: its workers keep it, and hand it over
// when there is room.
func TestAModelThatCannotBeSavedIsSavedWhenThereIsRoom(t *testing.T) {
	d := newDesk(t)
	small := d.at("small")
	if err := os.Mkdir(small, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("ringmaster-test", small, "tmpfs", 0, "size=64k"); err != nil {
		t.Skipf("SKIPPED: no small file system can be mounted here (%v), so a full disk is not tried: run as root", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(small, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	d.extra = []string{"TMPDIR=" + small}
	p := d.start(t, d.ringmaster, "train", "run.yaml", "--run-dir", d.at("run"), "--set", "method=mt", "--set", "train.steps=5")
	p.await(t, "word that the model cannot be saved", func() bool { return strings.Contains(p.stdout.String(), "cannot be saved") })
	if err := syscall.Mount("ringmaster-test", small, "tmpfs", syscall.MS_REMOUNT, "size=64m"); err != nil {
		t.Fatal(err)
	}
	p.wait(t, soon)
	p.exits(t, 0)
	if said := p.stdout.String(); !strings.Contains(said, "no space left on device") || !strings.Contains(said, "TMPDIR") || !strings.Contains(said, "tried again in 1s") {
		t.Errorf("it does not say why, what to do, and when it is tried again:\n%s", said)
	}
	if events := readFile(t, d.at("run", "events.jsonl")); strings.Count(events, "\n") != 5 {
		t.Errorf("the log has not five steps:\n%s", events)
	}
}

// workerLogs is how many worker processes a run has started.
func workerLogs(t *testing.T, run string) int {
	t.Helper()
	logs, err := filepath.Glob(filepath.Join(run, "logs", "local-*.log"))
	if err != nil {
		t.Fatal(err)
	}
	return len(logs)
}

func TestAThousandWorkersAreRefused(t *testing.T) {
	d := newDesk(t)
	p := d.run(t, d.ringmaster, "train", "run.yaml", "--run-dir", d.at("run"), "--workers", "1000")
	p.exits(t, 2)
	if errs := p.stderr.String(); !strings.Contains(errs, "1000") || !strings.Contains(errs, "cluster.oversubscribe") {
		t.Errorf("it does not say what is wrong, and what to do:\n%s", errs)
	}
	if _, err := os.Stat(d.at("run")); err == nil {
		t.Error("a run directory is left")
	}
}

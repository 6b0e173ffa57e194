package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"ringmaster/allreduce/ringbench"
)

// patience is far beyond what anything here takes.
const patience = time.Minute

// program is a ringmaster that runs beside the test, and its ranks with it.
type program struct {
	*exec.Cmd
	mark        string // in the environment of it and its ranks
	out, errors bytes.Buffer
}

func ringmaster(t *testing.T, args ...string) *program {
	t.Helper()
	p := &program{Cmd: exec.Command(os.Args[0], args...), mark: "RINGMASTER_TEST=" + t.TempDir()}
	p.Env = append(os.Environ(), beProgram+"=1", p.mark)
	p.Stdout, p.Stderr = &p.out, &p.errors
	p.WaitDelay = 5 * time.Second
	return p
}

// run runs it to its end and returns the exit code.
func (p *program) run(t *testing.T) int {
	t.Helper()
	err := p.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return p.ProcessState.ExitCode()
}

// ranks are the rank processes, by the mark they inherit.
func (p *program) ranks(t *testing.T) []int {
	t.Helper()
	entries, err := os.ReadDir("/proc")
	if err != nil {
		t.Skip("without /proc nobody knows which processes there are")
	}
	var pids []int
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		// A process that ends meanwhile can be read no more.
		line, _ := os.ReadFile(filepath.Join("/proc", e.Name(), "cmdline"))
		environ, _ := os.ReadFile(filepath.Join("/proc", e.Name(), "environ"))
		if strings.HasSuffix(string(line), "\x00bench\x00rank\x00") && strings.Contains(string(environ), p.mark+"\x00") {
			pids = append(pids, pid)
		}
	}
	return pids
}

// awaitRanks looks until there are so many rank processes.
func (p *program) awaitRanks(t *testing.T, want int) []int {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		pids := p.ranks(t)
		if len(pids) == want {
			return pids
		}
		if time.Now().After(deadline) {
			t.Fatalf("ranks %v, want %d of them", pids, want)
		}
	}
}

// startEndless starts a benchmark that no test waits for the end of.
func startEndless(t *testing.T) *program {
	t.Helper()
	p := ringmaster(t, "bench", "allreduce", "--workers", "3", "--sizes", "100k", "--round-time", "1h")
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = p.Process.Kill() // one that has ended cannot be killed
		_ = p.Wait()
		for _, pid := range p.ranks(t) {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	})
	p.awaitRanks(t, 3)
	return p
}

func TestBenchAllReduce(t *testing.T) {
	p := ringmaster(t, "bench", "allreduce", "--workers", "2,3", "--sizes", "7,10.007k", "--wire", "float32,bfloat16,int8",
		"--topology", "mesh,broker", "--rounds", "2", "--round-time", "1ms", "--json")
	if code := p.run(t); code != 0 {
		t.Fatalf("exit code %d\n%s", code, &p.errors)
	}
	var rows []ringbench.Row
	if err := json.Unmarshal(p.out.Bytes(), &rows); err != nil {
		t.Fatalf("standard output is not JSON: %v\n%s", err, &p.out)
	}
	if len(rows) != 24 {
		t.Fatalf("%d rows, want 24", len(rows))
	}
	type key struct {
		workers, floats int
		wire            ringbench.Wire
		topology        ringbench.Topology
	}
	seen := map[key]bool{}
	for _, r := range rows {
		seen[key{r.Workers, r.Floats, r.Wire, r.Topology}] = true
		if r.Seconds <= 0 || r.SecondsMin > r.Seconds || r.SecondsMax < r.Seconds || r.CPUSeconds <= 0 ||
			r.GBps <= 0 || r.LinkGBps <= 0 || r.RingBoundShare <= 0 || r.Operations < 2 {
			t.Errorf("a number is not what it can be: %+v", r)
		}
	}
	if len(seen) != len(rows) {
		t.Errorf("rows repeat: %v", seen)
	}
	if strings.Contains(p.out.String(), `"peer_`) || strings.Contains(p.out.String(), `"ratio`) {
		t.Errorf("there was no peer, but fields of it:\n%s", &p.out)
	}
	if !strings.Contains(p.errors.String(), "row 24 of 24: 3 workers, 10.007k floats, int8, broker: round 1 of 2") {
		t.Errorf("the progress lacks the last row:\n%s", &p.errors)
	}
}

func TestBenchAllReducePrintsATable(t *testing.T) {
	p := ringmaster(t, "bench", "allreduce", "--workers", "2", "--sizes", "1k", "--wire", "float32",
		"--rounds", "1", "--round-time", "1ms", "--pin=false", "--procs", "2")
	if code := p.run(t); code != 0 {
		t.Fatalf("exit code %d\n%s", code, &p.errors)
	}
	for _, want := range []string{"workers", "GB/s", "of bound", "1k", "mesh", "float32"} {
		if !strings.Contains(p.out.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, &p.out)
		}
	}
}

func TestKillingTheBenchmarkLeavesNoRankBehind(t *testing.T) {
	p := startEndless(t)
	if err := p.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	p.awaitRanks(t, 0)
}

func TestInterruptingTheBenchmarkWaitsForItsRanks(t *testing.T) {
	p := startEndless(t)
	if err := p.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	err := p.Wait()
	if pids := p.ranks(t); len(pids) > 0 {
		t.Errorf("ranks %v are left behind", pids)
	}
	if code := p.ProcessState.ExitCode(); code != exitStopped || !strings.Contains(p.errors.String(), "stopped on request") {
		t.Errorf("%v, exit code %d, want %d\n%s", err, code, exitStopped, &p.errors)
	}
}

func TestALostRankEndsTheBenchmark(t *testing.T) {
	p := startEndless(t)
	if err := syscall.Kill(p.awaitRanks(t, 3)[1], syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	err := p.Wait()
	if pids := p.ranks(t); len(pids) > 0 {
		t.Errorf("ranks %v are left behind", pids)
	}
	if code := p.ProcessState.ExitCode(); code != exitFailed || !strings.Contains(p.errors.String(), "a rank failed: rank ") {
		t.Errorf("%v, exit code %d, want %d\n%s", err, code, exitFailed, &p.errors)
	}
}

func TestBenchAllReduceBesideGloo(t *testing.T) {
	python := os.Getenv("RINGMASTER_PEER_PYTHON")
	if python == "" {
		t.Skip("RINGMASTER_PEER_PYTHON is not set: name a Python with torch 2.11 to measure gloo too")
	}
	p := ringmaster(t, "bench", "allreduce", "--workers", "2,3", "--sizes", "7,10.007k", "--wire", "float32,bfloat16",
		"--rounds", "2", "--round-time", "1ms", "--json", "--peer-pin", "--peer-python", python)
	if code := p.run(t); code != 0 {
		t.Fatalf("exit code %d\n%s", code, &p.errors)
	}
	var rows []ringbench.Row
	if err := json.Unmarshal(p.out.Bytes(), &rows); err != nil {
		t.Fatal(err)
	}
	wrong := slices.IndexFunc(rows, func(r ringbench.Row) bool {
		return r.PeerSeconds <= 0 || r.PeerGBps <= 0 || r.PeerCPUSeconds <= 0 || r.Ratio <= 0 || r.RatioMin > r.Ratio || r.RatioMax < r.Ratio
	})
	if len(rows) != 8 || wrong >= 0 {
		t.Errorf("%d rows, want 8; number %d is wrong: %+v", len(rows), wrong, rows)
	}
}

package ringbench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// serving makes the test binary a rank's process.
const serving = "RINGBENCH_TEST_RANK"

func TestMain(m *testing.M) {
	if os.Getenv(serving) != "" {
		if err := ServeRank(context.Background(), os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// tiny are options of a benchmark that takes no time, with this binary as ranks.
func tiny(t *testing.T) Options {
	t.Helper()
	t.Setenv(serving, "1")
	return Options{
		Workers: []int{2}, Sizes: []int{1000}, Wires: []Wire{Float32}, Topologies: []Topology{Mesh},
		Rounds: 2, RoundTime: time.Millisecond, Program: []string{os.Args[0]},
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	o := tiny(t)
	o.Rounds = 1 << 30
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	o.Progress = func(p Progress) {
		if p.Round == 3 {
			cancel()
		}
	}
	if _, err := Run(ctx, o); !errors.Is(err, ErrStopped) {
		t.Errorf("error %v, want ErrStopped", err)
	}
}

func TestRunSaysWhatARankLastSaid(t *testing.T) {
	o := tiny(t)
	o.Program = []string{"sh", "-c", "echo first >&2; echo 'I am a dummy' >&2; exit 3"}
	_, err := Run(t.Context(), o)
	if !errors.Is(err, ErrRank) || !strings.Contains(err.Error(), "I am a dummy") || !strings.Contains(err.Error(), "of 2") {
		t.Errorf("error %v, want ErrRank with the rank and its last words", err)
	}
}

func TestRunTellsAFailingPeerFromARank(t *testing.T) {
	o := tiny(t)
	o.PeerPython = filepath.Join(t.TempDir(), "python")
	if err := os.WriteFile(o.PeerPython, []byte("#!/bin/sh\necho 'SyntaxError: not this one' >&2\nexit 1\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	rows, err := Run(t.Context(), o)
	if !errors.Is(err, ErrPeer) || errors.Is(err, ErrRank) || !strings.Contains(err.Error(), "not this one") || len(rows) > 0 {
		t.Errorf("rows %v, error %v, want ErrPeer with its last words", rows, err)
	}
}

func TestRowsBeforeAnErrorAreKept(t *testing.T) {
	o := tiny(t)
	o.Sizes = []int{10, 20, 30}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	o.Progress = func(p Progress) {
		if p.Row == 3 {
			cancel()
		}
	}
	if rows, err := Run(ctx, o); len(rows) != 2 || rows[1].Floats != 20 || !errors.Is(err, ErrStopped) {
		t.Errorf("rows %v, error %v, want the first two and ErrStopped", rows, err)
	}
}

func TestAProfileIsWrittenForEachRank(t *testing.T) {
	o := tiny(t)
	o.ProfileDir = filepath.Join(t.TempDir(), "profiles")
	if _, err := Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"mesh-1k-0-of-2-float32.pprof", "mesh-1k-1-of-2-float32.pprof"} {
		if info, err := os.Stat(filepath.Join(o.ProfileDir, name)); err != nil || info.Size() == 0 {
			t.Errorf("no profile %s: %v", name, err)
		}
	}
}

func TestOptionsAreChecked(t *testing.T) {
	for name, spoil := range map[string]func(*Options){
		"one worker":    func(o *Options) { o.Workers = []int{1} },
		"17 workers":    func(o *Options) { o.Workers = []int{2, 17} },
		"no worker":     func(o *Options) { o.Workers = nil },
		"no float":      func(o *Options) { o.Sizes = []int{0} },
		"a wire":        func(o *Options) { o.Wires = []Wire{"fp8"} },
		"a topology":    func(o *Options) { o.Topologies = []Topology{"star"} },
		"no round":      func(o *Options) { o.Rounds = 0 },
		"no round time": func(o *Options) { o.RoundTime = 0 },
		"no such file":  func(o *Options) { o.PeerPython = filepath.Join(t.TempDir(), "python") },
	} {
		o := tiny(t)
		spoil(&o)
		if _, err := Run(t.Context(), o); !errors.Is(err, ErrOptions) {
			t.Errorf("%s: error %v, want ErrOptions", name, err)
		}
	}
}

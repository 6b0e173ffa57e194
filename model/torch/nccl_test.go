package torch

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// library compiles a shared library from C.
func library(t *testing.T, source string) string {
	t.Helper()
	cc, err := exec.LookPath("cc")
	if err != nil {
		t.Skip("SKIPPED: no C compiler (cc) on the PATH; what NCCL is asked for is not tried")
	}
	path := filepath.Join(t.TempDir(), ncclName)
	if output, err := exec.CommandContext(t.Context(), cc, "-shared", "-fPIC", "-o", path, source).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	return path
}

// The library is a stand-in on host memory, as no GPU is at hand: it shows that we call
// what NCCL documents in the way it documents, and nothing about GPUs.
func TestGroupAsksNCCLForTheRightThings(t *testing.T) {
	path := library(t, filepath.Join("testdata", "standin_nccl.c"))
	calls := filepath.Join(t.TempDir(), "calls")
	t.Setenv("STANDIN_NCCL_LOG", calls)
	thread := start(t)
	g, err := OpenGroup([]Device{CPU, CPU, CPU}, filepath.Join(t.TempDir(), "none.so"), path)
	if err != nil {
		t.Fatal(err)
	}
	if v, err := g.Version(); v != "2.28.9" || err != nil {
		t.Errorf("version %q, %v", v, err)
	}
	err = thread.Run(NoGrad, func(s *Scope) error {
		all := []*Tensor{s.Floats([]float32{1, 2}, 2), s.Floats([]float32{10, 20}, 2), s.Floats([]float32{100, 200}, 2)}
		s.GroupAllReduce(g, all)
		for i, x := range all {
			if diff := cmp.Diff([]float32{111, 222}, s.HostFloats(x, 2)); diff != "" {
				t.Errorf("sum on device %d: %s", i, diff)
			}
		}
		copy(s.HostFloats(all[0], 2), []float32{7, 8})
		s.GroupBroadcast(g, all)
		for i, x := range all {
			if diff := cmp.Diff([]float32{7, 8}, s.HostFloats(x, 2)); diff != "" {
				t.Errorf("spread to device %d: %s", i, diff)
			}
		}
		return nil
	})
	if err := errors.Join(err, g.Close(), g.Close()); err != nil {
		t.Error(err)
	}
	if _, err := g.Version(); !errors.Is(err, ErrNCCL) {
		t.Errorf("version of a closed group: %v", err)
	}
	got, err := os.ReadFile(calls)
	if err != nil {
		t.Fatal(err)
	}
	const want = `CommInitAll 3: -1 -1 -1
GroupStart
AllReduce on 0: 2 of type 7, 0, stream (nil), in place
AllReduce on 1: 2 of type 7, 0, stream (nil), in place
AllReduce on 2: 2 of type 7, 0, stream (nil), in place
GroupEnd
GroupStart
Broadcast on 0: 2 of type 7, 0, stream (nil), in place
Broadcast on 1: 2 of type 7, 0, stream (nil), in place
Broadcast on 2: 2 of type 7, 0, stream (nil), in place
GroupEnd
CommDestroy 0
CommDestroy 1
CommDestroy 2
`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
}

func TestGroupRefusesWhatDoesNotFit(t *testing.T) {
	thread := start(t)
	path := library(t, filepath.Join("testdata", "standin_nccl.c"))
	if _, err := OpenGroup(nil, path); !errors.Is(err, ErrNCCL) || !strings.Contains(err.Error(), "ncclCommInitAll: invalid argument") {
		t.Errorf("no devices: %v", err)
	}
	g, err := OpenGroup([]Device{CPU, CPU}, path)
	if err != nil {
		t.Fatal(err)
	}
	expect := func(want string, tensors func(s *Scope) []*Tensor) {
		t.Helper()
		err := thread.Run(NoGrad, func(s *Scope) error { s.GroupAllReduce(g, tensors(s)); return nil })
		if !errors.Is(err, ErrNCCL) || !strings.Contains(err.Error(), "sum over devices") || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	expect("1 tensors for 2 devices", func(s *Scope) []*Tensor { return []*Tensor{s.Zeros(CPU, 3)} })
	expect("another length", func(s *Scope) []*Tensor { return []*Tensor{s.Zeros(CPU, 3), s.Zeros(CPU, 4)} })
	expect("not flat float32", func(s *Scope) []*Tensor { return []*Tensor{s.Zeros(CPU, 1), s.Ints([]int64{1}, 1)} })
	if err := g.Close(); err != nil {
		t.Error(err)
	}
	expect("closed", func(s *Scope) []*Tensor { return []*Tensor{s.Zeros(CPU, 3), s.Zeros(CPU, 3)} })
}

func TestNoUsableNCCL(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing.so")
	if g, err := OpenGroup([]Device{CPU}, missing); g != nil || !errors.Is(err, ErrNoNCCL) || !strings.Contains(err.Error(), missing) {
		t.Errorf("a missing library: %v", err)
	}
	source := filepath.Join(t.TempDir(), "other.c")
	if err := os.WriteFile(source, []byte("int ncclGetVersion(int *v) { *v = 1; return 0; }\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	g, err := OpenGroup([]Device{CPU}, missing, library(t, source))
	if g != nil || !errors.Is(err, ErrNoNCCL) || !strings.Contains(err.Error(), "it has no ncclGetErrorString") || !strings.Contains(err.Error(), missing) {
		t.Errorf("a library that is not NCCL: %v", err)
	}
}

// The real library loads without a GPU and answers; it only has no device to join.
func TestRealNCCLLoads(t *testing.T) {
	dir, err := FindTorch(t.Context())
	if err != nil {
		t.Skipf("SKIPPED: the real NCCL is not loaded, as no torch with CUDA is installed (%v); name one by %s", err, TorchEnv)
	}
	g, err := loadNCCL(ncclLibraries(dir))
	if err != nil {
		t.Fatal(err)
	}
	v, err := g.Version()
	if err := errors.Join(err, g.Close()); err != nil || !regexp.MustCompile(`^2\.\d+\.\d+$`).MatchString(v) {
		t.Errorf("version %q, %v", v, err)
	}
	t.Log("NCCL", v, "from", g.library)
	if _, err := driverDevices(); err == nil {
		return
	}
	if g, err := OpenGroup([]Device{{index: 0}, {index: 1}}, ncclLibraries(dir)...); g != nil || !errors.Is(err, ErrNCCL) {
		t.Errorf("a group of GPUs without a driver: %v", err)
	}
}

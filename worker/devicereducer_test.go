package worker

import (
	"bytes"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// By NCCL a worker's replicas walk the path that they walk by copies. The library is
// a stand-in on host memory, as no GPU is at hand (see model/torch/testdata).
func TestReplicasSumByNCCL(t *testing.T) {
	cc, err := exec.LookPath("cc")
	if err != nil {
		t.Skip("SKIPPED: no C compiler (cc) on the PATH; replicas on NCCL are not tried")
	}
	library, calls := filepath.Join(t.TempDir(), "libnccl.so.2"), filepath.Join(t.TempDir(), "calls")
	source := filepath.Join("..", "model", "torch", "testdata", "standin_nccl.c")
	if output, err := exec.CommandContext(t.Context(), cc, "-shared", "-fPIC", "-o", library, source).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	t.Setenv("STANDIN_NCCL_LOG", calls)
	const steps = 6
	_, want := newMemoryWorldOn(t, 2, "float32", "cpu,cpu").train(steps, true)
	c := newMemoryWorldOn(t, 2, "float32", "cpu,cpu")
	first := c.ranks[0]
	var log bytes.Buffer
	first.stage.devices = &deviceReducer{}
	first.stage.devices.useNCCL(first.stage.replicas, slog.New(slog.NewTextHandler(&log, nil)), library)
	if first.stage.devices.group == nil || !strings.Contains(log.String(), "by NCCL\" version=2.28.9") {
		t.Fatalf("no group: %s", log.String())
	}
	t.Cleanup(func() {
		if err := first.stage.devices.close(); err != nil {
			t.Error(err)
		}
	})
	_, got := c.train(steps, true)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("hashes by copies and by NCCL: %s", diff)
	}
	text, err := os.ReadFile(calls)
	if err != nil {
		t.Fatal(err)
	}
	for call, times := range map[string]int{"CommInitAll": 1, "AllReduce on 1": steps, "Broadcast on 1": steps, "GroupEnd": 2 * steps} {
		if n := strings.Count(string(text), call); n != times {
			t.Errorf("%s was called %d times, want %d", call, n, times)
		}
	}
}

func TestWithoutNCCLReplicasCopyAndSaySo(t *testing.T) {
	c := newMemoryWorldOn(t, 1, "float32", "cpu,cpu")
	e := c.ranks[0]
	var log bytes.Buffer
	e.stage.devices = &deviceReducer{}
	e.stage.devices.useNCCL(e.stage.replicas, slog.New(slog.NewTextHandler(&log, nil)), filepath.Join(t.TempDir(), "missing.so"))
	if text := log.String(); strings.Count(text, "\n") != 1 || !strings.Contains(text, "level=INFO") || !strings.Contains(text, "by copies") || !strings.Contains(text, "missing.so") {
		t.Errorf("the log says %q", text)
	}
	c.train(3, true)
}

// Devices that are no GPUs do not touch NCCL, and the same devices keep what they have.
func TestDeviceReducerStaysWithItsDevices(t *testing.T) {
	r := newMemoryWorldOn(t, 1, "float32", "cpu,cpu").ranks[0].stage.replicas
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, nil))
	var none *deviceReducer
	b, err := none.adaptTo(r, logger)
	if err != nil || b.group != nil || log.Len() > 0 {
		t.Fatalf("%+v, %v; the log says %q", b, err, log.String())
	}
	if again, err := b.adaptTo(r, logger); again != b || err != nil {
		t.Errorf("another one for the same devices, %v", err)
	}
	if other, err := b.adaptTo(r[:1], logger); other == b || err != nil {
		t.Errorf("the same one for other devices, %v", err)
	}
}

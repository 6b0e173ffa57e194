package e2e

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ringmaster/model/weights"
	"ringmaster/run/directory"
)

// A rank whose memory has changed has different parameters from the other ranks: the hashes show it,
// it is named and ended, another takes its place, and the others go on.
func TestARankWithOtherParametersIsEndedAndReplaced(t *testing.T) {
	d := newDesk(t)
	// With such a rate no parameter ever changes, so that they are found in the memory.
	p := startEndless(t, d, "--workers", "3", "--set", "train.lr=1e-30")
	corrupt(t, d, processOf(t, p, "local-1"))
	said := func(text string) func() bool { return func() bool { return strings.Contains(p.stdout.String(), text) } }
	p.await(t, "that it is named", said("(worker local-1) has different parameters from the other ranks"))
	p.await(t, "another in its place", said("worker local-1-1 fetches the state"))
	run := directory.Layout(d.at("runs", "long"))
	p.await(t, "steps of all three", func() bool { return world(t, run) == 3 })
	p.stop(t)
	d.noWorker(t)
	d.passesAudit(t, filepath.Join("runs", "long"))
}

// corrupt flips a bit of the first parameters wherever a process has them in its memory.
func corrupt(t *testing.T, d *desk, pid int) {
	t.Helper()
	folder, err := weights.Open(d.at("model"))
	if err != nil {
		t.Fatal(err)
	}
	tensors, err := folder.Load(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	var pattern []byte
	const name = "bert.embeddings.position_embeddings.weight"
	if len(tensors[name].Data) < 16 {
		t.Fatalf("%s is not among %d tensors", name, len(tensors))
	}
	for _, x := range tensors[name].Data[:16] {
		pattern = binary.LittleEndian.AppendUint32(pattern, math.Float32bits(x))
	}
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		t.Fatal(err)
	}
	mem, err := os.OpenFile(fmt.Sprintf("/proc/%d/mem", pid), os.O_RDWR, 0)
	if err != nil {
		t.Skipf("SKIPPED: the memory of a worker cannot be written here: %v", err)
	}
	defer mem.Close()
	found := 0
	for line := range strings.Lines(string(maps)) {
		var lo, hi int64
		var mode string
		if n, _ := fmt.Sscanf(line, "%x-%x %s", &lo, &hi, &mode); n != 3 || !strings.HasPrefix(mode, "rw") {
			continue
		}
		region := make([]byte, hi-lo)
		n, _ := mem.ReadAt(region, lo) // what cannot be read holds no parameters
		for at := 0; ; {
			next := bytes.Index(region[at:n], pattern)
			if next < 0 {
				break
			}
			at += next
			if _, err := mem.WriteAt([]byte{region[at+1] ^ 1}, lo+int64(at)+1); err == nil {
				found++
			}
			at += len(pattern)
		}
	}
	if found == 0 {
		t.Fatal("the parameters are not found in the worker's memory")
	}
}

package training

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"ringmaster/benchmark/comparison"
)

// peerAnswer is the last line that a peer's script prints.
type peerAnswer struct {
	Seconds    float64 `json:"seconds"`     // of a step, or of the job
	CPUSeconds float64 `json:"cpu_seconds"` // of a step, all ranks together
	PeakBytes  uint64  `json:"peak_bytes"`  // of the largest rank
	// Examples and Tokens are a job's; a step's are as they were asked for.
	Examples float64 `json:"examples"`
	Tokens   float64 `json:"tokens"`
}

// checkPeer says early what a peer's Python lacks.
func (b *bench) checkPeer(ctx context.Context, modules ...string) error {
	if b.PeerPython == "" {
		return nil
	}
	line := []string{b.PeerPython, "-c", "import " + strings.Join(modules, ", ")}
	if _, err := (child{cores: b.cores, env: b.peerEnv(1), line: line}).run(ctx, ErrOptions); err != nil {
		return fmt.Errorf("%w; install %s for %s, or leave the peer out", err, strings.Join(modules, ", "), b.PeerPython)
	}
	return nil
}

// peerEnv is what a peer's environment has besides this process's: as many threads a rank as ours have, no
// GPU, no network, and a folder for temporary files that goes with the benchmark.
func (b *bench) peerEnv(world int) []string {
	return []string{
		"OMP_NUM_THREADS=" + strconv.Itoa(b.threads(world)), "TOKENIZERS_PARALLELISM=false", "CUDA_VISIBLE_DEVICES=",
		"HF_HUB_OFFLINE=1", "TMPDIR=" + b.dir,
	}
}

// runPeer runs a script with a word for each of its options.
func (b *bench) runPeer(ctx context.Context, world int, script, text string, options ...string) (a peerAnswer, err error) {
	// A file, since Python's multiprocessing imports the program anew in every rank.
	path := filepath.Join(b.dir, script)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return a, err
	}
	e, err := child{
		cores: b.coresOf(world), env: b.peerEnv(world), line: append([]string{b.PeerPython, path}, options...),
	}.run(ctx, ErrPeer)
	if err != nil {
		return a, err
	}
	lines := bytes.Split(bytes.TrimSpace(e.output), []byte("\n"))
	if err := json.Unmarshal(lines[len(lines)-1], &a); err != nil || a.Seconds <= 0 {
		return a, fmt.Errorf("%w: %s did not end with a line of JSON that has its seconds (%s)%s", ErrPeer, script, fmt.Sprint(err), quote(e.output))
	}
	return a, nil
}

// stepPeer is a peer's side of a benchmark of steps.
func (b *bench) stepPeer(name, script, text string, world int, unit comparison.Sample, options ...string) side {
	return side{name: name, measure: func(ctx context.Context, _ int) (comparison.Sample, error) {
		s := unit
		a, err := b.runPeer(ctx, world, script, text, append([]string{
			"--processes", strconv.Itoa(world), "--threads", strconv.Itoa(b.threads(world)), "--batch", strconv.Itoa(b.Batch),
			"--length", strconv.Itoa(b.Length), "--steps", strconv.Itoa(warmUp + b.Steps), "--warm-up", strconv.Itoa(warmUp),
			"--precision", string(b.Precision), "--json",
		}, options...)...)
		s.Seconds, s.CPUSeconds, s.PeakBytes = a.Seconds, a.CPUSeconds, a.PeakBytes
		return s, err
	}}
}

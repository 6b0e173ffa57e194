package model

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// A training before whose steps batches are tried has the bits of one without.
func TestTryLargestChangesNothing(t *testing.T) {
	examples := examplesOf(tinyReference(t).Batches[0])
	spec, p := tinySpec(), 0.3
	spec.Dropout, spec.MicroBatch = &p, 2
	train := func(try bool) (gradients [][]float32, hashes []string) {
		m := open(t, spec)
		for n := range 4 {
			if try {
				if err := m.TryLargest(ctx, examples, goldOnly, 4); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := m.Backward(ctx, examples, goldOnly, 4, uint64(n)); err != nil {
				t.Fatal(err)
			}
			g, err := m.Gradient()
			if err != nil {
				t.Fatal(err)
			}
			gradients = append(gradients, slices.Clone(g))
			if _, err := m.Update(1e-2, AdamW{ClipNorm: 1}); err != nil {
				t.Fatal(err)
			}
			hashes = append(hashes, hashOf(t, m))
		}
		return gradients, hashes
	}
	gradients, hashes := train(false)
	tried, triedHashes := train(true)
	if !slices.EqualFunc(gradients, tried, slices.Equal) || !slices.Equal(hashes, triedHashes) {
		t.Error("another training than without tries")
	}
}

func TestTheLargestMicroBatchIsTried(t *testing.T) {
	texts := func(lengths ...int) (all []Example) {
		for _, n := range lengths {
			all = append(all, Example{IDs: make([]int32, n)})
		}
		return all
	}
	for name, c := range map[string]struct {
		lengths []int
		bound   int
		want    []int
	}{
		"the longest":            {[]int{4, 20, 4}, 1, []int{20}},
		"many short ones":        {[]int{24, 6, 6, 6, 6, 6, 6}, 0, []int{6, 6, 6, 6, 6, 6}},
		"as many as are allowed": {[]int{9, 9, 9, 9, 9}, 3, []int{9, 9, 9}},
	} {
		spec := tinySpec()
		spec.MicroBatch = c.bound
		var got []int
		for _, e := range open(t, spec).largest(texts(c.lengths...)) {
			got = append(got, len(e.IDs))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: texts of %v tokens, want %v", name, got, c.want)
		}
	}
}

// childEnv makes the test's own program, run once more, try a batch that its memory does not hold.
const childEnv = "RINGMASTER_TEST_LITTLE_MEMORY"

// Memory that does not hold a batch: the error says how large the batch is, and what to change. The
// program that is short of memory is another one.
func TestNotEnoughMemoryForABatch(t *testing.T) {
	const texts = 10_000
	if os.Getenv(childEnv) == "" {
		child := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
		child.Env = append(os.Environ(), childEnv+"=1")
		out, err := child.CombinedOutput()
		if want := fmt.Sprintf("cpu does not hold %d texts at once, the longest of 24 tokens; set train.micro_batch to less than %d, or shorten train.max_length", texts, texts); err != nil || !strings.Contains(string(out), want) {
			t.Fatalf("%v, without %q:\n%s", err, want, out)
		}
		return
	}
	spec := tinySpec()
	spec.MicroBatch = 0
	m := open(t, spec)
	examples := make([]Example, texts)
	for i := range examples {
		examples[i].IDs = make([]int32, 24)
	}
	limitMemory(t, 96<<20)
	err := m.TryLargest(ctx, examples, goldOnly, texts)
	if !errors.Is(err, ErrMemory) {
		t.Fatalf("got %v, want ErrMemory", err)
	}
	fmt.Println(err)
	g, err := m.Gradient()
	if err != nil || slices.ContainsFunc(g, func(x float32) bool { return x != 0 }) {
		t.Error("the gradient is not zero:", err)
	}
}

// limitMemory allows the process so many more bytes of addresses than it has.
func limitMemory(t *testing.T, more uint64) {
	t.Helper()
	var pages uint64
	statm, err := os.ReadFile("/proc/self/statm")
	if err == nil {
		_, err = fmt.Sscan(string(statm), &pages)
	}
	if err != nil {
		t.Fatal(err)
	}
	limit := pages*uint64(os.Getpagesize()) + more
	if err := syscall.Setrlimit(syscall.RLIMIT_AS, &syscall.Rlimit{Cur: limit, Max: limit}); err != nil {
		t.Fatal(err)
	}
}

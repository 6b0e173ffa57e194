package worker

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringmaster/model"
)

// A run whose largest batches are tried has the bits of one whose are not: before its first step, again where a
// worker was lost, and not where the rank has had as much before.
func TestTriedBatchesChangeNoBit(t *testing.T) {
	train := func(try bool) (hashes []string) {
		c := newCluster(t, "float32")
		dropout := 0.2
		c.begin.Dropout, c.begin.Longest = &dropout, []int{9, 9, 8, 7, 7}
		for _, name := range []string{"a", "b"} {
			c.join(name).options.tryOnHost = try
		}
		tried := func(want int) {
			t.Helper()
			if !try {
				want = 0
			}
			if got := c.members["a"].stage.tried; got != want {
				t.Errorf("%d texts were tried, want %d", got, want)
			}
		}
		c.ring(2, false, "a", "b")
		hashes = append(hashes, c.train(2, 0, 2, "a", "b").Hash)
		tried(3)
		c.members["b"].kill()
		c.ring(3, true, "a")
		hashes = append(hashes, c.train(3, 2, 4, "a").Hash)
		tried(5)
		return hashes
	}
	if diff := cmp.Diff(train(false), train(true)); diff != "" {
		t.Errorf("other parameters (-not tried +tried):\n%s", diff)
	}
}

// A batch that cannot be ends the worker, which says what was tried and when.
func TestALargestBatchThatFails(t *testing.T) {
	c := newCluster(t, "float32")
	c.begin.Longest = []int{9}
	c.join("a").options.tryOnHost = true
	c.ring(2, false, "a")
	batch := batchOf(0)
	batch[0].IDs = []int32{2, 999}
	c.orderBatch(2, 0, batch, []string{"a"})
	m := c.members["a"]
	err := m.ended.Wait()
	m.gone = true
	m.endpoint.Close()
	if want := "student: its largest batch, tried before step 0: "; err == nil || !strings.HasPrefix(err.Error(), want) || !strings.Contains(err.Error(), "token id 999") {
		t.Errorf("got %v, want %q and what is wrong", err, want)
	}
}

func TestStretched(t *testing.T) {
	of := []model.Example{{Task: 1, Class: 1, IDs: []int32{2, 7, 8}, Masked: []int32{0, 2}, Words: []int32{5, 6}}, {Task: 0, IDs: []int32{4}}}
	want := []model.Example{
		{Task: 1, Class: 1, IDs: []int32{2, 7, 8, 2, 7}, Masked: []int32{0, 2, 3}, Words: []int32{5, 6, 5}},
		{Task: 0, IDs: []int32{4, 4}},
		{Task: 1, Class: 1, IDs: []int32{2, 7, 8}, Masked: []int32{0, 2}, Words: []int32{5, 6}}, // never shorter than it is
	}
	if diff := cmp.Diff(want, stretched(of, []int{5, 2, 1})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

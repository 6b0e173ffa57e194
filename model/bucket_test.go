package model

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Whatever the parameters and the size: buckets cover the vector once, from its end,
// between parameters, none that could be joined with the one before it, words last.
func TestBucketsCoverTheVectorFromItsEnd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var layout []Parameter
		ends := map[int]bool{0: true}
		offset := 0
		for i, n := range rapid.SliceOfN(rapid.Int64Range(1, 50), 2, 30).Draw(t, "sizes") {
			layout = append(layout, Parameter{Name: fmt.Sprint(i), Shape: []int64{n}, Offset: offset})
			offset += int(n)
			ends[offset] = true
		}
		bytes := rapid.IntRange(1, 400).Draw(t, "bytes")
		all := buckets(trainedPart{parts: layout}, bytes)
		end := offset
		for i, b := range all {
			if b.Hi != end || b.Size() <= 0 || !ends[b.Lo] {
				t.Fatalf("bucket %d is %v, the one before begins at %d", i, b, end)
			}
			if i > 0 && i < len(all)-1 {
				last := slices.IndexFunc(layout, func(p Parameter) bool { return p.End() == b.Hi })
				if 4*(all[i-1].Hi-layout[last].Offset) <= bytes {
					t.Errorf("bucket %d could have gone into the one before", i)
				}
			}
			end = b.Lo
		}
		if words := all[len(all)-1]; end != 0 || words.Hi != layout[0].End() {
			t.Errorf("the last bucket is %v", words)
		}
	})
}

// announcement is a bucket as it was when it was announced.
type announcement struct {
	bucket   int
	gradient []float32
	passes   int // micro-batches whose backward pass was over
}

// observe runs a Backward and keeps what was announced.
func observe(t *testing.T, m *Model, examples []Example, seed uint64) (Loss, []announcement) {
	t.Helper()
	var seen []announcement
	passes := 0
	loss, err := m.BackwardObserved(ctx, examples, goldOnly, 9, seed, Observer{
		Ready: func(bucket int, gradient []float32) {
			seen = append(seen, announcement{bucket, slices.Clone(gradient), passes})
		},
		Passed: func(p Pass, began, ended time.Time) {
			if p == BackwardPass {
				passes++
			}
			if ended.Before(began) {
				t.Error("a pass ended before it began")
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return loss, seen
}

// What is announced is what Backward leaves, for examples of all tasks, of one task, in
// one micro-batch or several, with a task only in the first of them, and for none.
func TestAnnouncedGradientsAreFinal(t *testing.T) {
	r := tinyReference(t)
	mixed := append(examplesOf(r.Batches[0]), examplesOf(r.Batches[2])...)
	var one []Example
	for _, e := range mixed {
		if e.Task == 1 {
			one = append(one, e)
		}
	}
	// The longest text, and so the first micro-batch, is of a task that is in no other.
	first := append(slices.Clone(one), Example{Task: 0, IDs: slices.Repeat([]int32{5}, 16)})
	for name, examples := range map[string][]Example{"all": mixed, "one task": one, "task in the first": first, "none": nil} {
		for _, microBatch := range []int{0, 1, 2} {
			t.Run(fmt.Sprintf("%s by %d", name, microBatch), func(t *testing.T) {
				spec := tinySpec()
				spec.MicroBatch, spec.BucketBytes = microBatch, 2<<10
				m := open(t, spec)
				loss, seen := observe(t, m, examples, 1)
				g, err := m.Gradient()
				if err != nil {
					t.Fatal(err)
				}
				all := m.Buckets()
				if len(all) < 5 || len(seen) != len(all) {
					t.Fatalf("%d announcements of %d buckets", len(seen), len(all))
				}
				for i, a := range seen {
					if b := all[i]; a.bucket != i || !slices.Equal(a.gradient, g[b.Lo:b.Hi]) {
						t.Errorf("announcement %d is of bucket %d, or of a gradient that changed later", i, a.bucket)
					}
					if a.passes != seen[0].passes {
						t.Errorf("bucket %d was announced after %d passes, the first after %d", i, a.passes, seen[0].passes)
					}
				}
				plain := gradientOf(t, open(t, spec), examples, goldOnly, 9, 1)
				if !slices.Equal(g, plain) {
					t.Error("the gradient is another than without an observer")
				}
				if got := loss.Count[0] + loss.Count[1]; got != len(examples) {
					t.Errorf("losses of %d examples, want %d", got, len(examples))
				}
				if _, again := observe(t, m, examples, 1); len(again) != len(all) {
					t.Errorf("%d announcements the second time", len(again))
				}
			})
		}
	}
}

// A loss that is not finite ends nothing: all buckets are announced, and neither loss nor
// gradient hides it.
func TestLossThatIsNotFinite(t *testing.T) {
	spec := tinySpec()
	spec.BucketBytes = 2 << 10
	m := open(t, spec)
	st, err := m.State()
	if err != nil {
		t.Fatal(err)
	}
	bad := m.layout[len(m.layout)-1]
	if bad.Name != "head.second.bias" {
		t.Fatal("the last parameter is", bad.Name)
	}
	st.Parameters[bad.Offset] = float32(math.NaN())
	if err := m.SetState(st); err != nil {
		t.Fatal(err)
	}
	loss, seen := observe(t, m, examplesOf(tinyReference(t).Batches[0]), 0)
	if len(seen) != len(m.Buckets()) || math.IsNaN(loss.Sum[0]) || !math.IsNaN(loss.Sum[1]) {
		t.Errorf("%d buckets announced, losses %v", len(seen), loss.Sum)
	}
	norm, err := m.GradientNorm()
	if err != nil || !math.IsNaN(norm) {
		t.Errorf("the gradient's norm is %v (%v)", norm, err)
	}
	if _, err := m.Update(1e-3, AdamW{}); !errors.Is(err, ErrNotFinite) {
		t.Errorf("the update: %v", err)
	}
}

// A head whose task is not in the last micro-batch holds nothing up: its bucket is
// announced while the gradients of the first layers are still to come.
func TestAbsentTaskHoldsNothingUp(t *testing.T) {
	spec := tinySpec()
	spec.BucketBytes = 2 << 10
	m := open(t, spec)
	var examples []Example
	for _, e := range examplesOf(tinyReference(t).Batches[0]) {
		if e.Task == 0 {
			examples = append(examples, e)
		}
	}
	if len(examples) == 0 {
		t.Fatal("no examples")
	}
	g, err := m.Gradient()
	if err != nil {
		t.Fatal(err)
	}
	begun := map[int]bool{} // whether the first layers' gradient was there
	early := m.Buckets()[len(m.Buckets())-2]
	_, err = m.BackwardObserved(ctx, examples[:1], goldOnly, 9, 1, Observer{Ready: func(bucket int, _ []float32) {
		begun[bucket] = slices.ContainsFunc(g[early.Lo:early.Hi], func(x float32) bool { return x != 0 })
	}})
	if err != nil {
		t.Fatal(err)
	}
	if begun[0] || !begun[len(begun)-1] {
		t.Errorf("first layers' gradient when the first bucket was announced: %v, the last: %v", begun[0], begun[len(begun)-1])
	}
}

// Where the gradient has to be fetched from a GPU, all buckets are announced from the
// copy; here the copy is the gradient itself.
func TestBucketsOfACopy(t *testing.T) {
	spec := tinySpec()
	spec.BucketBytes = 2 << 10
	m := open(t, spec)
	want := gradientOf(t, m, examplesOf(tinyReference(t).Batches[0]), goldOnly, 4, 0)
	got := make([]float32, m.Size())
	next := 0
	err := m.announceCopy(Observer{Ready: func(bucket int, gradient []float32) {
		if bucket != next {
			t.Errorf("bucket %d is announced as number %d", bucket, next)
		}
		next++
		copy(got[m.Buckets()[bucket].Lo:m.Buckets()[bucket].Hi], gradient)
	}})
	if err != nil || next != len(m.Buckets()) || !slices.Equal(got, want) {
		t.Errorf("%d of %d buckets announced, or not the gradient: %v", next, len(m.Buckets()), err)
	}
}

package model

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// What holds for training holds for passes as they are recorded on a GPU, PyTorch's and
// transformers' numbers among it.
func TestRecordedPasses(t *testing.T) {
	record = true
	defer func() { record = false }()
	for name, test := range map[string]func(*testing.T){
		"gradient":           TestTinyGradient,
		"training":           TestTinyTraining,
		"masked training":    TestMaskedTraining,
		"masked halves":      TestMaskedHalves,
		"micro-batches":      TestMicroBatchesAndSplitsAddUp,
		"frozen":             TestFrozenPart,
		"layer decay":        TestLayerDecay,
		"no layer decay":     TestNoLayerDecay,
		"head rate":          TestHeadRate,
		"no examples":        TestNoExamples,
		"tried batches":      TestTryLargestChangesNothing,
		"dropout":            TestDropoutFollowsItsSeed,
		"ranks":              TestRanksStayIdentical,
		"state":              TestStateContinuesTheSamePath,
		"not finite":         TestNotFiniteGradientChangesNothing,
		"many steps":         TestManyStepsLeaveNothing,
		"bfloat16":           TestBFloat16,
		"bfloat16 of masked": TestMaskedBFloat16,
	} {
		t.Run(name, test)
	}
}

// Every step of a training in bfloat16 that is replayed gives the losses of one in float32, as
// near as the format allows.
func TestRecordedBFloat16Training(t *testing.T) {
	r := tinyReference(t)
	spec := tinySpec()
	spec.BFloat16 = true
	record = true
	defer func() { record = false }()
	m := open(t, spec)
	for i, step := range r.Training.Steps {
		examples := examplesOf(r.Batches[step.Batch])
		loss, err := m.Backward(t.Context(), examples, LossTarget{Lambda: step.Lambda, UseGold: true, UseTeacher: true}, float64(len(examples)), 0)
		if err != nil {
			t.Fatal(err)
		}
		norm, err := m.Update(step.LR, AdamW{WeightDecay: r.Training.Decay, ClipNorm: r.Training.Clip})
		if err != nil {
			t.Fatal(err)
		}
		for task, want := range step.Losses {
			if got := loss.Sum[task]; math.Abs(got-want) > 8*bfloat16Step*math.Max(1, want) {
				t.Errorf("step %d, task %d: loss %v, in float32 %v", i, task, got, want)
			}
		}
		if math.Abs(norm-step.Norm) > 16*bfloat16Step*math.Max(1, step.Norm) {
			t.Errorf("step %d: norm %v, in float32 %v", i, norm, step.Norm)
		}
	}
	if err := m.SlowSteps(); err != nil {
		t.Error(err)
	}
}

// A pass's input holds every token and query of its texts at its place, and what fills it up
// belongs to other texts and counts for nothing.
func TestPassInput(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		packed, masked := rapid.Bool().Draw(t, "packed"), rapid.Bool().Draw(t, "masked")
		var b batch
		var lengths, masks []int
		for range rapid.IntRange(1, 70).Draw(t, "texts") {
			n := rapid.IntRange(1, 40).Draw(t, "length")
			e := Example{IDs: make([]int32, n)}
			for i := range e.IDs {
				e.IDs[i] = int32(100 + i)
			}
			if masked {
				for at := range n {
					if rapid.IntRange(0, 4).Draw(t, "masked") == 0 {
						e.Masked, e.Words = append(e.Masked, int32(at)), append(e.Words, int32(at))
					}
				}
			}
			b.examples, lengths, masks = append(b.examples, e), append(lengths, n), append(masks, len(e.Masked))
		}
		if !masked {
			masks = nil
		}
		shape := shapeOf(lengths, masks, packed)
		in := passInput{
			ids: make([]int64, shape.tokens), positions: make([]int64, shape.tokens), real: make([]int64, shape.tokens),
			rows: make([]int64, shape.queries), firstToken: make([]int64, shape.texts+1), firstQuery: make([]int64, shape.texts+1),
		}
		in.fillTexts(b, shape, positionRule{}, packed, masked)
		if in.firstToken[shape.texts] != int64(shape.tokens) || in.firstQuery[shape.texts] != int64(shape.queries) {
			t.Fatalf("%+v: texts end at token %d and query %d", shape, in.firstToken[shape.texts], in.firstQuery[shape.texts])
		}
		for i := range shape.texts {
			begin, end := int(in.firstToken[i]), int(in.firstToken[i+1])
			queries := in.rows[in.firstQuery[i]:in.firstQuery[i+1]]
			if n := end - begin; n < 1 || n > shape.longest || len(queries) > shape.most {
				t.Fatalf("%+v: text %d has %d tokens and %d queries", shape, i, n, len(queries))
			}
			for _, row := range queries {
				if int(row) < begin || int(row) >= end {
					t.Fatalf("a query of text %d reads row %d, the text has %d to %d", i, row, begin, end)
				}
			}
			if i >= len(b.examples) {
				continue
			}
			e := b.examples[i]
			want := []int32{0}
			if masked {
				want = e.Masked
			}
			for k, at := range want {
				if int(queries[k]) != begin+int(at) {
					t.Fatalf("query %d of text %d reads row %d, want %d", k, i, queries[k], begin+int(at))
				}
			}
			for at, id := range e.IDs {
				if in.ids[begin+at] != int64(id) || in.positions[begin+at] != int64(at) || in.real[begin+at] != 1 {
					t.Fatalf("token %d of text %d is wrong", at, i)
				}
			}
			if slices.Contains(in.real[begin+len(e.IDs):end], 1) {
				t.Fatalf("padding of text %d counts", i)
			}
		}
	})
}

// Full texts of one length are computed without filling up; real ones with little.
func TestShapesWasteLittle(t *testing.T) {
	full := make([]int, 32)
	for i := range full {
		full[i] = 128
	}
	if s := shapeOf(full, nil, true); s.texts != 32 || s.tokens != 32*128 || s.longest != 128 {
		t.Errorf("32 texts of 128 tokens have the shape %+v", s)
	}
	rapid.Check(t, func(t *rapid.T) {
		lengths, sum := rapid.SliceOfN(rapid.IntRange(3, 300), 1, 300).Draw(t, "lengths"), 0
		for _, n := range lengths {
			sum += n
		}
		if s := shapeOf(lengths, nil, true); s.tokens > sum+sum/14+192 {
			t.Errorf("%d tokens are computed for %d", s.tokens, sum)
		}
	})
}

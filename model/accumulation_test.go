package model

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"ringmaster/model/torch"
)

// Gradient accumulation changes nothing but rounding, whatever the batch: tasks with unequal
// numbers of examples, some with none, texts of any lengths, any mixture of targets. The other
// side is one pass over the batch padded to its longest text, as with micro_batch 0 where texts are
// of about one length.
func TestMicroBatchesEqualOnePass(t *testing.T) {
	for name, frozen := range map[string]func(*Spec){
		"all":    func(*Spec) {},
		"frozen": func(s *Spec) { s.Frozen = 2 },
	} {
		t.Run(name, func(t *testing.T) {
			spec := tinySpec()
			frozen(&spec)
			m := open(t, spec)
			rapid.Check(t, func(rt *rapid.T) { checkAccumulation(rt, m) })
		})
	}
}

func checkAccumulation(rt *rapid.T, m *Model) {
	examples := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) Example {
		task := rapid.SampledFrom([]int{0, 0, 0, 1}).Draw(rt, "task")
		classes := referenceTasks[task].Classes
		return Example{
			Task: task, Class: rapid.IntRange(0, classes-1).Draw(rt, "class"),
			IDs:     rapid.SliceOfN(rapid.Int32Range(1, 59), 1, 24).Draw(rt, "ids"),
			Teacher: rapid.SliceOfN(rapid.Float32Range(-3, 3), classes, classes).Draw(rt, "teacher"),
		}
	}), 1, 12).Draw(rt, "examples")
	target := LossTarget{Lambda: rapid.Float64Range(0, 1).Draw(rt, "lambda"), UseGold: true, UseTeacher: true}
	divisor := float64(len(examples))
	want, wantLoss := accumulated(rt, m, []batch{onePass(m, examples)}, target, divisor)
	m.microBatch = rapid.IntRange(0, len(examples)).Draw(rt, "micro-batch")
	got, gotLoss := accumulated(rt, m, m.batches(examples), target, divisor)
	norm, difference := torch.Norm(want, 1), 0.0
	for i := range want {
		difference = math.Max(difference, math.Abs(float64(got[i])-float64(want[i])))
	}
	if difference > 1e-6*math.Max(1, norm) {
		rt.Errorf("micro-batches of %d: the gradient differs by %g of a norm of %g", m.microBatch, difference, norm)
	}
	for task := range wantLoss.Sum {
		if gotLoss.Count[task] != wantLoss.Count[task] || math.Abs(gotLoss.Sum[task]-wantLoss.Sum[task]) > 1e-6*math.Max(1, wantLoss.Sum[task]) {
			rt.Errorf("micro-batches of %d: task %d has loss %v of %d, in one pass %v of %d",
				m.microBatch, task, gotLoss.Sum[task], gotLoss.Count[task], wantLoss.Sum[task], wantLoss.Count[task])
		}
	}
}

// onePass is all examples as one padded batch.
func onePass(m *Model, examples []Example) batch {
	m.microBatch = 0
	all := batch{padID: int32(m.sizes.PadID)}
	for _, b := range m.batches(examples) {
		all.examples, all.origin, all.length = append(all.examples, b.examples...), append(all.origin, b.origin...), max(all.length, b.length)
	}
	return all
}

// accumulated is the gradient of these passes.
func accumulated(rt *rapid.T, m *Model, batches []batch, target LossTarget, divisor float64) ([]float32, Loss) {
	if err := m.train(); err != nil {
		rt.Fatal(err)
	}
	if err := m.ZeroGradient(); err != nil {
		rt.Fatal(err)
	}
	loss := Loss{Sum: make([]float64, len(m.tasks)), Count: make([]int, len(m.tasks))}
	if err := m.backwardAll(ctx, batches, target, divisor, &loss, Observer{}); err != nil {
		rt.Fatal(err)
	}
	g, err := m.Gradient()
	if err != nil {
		rt.Fatal(err)
	}
	return append([]float32(nil), g...), loss
}

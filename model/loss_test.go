package model

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"ringmaster/model/softmax"
	"ringmaster/model/torch"
)

// lossAndGradient computes Equation 3 in double precision, straight from its
// definition, and the gradient by central differences.
func lossAndGradient(student []float64, e Example, λ float64) (float64, []float64) {
	probability := func(z []float64, i int) float64 {
		sum := 0.0
		for _, v := range z {
			sum += math.Exp(v - z[i])
		}
		return 1 / sum
	}
	teacher := make([]float64, len(e.Teacher))
	for i, t := range e.Teacher {
		teacher[i] = float64(t)
	}
	loss := func(z []float64) float64 {
		gold := -math.Log(probability(z, e.Class))
		if λ == 1 {
			return gold
		}
		soft := 0.0
		for i := range z {
			soft -= probability(teacher, i) * math.Log(probability(z, i))
		}
		return λ*gold + (1-λ)*soft
	}
	gradient := make([]float64, len(student))
	const h = 1e-5
	for i := range student {
		up, down := append([]float64(nil), student...), append([]float64(nil), student...)
		up[i] += h
		down[i] -= h
		gradient[i] = (loss(up) - loss(down)) / (2 * h)
	}
	return loss(student), gradient
}

func TestLossAgainstDoublePrecision(t *testing.T) {
	examples := []Example{
		{Class: 0, Teacher: []float32{1.5, -0.25, 0}},
		{Class: 2, Teacher: []float32{-3, 8, 0.5}},
		{Class: 1, Teacher: []float32{0, 0, 0}},
		{Class: 1, Teacher: []float32{90, -90, 10}}, // softmax must not overflow
	}
	students := [][]float64{{0.5, -1, 2}, {-2, 3, 0.125}, {0, 0, 0}, {4, -20, 1}}
	for _, lossTarget := range []LossTarget{
		{UseGold: true, Lambda: 0.7},    // λ counts only where both are used
		{UseTeacher: true, Lambda: 0.7}, // plain distillation
		{UseGold: true, UseTeacher: true, Lambda: 0},
		{UseGold: true, UseTeacher: true, Lambda: 0.3},
		{UseGold: true, UseTeacher: true, Lambda: 1},
	} {
		λ := lossTarget.Lambda
		if !lossTarget.UseTeacher {
			λ = 1
		} else if !lossTarget.UseGold {
			λ = 0
		}
		var want float64
		var wantGrad []float64
		var logits, targets []float32
		for i, e := range examples {
			l, g := lossAndGradient(students[i], e, λ)
			want += l
			wantGrad = append(wantGrad, g...)
			for c, y := range targetsOf(e, Task{Classes: 3}, lossTarget) {
				logits, targets = append(logits, float32(students[i][c])), append(targets, float32(y))
			}
		}
		thread, err := torch.Start(1)
		if err != nil {
			t.Fatal(err)
		}
		var got float64
		grad := make([]float32, len(logits))
		err = thread.Run(torch.WithGrad, func(s *torch.Scope) error {
			z := s.Floats(logits, 4, 3)
			s.RequireGrad(z)
			loss := crossEntropy(s, z, s.Floats(targets, 4, 3))
			got = s.Item(loss)
			s.Backward(loss)
			s.Read(grad, s.Grad(z))
			return nil
		})
		thread.Close()
		if err != nil {
			t.Fatal(err)
		}
		gotGrad := make([]float64, len(grad))
		for i, g := range grad {
			gotGrad[i] = float64(g)
		}
		if diff := cmp.Diff([]any{want, wantGrad}, []any{got, gotGrad}, cmpopts.EquateApprox(1e-6, 1e-6)); diff != "" {
			t.Errorf("%+v: %s", lossTarget, diff)
		}
	}
}

func TestTargetIsExactAtTheEnds(t *testing.T) {
	e := Example{Class: 1, Teacher: []float32{0.3, 0.1, -2}}
	both := func(λ float64) []float64 {
		return targetsOf(e, Task{Classes: 3}, LossTarget{Lambda: λ, UseGold: true, UseTeacher: true})
	}
	if diff := cmp.Diff([]float64{0, 1, 0}, both(1)); diff != "" {
		t.Error("λ = 1:", diff)
	}
	if diff := cmp.Diff(softmax.Of(e.Teacher), both(0)); diff != "" {
		t.Error("λ = 0:", diff)
	}
	if diff := cmp.Diff(both(0), targetsOf(e, Task{Classes: 3}, LossTarget{Lambda: 0.9, UseTeacher: true})); diff != "" {
		t.Error("teacher alone:", diff)
	}
}

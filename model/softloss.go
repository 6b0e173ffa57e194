package model

import (
	"math"

	"ringmaster/model/softmax"
	"ringmaster/model/torch"
)

// Softening is how a student is compared with its teacher, beside the plain cross-entropy of their
// probabilities.
type Softening struct {
	// Temperature divides the logits of both (Hinton, Vinyals & Dean, 2015). The loss is multiplied by its square,
	// so that its gradient is of the same size at any temperature. 0 is 1.
	Temperature float64
	// Standardize takes the mean off the student's logits and divides them by their deviation (over n−1) first, as Sun
	// et al. (2024) do; the teacher's come so. Two classes are left as they are: of two standardised
	// logits only the order is left, and their gradient is zero.
	Standardize bool
}

// temperature is Temperature, 1 where it is 0.
func (f Softening) temperature() float64 {
	if f.Temperature == 0 {
		return 1
	}
	return f.Temperature
}

// softens says whether a teacher's part of the loss is one of its own.
func (t LossTarget) softens() bool {
	return t.UseTeacher && t.goldWeight() < 1 && (t.Soft.temperature() != 1 || t.Soft.Standardize)
}

// softLoss is the sum over rows of λ·CE(gold, student) + (1−λ)·T²·CE(teacher/T, student/T), one element: logits are
// [rows, classes], of the examples that rows names.
func (m *Model) softLoss(s *torch.Scope, logits *torch.Tensor, b batch, rows []int64, task Task, t LossTarget) *torch.Tensor {
	τ, λ, classes := t.Soft.temperature(), t.goldWeight(), task.Classes
	gold, soft := make([]float32, len(rows)*classes), make([]float32, 0, len(rows)*classes)
	for i, r := range rows {
		e := b.examples[r]
		if λ > 0 {
			for c, y := range task.kind().Target(goldOf(e), nil, 1, classes, task.Settings) {
				gold[i*classes+c] = float32(λ * y)
			}
		}
		weight := 1.0
		if w := task.Settings.Weights; w != nil {
			weight = w[e.Class]
		}
		cooled := make([]float32, classes)
		for c, z := range e.Teacher {
			cooled[c] = float32(float64(z) / τ)
		}
		for _, p := range softmax.Of(cooled) {
			soft = append(soft, float32((1-λ)*τ*τ*p*weight))
		}
	}
	shape := []int64{int64(len(rows)), int64(classes)}
	student := logits
	if t.Soft.Standardize && classes > 2 {
		student = standardized(s, m.device, logits, classes)
	}
	of := func(values []float32) *torch.Tensor { return s.To(s.Floats(values, shape...), m.device) }
	loss := crossEntropy(s, s.Scale(student, 1/τ), of(soft))
	if λ > 0 {
		loss = s.Add(loss, crossEntropy(s, logits, of(gold)))
	}
	return loss
}

// standardized is each row less its mean, divided by its deviation over n−1.
func standardized(s *torch.Scope, d torch.Device, logits *torch.Tensor, classes int) *torch.Tensor {
	scale := make([]float32, classes)
	for i := range scale { // a LayerNorm's deviation is over n
		scale[i] = float32(math.Sqrt(float64(classes-1) / float64(classes)))
	}
	n := int64(classes)
	return s.LayerNorm(logits, n, s.To(s.Floats(scale, n), d), s.Zeros(d, n), standardEpsilon)
}

// standardEpsilon keeps the deviation of equal logits from being 0.
const standardEpsilon = 1e-14

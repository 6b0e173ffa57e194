package model

import (
	"fmt"
	"math"

	"ringmaster/model/softmax"
	"ringmaster/model/torch"
)

// LossTarget says what an example's loss is measured against: its gold label
// (multi-task learning), its teacher's probabilities (distillation), or both, weighted
// by λ (annealed distillation).
type LossTarget struct {
	// Lambda is the gold label's weight where both are used, from 0 to 1.
	Lambda              float64
	UseGold, UseTeacher bool
	// Soft is how teacher and student are compared.
	Soft Softening
}

// goldWeight is the gold label's weight λ in the target.
func (t LossTarget) goldWeight() float64 {
	switch {
	case !t.UseTeacher:
		return 1
	case !t.UseGold:
		return 0
	}
	return t.Lambda
}

func (t LossTarget) check() error {
	if !t.UseGold && !t.UseTeacher {
		return fmt.Errorf("%w: the loss uses neither gold labels nor teachers", ErrSpec)
	}
	if λ := t.goldWeight(); !(λ >= 0 && λ <= 1) {
		return fmt.Errorf("%w: λ is %g; it must be from 0 to 1", ErrSpec, λ)
	}
	if τ := t.Soft.Temperature; !(τ >= 0) || math.IsInf(τ, 0) {
		return fmt.Errorf("%w: the temperature is %g; it must be finite and not negative", ErrSpec, τ)
	}
	return nil
}

// checkTargets makes sure that every example has the label and the teacher logits that
// lossTarget uses.
func (m *Model) checkTargets(examples []Example, lossTarget LossTarget) error {
	if err := lossTarget.check(); err != nil {
		return err
	}
	for i, e := range examples {
		task := m.tasks[e.Task]
		if lossTarget.UseGold && (e.Class < 0 || e.Class >= task.Classes) {
			return fmt.Errorf("%w %d of task %s: class %d does not exist; the task has %d", ErrExample, i, task.Name, e.Class, task.Classes)
		}
		if !lossTarget.UseTeacher {
			continue
		}
		if len(e.Teacher) != task.Classes {
			return fmt.Errorf("%w %d of task %s has %d teacher logits; the task has %d classes", ErrExample, i, task.Name, len(e.Teacher), task.Classes)
		}
		for _, t := range e.Teacher {
			if math.IsNaN(float64(t)) || math.IsInf(float64(t), 0) {
				return fmt.Errorf("%w %d of task %s: a teacher logit is %v", ErrExample, i, task.Name, t)
			}
		}
	}
	return nil
}

// targetProbabilities is λ·onehot(gold) + (1−λ)·softmax(teacher logits), Equation 3. At
// λ = 1 it is exactly the first term, at λ = 0 exactly the second.
func targetProbabilities(e Example, classes int, lossTarget LossTarget) []float64 {
	y := make([]float64, classes)
	λ := lossTarget.goldWeight()
	if λ < 1 {
		for i, p := range softmax.Of(e.Teacher) {
			y[i] = (1 - λ) * p
		}
	}
	if λ > 0 {
		y[e.Class] += λ
	}
	return y
}

// crossEntropy is the sum over rows of −Σ target · log softmax(logits), one element.
// Logits and targets are [rows, classes].
func crossEntropy(s *torch.Scope, logits, targets *torch.Tensor) *torch.Tensor {
	return s.Scale(s.Sum(s.Mul(targets, s.LogSoftmax(logits, -1))), -1)
}

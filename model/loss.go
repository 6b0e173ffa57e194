package model

import (
	"fmt"
	"math"

	"ringmaster/kinds"
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
		if lossTarget.UseGold {
			if err := task.kind().CheckGold(goldOf(e), task.Classes); err != nil {
				return fmt.Errorf("%w %d of task %s: %w", ErrExample, i, task.Name, err)
			}
		}
		if !lossTarget.UseTeacher {
			continue
		}
		if taught := task.kind().Taught(task.Classes); len(e.Teacher) != taught {
			return fmt.Errorf("%w %d of task %s has %d teacher logits; the task has %d classes", ErrExample, i, task.Name, len(e.Teacher), taught)
		}
		for _, t := range e.Teacher {
			if math.IsNaN(float64(t)) || math.IsInf(float64(t), 0) {
				return fmt.Errorf("%w %d of task %s: a teacher logit is %v", ErrExample, i, task.Name, t)
			}
		}
	}
	return nil
}

// goldOf is an example's gold answer.
func goldOf(e Example) kinds.Gold { return kinds.Gold{Class: e.Class, Set: e.Set, Value: e.Value} }

// targetsOf are what the outputs of the task's head are held against: Equation 3 for the task's kind.
func targetsOf(e Example, task Task, lossTarget LossTarget) []float64 {
	λ, kind := lossTarget.goldWeight(), task.kind()
	var taught []float64
	if λ < 1 {
		taught = kind.Teach(e.Teacher)
	}
	return kind.Target(goldOf(e), taught, λ, task.Classes, task.Settings)
}

// lossOf is the sum of the rows' losses, one element. Outputs are [rows, outputs].
func lossOf(s *torch.Scope, loss kinds.Loss, outputs, targets *torch.Tensor) *torch.Tensor {
	switch loss {
	case kinds.BinaryCrossEntropy:
		return binaryCrossEntropy(s, outputs, targets)
	case kinds.SquaredError:
		difference := s.Add(outputs, s.Scale(targets, -1))
		return s.Sum(s.Mul(difference, difference))
	case kinds.BetaNLL:
		return betaNLL(s, outputs, targets)
	}
	return crossEntropy(s, outputs, targets)
}

// betaNLL is the sum over rows of σ^2β·(log σ² + (y − mean)²/σ²)/2. Outputs are [rows, 2], mean and log σ²; of targets,
// [rows, 2], the second is not used.
func betaNLL(s *torch.Scope, outputs, targets *torch.Tensor) *torch.Tensor {
	mean, logVariance := s.Narrow(outputs, 1, 0, 1), s.Narrow(outputs, 1, 1, 1)
	difference := s.Add(mean, s.Scale(s.Narrow(targets, 1, 0, 1), -1))
	precision, weight := s.Scale(logVariance, -1), s.Scale(s.Detach(logVariance), kinds.Beta)
	s.ExpInPlace(precision)
	s.ExpInPlace(weight)
	surprise := s.Mul(s.Mul(difference, difference), precision)
	return s.Scale(s.Sum(s.Mul(weight, s.Add(logVariance, surprise))), 0.5)
}

// binaryCrossEntropy is the sum of −(a·log σ(z) + b·log σ(−z)). Targets are [rows·outputs, 2], a and b. It is the
// cross-entropy over the pair of logits (z, 0), which is exact for logits of any size.
func binaryCrossEntropy(s *torch.Scope, outputs, targets *torch.Tensor) *torch.Tensor {
	z := s.Reshape(outputs, -1, 1)
	return crossEntropy(s, s.Cat([]*torch.Tensor{z, s.Scale(z, 0)}, 1), targets)
}

// crossEntropy is the sum over rows of −Σ target · log softmax(logits), one element.
// Logits and targets are [rows, classes].
func crossEntropy(s *torch.Scope, logits, targets *torch.Tensor) *torch.Tensor {
	return s.Scale(s.Sum(s.Mul(targets, s.LogSoftmax(logits, -1))), -1)
}

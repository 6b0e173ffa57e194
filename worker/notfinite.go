package worker

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"ringmaster/model"
	"ringmaster/run/protocol"
)

// A loss or a gradient that is NaN or infinite on one rank goes through the ring like any
// other, and so comes to all of them: every rank holds the same bits, decides the same, and
// leaves parameters and moments as they are.

// update updates the parameters with the summed gradient. fault says what of the sums is
// not finite; then nothing is updated, and what rounding lost is forgotten, since it is not
// finite either.
func (e *executor) update(k *taken, done *protocol.StepDone) (fault string, err error) {
	fault = lossFault(k.loss, e.stage.Tasks)
	if fault == "" {
		done.GradNorm, err = e.replicas.update(e.between, k.order.LR, model.AdamW{WeightDecay: e.stage.WeightDecay, ClipNorm: e.stage.ClipNorm})
		if !errors.Is(err, model.ErrNotFinite) {
			return "", err
		}
		fault = fmt.Sprintf("the gradient of all ranks has norm %v", done.GradNorm)
	}
	done.GradNorm = 0 // JSON has no word for what it is
	for t, loss := range done.LossSum {
		if !finite(loss) {
			done.LossSum[t] = 0
		}
	}
	e.exchange.forget()
	return fault, e.replicas.zeroGradient()
}

// lossFault names the tasks whose loss is not finite; it is empty when all are.
func lossFault(loss model.Loss, tasks []protocol.Task) string {
	fault := ""
	for t, sum := range loss.Sum {
		if finite(sum) {
			continue
		}
		if fault != "" {
			fault += "; "
		}
		fault += fmt.Sprintf("the loss of task %s is %v over all ranks", tasks[t].Name, sum)
	}
	return fault
}

// summedFault is what update would find, without an update.
func (e *executor) summedFault(loss model.Loss) (string, error) {
	if fault := lossFault(loss, e.stage.Tasks); fault != "" {
		return fault, nil
	}
	norm, err := e.model.GradientNorm()
	if err != nil || finite(norm) {
		return "", err
	}
	return fmt.Sprintf("the gradient of all ranks has norm %v", norm), nil
}

// findFault goes through this rank's examples one by one, without the ring, for those whose
// own loss or gradient is not finite. It is slow, and rare.
func (e *executor) findFault(ctx context.Context, s *protocol.Step, fault string) (*protocol.NotFinite, error) {
	found := &protocol.NotFinite{Reason: fault}
	for i, x := range s.Examples {
		loss, err := e.model.Backward(ctx, []model.Example{x}, e.lossTarget(s.Lambda), float64(s.Count), s.Seed)
		if ctx.Err() != nil {
			break // the step is decided; only its explanation is short
		}
		if err != nil {
			return nil, err
		}
		norm, err := e.model.GradientNorm()
		if err != nil {
			return nil, err
		}
		if !finite(norm) || !finite(loss.Sum[x.Task]) {
			if len(found.Examples) == 0 {
				found.Reason += fmt.Sprintf("; of this rank's example %d of task %s the loss is %v and the gradient's norm %v",
					i, e.stage.Tasks[x.Task].Name, loss.Sum[x.Task], norm)
			}
			found.Examples = append(found.Examples, i)
		}
		if err := e.model.ZeroGradient(); err != nil {
			return nil, err
		}
	}
	return found, e.model.ZeroGradient()
}

// leaveOutNotFinite takes the answers that hold a NaN or an infinity out, and returns their
// positions.
func leaveOutNotFinite(answers [][]float32) (positions []int) {
	for i, answer := range answers {
		if slices.ContainsFunc(answer, func(x float32) bool { return !finite(float64(x)) }) {
			answers[i] = nil
			positions = append(positions, i)
		}
	}
	return positions
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

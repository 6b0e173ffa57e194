package worker

import (
	"context"
	"fmt"

	"ringmaster/model"
	"ringmaster/run/protocol"
)

// A loss or a gradient that is NaN or infinite on one rank goes through the ring like any
// other and so reaches all ranks. All hold the same bits, come to the same decision, and
// leave parameters and moments as they are.

// lossFault says which tasks' losses are not finite; empty if all are finite.
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

// normFault says that the gradient's norm is not finite.
func normFault(norm float64) string {
	return fmt.Sprintf("the gradient of all ranks has norm %v", norm)
}

// reducedFault says what update would find not finite, without an update.
func (s *stage) reducedFault(loss model.Loss) (string, error) {
	if fault := lossFault(loss, s.Tasks); fault != "" {
		return fault, nil
	}
	norm, err := s.model.GradientNorm()
	if err != nil || finite(norm) {
		return "", err
	}
	return normFault(norm), nil
}

// skipUpdate does what is left of a step without its update: it drops gradient and residual,
// which are not finite either, and reports which of this rank's examples are at fault.
func (s *stage) skipUpdate(ctx context.Context, order *protocol.Step, done *protocol.StepDone, fault string) (err error) {
	done.GradNorm = 0 // JSON has no NaN and no infinity
	for t, loss := range done.LossSum {
		if !finite(loss) {
			done.LossSum[t] = 0
		}
	}
	if err := s.dropGradients(); err != nil {
		return err
	}
	done.NotFinite, err = s.findNotFinite(ctx, order, fault)
	return err
}

// findNotFinite goes through this rank's examples one by one, without the ring, and lists
// those whose own loss or gradient is not finite. It is slow and rare.
func (s *stage) findNotFinite(ctx context.Context, order *protocol.Step, fault string) (*protocol.NotFinite, error) {
	found := &protocol.NotFinite{Reason: fault}
	for i, x := range order.Examples {
		loss, err := s.model.Backward(ctx, []model.Example{x}, s.lossTarget(order.Lambda), float64(order.Count), order.Seed)
		if ctx.Err() != nil {
			break // the step is decided; the list stays incomplete
		}
		if err != nil {
			return nil, err
		}
		norm, err := s.model.GradientNorm()
		if err != nil {
			return nil, err
		}
		if !finite(norm) || !finite(loss.Sum[x.Task]) {
			if len(found.Examples) == 0 {
				found.Reason += fmt.Sprintf("; of this rank's example %d of task %s the loss is %v and the gradient's norm %v",
					i, s.Tasks[x.Task].Name, loss.Sum[x.Task], norm)
			}
			found.Examples = append(found.Examples, i)
		}
		if err := s.model.ZeroGradient(); err != nil {
			return nil, err
		}
	}
	return found, s.model.ZeroGradient()
}

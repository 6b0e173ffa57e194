package worker

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"ringmaster/model"
	"ringmaster/run/protocol"
)

// tryLargest runs a stage's largest batch once, without effect, before the first step that could have
// it: a GPU whose memory does not hold it then ends the stage at once, and not some thousand steps
// later, when the longest texts meet. It is tried again where workers are lost and each of the
// others gets more texts. Host memory is not tried: the kernel kills a process that takes too much.
func (e *executor) tryLargest(ctx context.Context, s *protocol.Step) error {
	stage := e.stage
	texts := largestShare(len(stage.Longest), len(s.ActiveRanks))
	if texts <= stage.tried || len(s.Examples) == 0 || !stage.replicas.onGPUs() && !e.options.tryOnHost {
		return nil
	}
	began := time.Now()
	examples := stretched(s.Examples, stage.Longest[:texts])
	if err := stage.replicas.tryLargest(ctx, examples, stage.lossTarget(s.Lambda), float64(s.Count)); err != nil {
		return fmt.Errorf("%s: its largest batch, tried before step %d: %w", stage.Name, s.Step, err)
	}
	stage.tried = texts
	e.log.Info("the largest batch fits", "stage", stage.Name, "texts", texts, "longest", stage.Longest[0], "took", time.Since(began))
	return nil
}

// mostTokens is how long a text can be for a model that sets no bound.
const mostTokens = 1 << 20

// checkLongest makes sure that the texts that are announced can be.
func (s *stage) checkLongest() error {
	most := cmp.Or(s.model.Config().Sizes().LongestText, mostTokens)
	for _, n := range s.Longest {
		if n < 1 || n > most {
			return fmt.Errorf("%w: %s is to have a text of %d tokens; its model takes 1 to %d", ErrOrder, s.Name, n, most)
		}
	}
	return nil
}

// largestShare is how many texts of a batch a rank gets, at most one more than another where all are equally long.
func largestShare(batch, ranks int) int {
	ranks = max(1, ranks)
	return (batch + ranks - 1) / ranks
}

// stretched are examples of at least the given lengths. They are made of others, whose targets are those of
// their tasks: each repeats the tokens of one, and its masked positions.
func stretched(examples []model.Example, lengths []int) []model.Example {
	all := make([]model.Example, len(lengths))
	for i, length := range lengths {
		from := examples[i%len(examples)]
		if all[i] = from; len(from.IDs) == 0 {
			continue // the model refuses it
		}
		n := max(length, len(from.IDs))
		e := from
		e.IDs, e.Masked, e.Words = make([]int32, n), nil, nil
		for at := range e.IDs {
			e.IDs[at] = from.IDs[at%len(from.IDs)]
		}
		for begin := 0; begin < n; begin += len(from.IDs) {
			for k, at := range from.Masked {
				if begin+int(at) < n {
					e.Masked, e.Words = append(e.Masked, int32(begin)+at), append(e.Words, from.Words[k])
				}
			}
		}
		all[i] = e
	}
	return all
}

// tryLargest tries the examples on all replicas at once, as a step would have them.
func (r replicas) tryLargest(ctx context.Context, examples []model.Example, lossTarget model.LossTarget, divisor float64) error {
	if len(r) == 1 {
		return r[0].TryLargest(ctx, examples, lossTarget, divisor)
	}
	shares := r.shares(examples)
	return r.each(func(i int, m *model.Model) error { return m.TryLargest(ctx, shares[i], lossTarget, divisor) })
}

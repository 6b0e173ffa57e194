package worker

import (
	"context"
	"fmt"
	"math"
	"slices"

	"ringmaster/model"
	"ringmaster/run/protocol"
)

// infer answers one batch of an inference stage. Answers that are not finite are left out
// and listed.
func (s *stage) infer(ctx context.Context, b *protocol.InferenceBatch) (*protocol.InferenceDone, error) {
	if err := s.check("a batch", b.Stage); err != nil {
		return nil, err
	}
	logits, err := s.answers(ctx, b.Examples)
	if err != nil {
		return nil, fmt.Errorf("%s batch %d: %w", s.Name, b.Batch, err)
	}
	return &protocol.InferenceDone{
		Generation: b.Generation, Stage: b.Stage, Batch: b.Batch, Logits: logits, NotFinite: leaveOutNotFinite(logits),
	}, nil
}

// answers are the examples' logits; of a masked language model, each one's loss.
func (s *stage) answers(ctx context.Context, examples []model.Example) ([][]float32, error) {
	if !s.MaskedLM {
		return s.model.Logits(ctx, examples)
	}
	losses, err := s.model.MaskedLosses(ctx, examples)
	answers := make([][]float32, len(losses))
	for i, loss := range losses {
		answers[i] = []float32{float32(loss)}
	}
	return answers, err
}

// leaveOutNotFinite sets answers that hold a NaN or an infinity to nil, and returns their
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

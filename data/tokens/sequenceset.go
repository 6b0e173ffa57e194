package tokens

import (
	"context"
	"fmt"
)

// SequenceSet is the sequences of texts, or of pairs of texts, in their order. Their ids stay on the disk as those of a
// [Set] do. Goroutines may share it.
type SequenceSet struct {
	ids       *Set
	encoder   Encoder
	maxLength int
	pairs     bool
	sizes     []int32
}

// Sequences are what [Sequences] gives, with ids from the cache as Encode has them. Either all texts are pairs
// ([PairSign]), or none.
func (c *Cache) Sequences(ctx context.Context, e Encoder, texts Texts, maxLength int) (s *SequenceSet, whole []int, err error) {
	single, err := SinglesOf(texts)
	if err != nil {
		return nil, nil, err
	}
	s = &SequenceSet{encoder: e, maxLength: maxLength, pairs: single.Len() > texts.Len()}
	if s.pairs && single.Len() != 2*texts.Len() {
		return nil, nil, fmt.Errorf("of %d texts, %d are pairs", texts.Len(), single.Len()-texts.Len())
	}
	if s.ids, err = c.Encode(ctx, e, single, 0); err != nil { // without a limit, so that it is known what the limit cuts off
		return nil, nil, err
	}
	s.sizes, whole = make([]int32, texts.Len()), make([]int, texts.Len())
	for i := range whole {
		if i%batchTexts == 0 && ctx.Err() != nil {
			return nil, nil, context.Cause(ctx)
		}
		sequence, length, err := s.sequence(i)
		if err != nil {
			return nil, nil, err
		}
		s.sizes[i], whole[i] = int32(len(sequence.IDs)), length
	}
	return s, whole, nil
}

// sequence is a sequence, and how many ids it has that is not cut.
func (s *SequenceSet) sequence(i int) (sequence Pair, whole int, err error) {
	if !s.pairs {
		ids, err := s.ids.At(i)
		if err != nil {
			return Pair{}, 0, err
		}
		return Pair{IDs: s.encoder.Truncate(ids, s.maxLength)}, len(ids), nil
	}
	first, err := s.ids.At(2 * i)
	if err != nil {
		return Pair{}, 0, err
	}
	second, err := s.ids.At(2*i + 1)
	if err != nil {
		return Pair{}, 0, err
	}
	return joined(s.encoder, first, second, s.maxLength)
}

// Len is how many sequences there are.
func (s *SequenceSet) Len() int { return len(s.sizes) }

// Size is how many ids a sequence has.
func (s *SequenceSet) Size(i int) int { return int(s.sizes[i]) }

// At is a sequence. The error is of kind [ErrCache].
func (s *SequenceSet) At(i int) (Pair, error) {
	sequence, _, err := s.sequence(i)
	return sequence, err
}

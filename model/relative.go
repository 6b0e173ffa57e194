package model

import (
	"math"

	"ringmaster/model/torch"
)

// relativePositions are positions that attention itself knows of.
type relativePositions interface {
	// tell gives a layer's queries and keys, [T, A, D], as positions make them, and what is added to their scores,
	// [B or 1, A or 1, L, L], the padding's among it; nil adds nothing but padding.
	tell(s *torch.Scope, e *bertPass, layer int, q, k *torch.Tensor) (toldQ, toldK, scores *torch.Tensor)
}

// newRelativePositions is what the configuration has of them; nil for nothing.
func (e *bertPass) newRelativePositions(s *torch.Scope) relativePositions {
	switch {
	case e.config.HasRelativeBias():
		return e.newRelativeBias(s)
	case e.config.Rotary != nil:
		return e.newRotaryPositions(s)
	case e.config.Disentangled != nil:
		return e.newDisentangled(s)
	}
	return nil
}

// paddingScores is [B, 1, 1, L], 0 for a token and lower than any score for padding; nil where nothing is padded.
func (e *bertPass) paddingScores(s *torch.Scope) *torch.Tensor {
	if !e.batch.padded() {
		return nil
	}
	var low []float32
	for _, real := range e.batch.mask() {
		if real {
			low = append(low, 0)
		} else {
			low = append(low, belowAnyScore)
		}
	}
	return s.To(s.Floats(low, e.rows(), 1, 1, e.length()), e.device)
}

// withPadding adds the padding's scores to others.
func withPadding(s *torch.Scope, scores, padding *torch.Tensor) *torch.Tensor {
	if padding == nil {
		return scores
	}
	return s.Add(scores, padding)
}

// heads turns the rows of texts, [B·L, A, D], into [B, A, L, D].
func (e *bertPass) heads(s *torch.Scope, x *torch.Tensor) *torch.Tensor {
	return s.Transpose(s.Unflatten(x, 0, e.rows(), -1), 1, 2)
}

// relativeBias is what MPNet adds to attention scores: a number for each head and each bucket of
// the distance of query and key (as T5; Raffel et al., 2020), the same in all layers.
type relativeBias struct {
	length int64
	// buckets is [L·L, buckets]: 1 in the bucket of a query's and a key's distance.
	buckets *torch.Tensor
	padding *torch.Tensor // paddingScores
}

// farthest is the distance from which on all are in the last bucket.
const farthest = 128

// belowAnyScore is added to the scores of padding, whose probability is then 0.
const belowAnyScore = -1e30

func (e *bertPass) newRelativeBias(s *torch.Scope) *relativeBias {
	length, n := e.length(), e.config.RelativeBuckets
	index := make([]int64, 0, length*length)
	for query := range length {
		for key := range length {
			index = append(index, distanceBucket(int(query-key), n))
		}
	}
	r := &relativeBias{length: length}
	r.buckets = s.OneHot(s.To(s.Ints(index, length*length), e.device), int64(n), s.Zeros(e.device, 1))
	r.padding = e.paddingScores(s)
	return r
}

// distanceBucket gives the bucket of a distance: half of them for queries before the key; of each
// half, half for one distance each, the others for ranges that grow with the logarithm.
func distanceBucket(back, buckets int) int64 {
	half, first := buckets/2, 0
	if back < 0 {
		back, first = -back, half
	}
	exact := half / 2
	if back < exact {
		return int64(first + back)
	}
	// In float32, as transformers computes it, which decides at the borders.
	ratio := float32(math.Log(float64(float32(back)/float32(exact)))) / float32(math.Log(float64(farthest)/float64(exact)))
	return int64(first + min(half-1, exact+int(ratio*float32(half-exact))))
}

func (r *relativeBias) tell(s *torch.Scope, e *bertPass, _ int, q, k *torch.Tensor) (toldQ, toldK, scores *torch.Tensor) {
	heads := int64(e.config.NumAttentionHeads)
	bias := s.MatMul(s.Transpose(e.param(relativeBiasName), 0, 1), s.Transpose(r.buckets, 0, 1))
	return q, k, withPadding(s, s.View(bias, 1, heads, r.length, r.length), r.padding)
}

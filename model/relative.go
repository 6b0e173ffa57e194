package model

import (
	"math"

	"ringmaster/model/torch"
)

// relativeBias is what MPNet adds to attention scores: a number for each head and each bucket of
// the distance of query and key (as T5; Raffel et al., 2020), the same in all layers.
type relativeBias struct {
	length int64
	// buckets is [L·L, buckets]: 1 in the bucket of a query's and a key's distance.
	buckets *torch.Tensor
	// padding is [B, 1, 1, L], 0 for a token and lower than any score for padding; nil where
	// nothing is padded.
	padding *torch.Tensor
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
	if e.batch.padded() {
		var low []float32
		for _, real := range e.batch.mask() {
			if real {
				low = append(low, 0)
			} else {
				low = append(low, belowAnyScore)
			}
		}
		r.padding = s.To(s.Floats(low, e.rows(), 1, 1, length), e.device)
	}
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

// scores is what is added to the attention scores, [B or 1, A, L, L].
func (r *relativeBias) scores(s *torch.Scope, e *bertPass) *torch.Tensor {
	heads := int64(e.config.NumAttentionHeads)
	bias := s.MatMul(s.Transpose(e.param(relativeBiasName), 0, 1), s.Transpose(r.buckets, 0, 1))
	bias = s.View(bias, 1, heads, r.length, r.length)
	if r.padding == nil {
		return bias
	}
	return s.Add(bias, r.padding)
}

package model

import (
	"math"

	"ringmaster/model/torch"
)

// disentangled is DeBERTa's attention: beside a query's product with a key, a score has the query's with a key that is
// made of the distance, and the key's with a query that is (He et al., "DeBERTa", 2021, equation 4; in version 3 both
// are made by the maps of queries and keys).
type disentangled struct {
	length, span int64
	// forQuery and forKey are [1, 1, L, L]: the rows of the table for query and key, and for key and query.
	forQuery, forKey *torch.Tensor
	padding          *torch.Tensor // paddingScores
}

// scoreTerms is how many products a score is the sum of.
const scoreTerms = 3

func (e *bertPass) newDisentangled(s *torch.Scope) *disentangled {
	c, length := e.config, e.length()
	d := &disentangled{length: length, span: int64(c.RelativeSpan()), padding: e.paddingScores(s)}
	var forQuery, forKey []int64
	row := func(at int) int64 { return min(max(int64(at)+d.span, 0), 2*d.span-1) }
	places := make([]int, length) // of distances from 0 on; those of the others are their negatives
	for distance := range places {
		places[distance] = distancePlace(distance, c.Buckets, c.FarthestDistance())
	}
	for i := range places {
		for j := range places {
			place := places[max(i-j, j-i)]
			if i < j {
				place = -place
			}
			forQuery, forKey = append(forQuery, row(place)), append(forKey, row(-place))
		}
	}
	shaped := func(x []int64) *torch.Tensor { return s.To(s.Ints(x, 1, 1, length, length), e.device) }
	d.forQuery, d.forKey = shaped(forQuery), shaped(forKey)
	return d
}

// distancePlace gives a distance, 0 or more, its place in the table from the middle: in one half of the buckets of a
// direction each has its own, in the other they stand for ranges that grow with the logarithm. In float32, as
// transformers computes it.
func distancePlace(distance, buckets, farthest int) int {
	mid := buckets / 2
	if buckets < 1 || distance <= mid {
		return distance
	}
	ratio := float32(math.Log(float64(float32(distance)/float32(mid)))) / float32(math.Log(float64(float32(float64(farthest-1)/float64(mid)))))
	return int(math.Ceil(float64(ratio*float32(mid-1)))) + mid
}

// tell scales the queries as well: attention divides by the root of a head's width alone.
func (d *disentangled) tell(s *torch.Scope, e *bertPass, layer int, q, k *torch.Tensor) (toldQ, toldK, scores *torch.Tensor) {
	width := float64(e.config.HiddenSize / e.config.NumAttentionHeads)
	scores = s.Block(func(s *torch.Scope) *torch.Tensor {
		name := layerPrefix(e.config.StoredLayer(layer)) + "attention.self."
		table := s.Dropout(e.norm(s, relativeTable+".LayerNorm", e.param(relativeTable+".weight")), e.drop.hidden)
		keys := e.product(s, table, name+"key")[0]
		queries := e.adapted(s, name+"query", table, e.product(s, table, name+"query")[0])
		ofDistance := func(x, table, rows *torch.Tensor) *torch.Tensor { // [B, A, L, L]
			all := s.BatchedMatMul(e.heads(s, x), s.Transpose(s.Transpose(table, 0, 1), 1, 2))
			return s.Gather(all, 3, s.Expand(rows, e.rows(), int64(e.config.NumAttentionHeads), d.length, d.length))
		}
		sum := s.Add(ofDistance(q, keys, d.forQuery), s.Transpose(ofDistance(k, queries, d.forKey), 2, 3))
		return withPadding(s, s.Scale(sum, 1/math.Sqrt(scoreTerms*width)), d.padding)
	})
	return s.Scale(q, 1/math.Sqrt(scoreTerms)), k, scores
}

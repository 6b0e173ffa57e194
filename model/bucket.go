package model

// DefaultBucketBytes is the size of a bucket unless a Spec says otherwise: large enough
// that the latency of an all-reduce (2·(N−1) steps from neighbour to neighbour, some 0.1 ms)
// is small beside the milliseconds that its bytes take, small enough that the first all-reduce
// starts when most of the backward pass is still to come. A layer of
// BERT-base has 28 MiB, one of MiniLM 7.
const DefaultBucketBytes = 4 << 20

// Bucket is a part of the flat gradient, elements [Lo, Hi), that is summed by one all-reduce,
// as a bucket of PyTorch's DistributedDataParallel.
type Bucket struct{ Lo, Hi int }

// Size is the number of elements.
func (b Bucket) Size() int { return b.Hi - b.Lo }

// Buckets cuts the flat vector between parameters, in the order in which a backward
// pass finishes their gradients: from the end of the vector to its beginning. The last
// bucket is the matrix of word embeddings, by itself. Models of one configuration and
// the same tasks have the same buckets.
func (m *Model) Buckets() []Bucket { return buckets(m.layout, m.bucketBytes) }

// buckets joins parameters, from the last to the first, while a bucket stays within
// bytes; a larger parameter is a bucket of its own. The first parameter is the matrix
// of word embeddings.
func buckets(layout []Parameter, bytes int) []Bucket {
	words, rest := layout[0], layout[1:]
	var all []Bucket
	for i := len(rest) - 1; i >= 0; i-- {
		p := rest[i]
		if n := len(all); n > 0 && 4*(all[n-1].Hi-p.Offset) <= bytes {
			all[n-1].Lo = p.Offset
			continue
		}
		all = append(all, Bucket{p.Offset, p.End()})
	}
	return append(all, Bucket{words.Offset, words.End()})
}

package model

// DefaultBucketBytes is the size of a bucket unless a Spec says otherwise: large enough
// that the latency of an all-reduce (2·(N−1) steps from neighbour to neighbour, some 0.1 ms)
// is small beside the milliseconds that its bytes take, small enough that the first all-reduce
// starts when most of the backward pass is still to come. A layer of
// BERT-base has 28 MiB, one of MiniLM 7.
const DefaultBucketBytes = 4 << 20

// Bucket is a part of the gradient, elements [Lo, Hi), that is summed by one all-reduce,
// as a bucket of PyTorch's DistributedDataParallel.
type Bucket struct{ Lo, Hi int }

// Size is the number of elements.
func (b Bucket) Size() int { return b.Hi - b.Lo }

// Buckets cuts the gradient between parameters, in the order in which a backward
// pass finishes them: from the end of the vector to its beginning. The last
// bucket is the matrix of word embeddings, by itself, where it is trained. Models of one
// configuration, the same tasks and the same frozen part have the same buckets.
func (m *Model) Buckets() []Bucket { return buckets(m.trained, m.bucketBytes) }

// buckets joins parameters, from the last to the first, while a bucket stays within
// bytes; a larger parameter is a bucket of its own.
func buckets(trained trainedPart, bytes int) []Bucket {
	var all []Bucket
	rest := trained.parts
	if trained.words() {
		rest = rest[1:]
	}
	for i := len(rest) - 1; i >= 0; i-- {
		p := rest[i]
		if n := len(all); n > 0 && 4*(all[n-1].Hi-p.Offset) <= bytes {
			all[n-1].Lo = p.Offset
			continue
		}
		all = append(all, Bucket{p.Offset, p.End()})
	}
	if !trained.words() {
		return all
	}
	words := trained.parts[0]
	return append(all, Bucket{words.Offset, words.End()})
}

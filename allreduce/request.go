package allreduce

import "fmt"

// request is a vector to sum, and how.
type request[E element] struct {
	x    []E
	wire wire[E]
	// bounds are where x is cut into segments; nil for segments of equal length.
	bounds []int
	// residual keeps what the wire format rounds away; nil drops it.
	residual []E
	// stripes is over how many stripes the vector is summed; 0 where this ring sums all of it.
	stripes int
}

// Option changes how one vector is summed.
type Option func(*request[float32])

// WithSegments cuts the vector at the given positions in place of equal parts: World−1
// of them, rising, each from 0 to the vector's length; equal neighbours make an empty
// segment. Where a vector is a selection of a longer one's elements, the longer one's
// cuts give the selection the very bits that the longer one would have had; but for
// WithInt8, whose blocks are cut in what travels.
func WithSegments(bounds []int) Option {
	return func(rq *request[float32]) { rq.bounds = bounds }
}

// WithBFloat16 sends two bytes an element in place of four: each value is rounded to
// bfloat16 when it is sent, sums are formed in float32, and all ranks end with the same
// bits. residual, of the vector's length, makes up for the rounding over time (error
// feedback, as Seide et al., "1-Bit Stochastic Gradient Descent", 2014): what this rank's
// roundings lost is left there, and is added to this rank's vector in the next call. It
// begins as zeros. A nil residual drops what is lost. After an error its contents are
// undefined, as the vector's are.
func WithBFloat16(residual []float32) Option {
	return func(rq *request[float32]) { rq.wire, rq.residual = bfloat16{}, residual }
}

// WithInt8 sends about one byte an element: a signed byte, and a scale for each block of 256
// (int8.go). Sums are formed in float32, and all ranks end with the same bits. residual is that
// of WithBFloat16, and here more is lost: a rank rounds a partial sum at each hop, by at most 1/253 of the
// largest magnitude in its block. Every rank rounds each element once an operation and keeps
// what that took, so the residuals of all ranks hold all that a sum lacks.
func WithInt8(residual []float32) Option {
	return func(rq *request[float32]) { rq.wire, rq.residual = int8Wire{}, residual }
}

func newRequest(world int, x []float32, options []Option) (request[float32], error) {
	rq := request[float32]{x: x, wire: native[float32]{WireFloat32}}
	for _, o := range options {
		o(&rq)
	}
	if rq.residual != nil && len(rq.residual) != len(x) {
		return rq, fmt.Errorf("%w: a residual of %d elements for a vector of %d", ErrOptions, len(rq.residual), len(x))
	}
	if rq.bounds == nil {
		return rq, nil
	}
	if len(rq.bounds) != world-1 {
		return rq, fmt.Errorf("%w: %d bounds of segments, a ring of %d ranks needs %d", ErrOptions, len(rq.bounds), world, world-1)
	}
	before := 0
	for i, b := range rq.bounds {
		if b < before || b > len(x) {
			return rq, fmt.Errorf("%w: bound %d of the segments is %d, want %d to %d", ErrOptions, i, b, before, len(x))
		}
		before = b
	}
	return rq, nil
}

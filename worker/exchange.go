package worker

import (
	"context"
	"slices"

	"ringmaster/allreduce"
	"ringmaster/model"
)

// wireBFloat16 is the name of bfloat16 in Begin.GradientDtype.
const wireBFloat16 = "bfloat16"

// exchange sums a stage's gradients over the ring, bucket by bucket. It is the stage's,
// not the ring's: what rounding loses has to outlive a step.
type exchange struct {
	buckets []model.Bucket // the last is the word embeddings
	width   int            // elements of a word's row
	wire    int            // bytes of an element in a message

	residual  []float32 // flat, what rounding lost on this rank; nil until something is rounded
	selection []float32 // of the word embeddings' rows, and of their residuals
	lost      []float32
}

func newExchange(m *model.Model, wire string) *exchange {
	x := &exchange{buckets: m.Buckets(), width: m.Config().Sizes().WordWidth, wire: 4}
	if wire == wireBFloat16 {
		x.wire = 2
	}
	return x
}

// rows are those of the word embeddings that a step's tokens make travel.
func (x *exchange) rows(tokens []int32) (rows, bool) {
	return rowsToSend(tokens, x.words().Size()/x.width, x.width)
}

func (x *exchange) words() model.Bucket { return x.buckets[len(x.buckets)-1] }

// sum replaces a bucket's gradient by its sum over the ranks. All ranks give the same
// buckets and tokens in the same order.
func (x *exchange) sum(ctx context.Context, r *allreduce.Ring, world, bucket int, gradient []float32, tokens []int32) error {
	b := x.buckets[bucket]
	residual := x.residualOf(b)
	if b == x.words() {
		if selected, ok := x.rows(tokens); ok {
			return x.sumRows(ctx, r, world, selected, gradient, residual)
		}
	}
	return r.AllReduce(ctx, gradient, x.format(residual)...)
}

// residualOf is a bucket's part of the residual, nil when nothing is rounded. Only a
// stage that sums has one: it is as large as the model.
func (x *exchange) residualOf(b model.Bucket) []float32 {
	if x.wire == 4 {
		return nil
	}
	if x.residual == nil {
		x.residual = make([]float32, x.buckets[0].Hi)
	}
	return x.residual[b.Lo:b.Hi]
}

// forget lets go of what rounding lost.
func (x *exchange) forget() {
	if x != nil {
		x.residual = nil
	}
}

// sumLosses replaces the losses by their sums over the ranks, exact to float64.
func sumLosses(ctx context.Context, r *allreduce.Ring, loss model.Loss) error {
	all := slices.Clone(loss.Sum)
	for _, n := range loss.Count {
		all = append(all, float64(n))
	}
	if err := r.AllReduce64(ctx, all); err != nil {
		return err
	}
	copy(loss.Sum, all)
	for t := range loss.Count {
		loss.Count[t] = int(all[len(loss.Sum)+t])
	}
	return nil
}

// sumRows sums the rows that are not zero everywhere.
func (x *exchange) sumRows(ctx context.Context, r *allreduce.Ring, world int, selected rows, gradient, residual []float32) error {
	x.selection = sized(x.selection, selected.elements())
	selected.gather(x.selection, gradient)
	var lost []float32
	if residual != nil {
		x.lost = sized(x.lost, selected.elements())
		lost = x.lost
		selected.gather(lost, residual)
	}
	cuts := selected.bounds(len(gradient), world)
	if err := r.AllReduce(ctx, x.selection, append(x.format(lost), allreduce.WithSegments(cuts))...); err != nil {
		return err
	}
	selected.scatter(gradient, x.selection)
	if residual != nil {
		selected.scatter(residual, lost)
	}
	return nil
}

func (x *exchange) format(residual []float32) []allreduce.Option {
	if residual == nil {
		return nil
	}
	return []allreduce.Option{allreduce.WithBFloat16(residual)}
}

// saved is how many bytes a rank does not send because only rows travel; the headers of
// the messages that are left out are not counted.
func (x *exchange) saved(rank, world int, tokens []int32) uint64 {
	selected, ok := x.rows(tokens)
	if !ok {
		return 0
	}
	total := x.words().Size()
	dense := sentBy(rank, total, equalCuts(total, world))
	sparse := sentBy(rank, selected.elements(), selected.bounds(total, world))
	return uint64(x.wire * (dense - sparse))
}

// sized is a slice of n elements, buffer's memory where that is large enough.
func sized(buffer []float32, n int) []float32 {
	if cap(buffer) < n {
		return make([]float32, n)
	}
	return buffer[:n]
}

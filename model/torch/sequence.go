package torch

import (
	"fmt"

	lib "github.com/sugarme/gotch/libtch"
)

// Conv1d slides windows over sequences: x is [batch, channels, length], w [maps,
// channels, window], b [maps]; padding zeros are put at each end. The result is [batch,
// maps, length + 2·padding − window + 1].
func (s *Scope) Conv1d(x, w, b *Tensor, padding int64) *Tensor {
	return s.op("conv1d", func(out *lib.Ctensor) {
		lib.AtgConv1d(out, x.ptr(), w.ptr(), b.ptr(), []int64{1}, 1, []int64{padding}, 1, []int64{1}, 1, 1)
	})
}

// Max is the greatest value along dim, which is left out of the result.
func (s *Scope) Max(x *Tensor, dim int64) *Tensor {
	return s.op("amax", func(out *lib.Ctensor) { lib.AtgAmax(out, x.ptr(), []int64{dim}, 1, 0) })
}

// Cat puts tensors together along dim; of one it is that one.
func (s *Scope) Cat(parts []*Tensor, dim int64) *Tensor {
	if len(parts) == 1 {
		return parts[0]
	}
	return s.op("cat", func(out *lib.Ctensor) {
		lib.AtgCat(out, handles(parts...), len(parts), dim)
	})
}

// LSTMWeights are those of one layer in one direction, shaped and with gates in the order
// of torch.nn.LSTM's weight_ih, weight_hh, bias_ih and bias_hh.
type LSTMWeights struct{ Input, Recurrent, InputBias, RecurrentBias *Tensor }

// LSTM runs texts through one layer, from a state of zeros, and gives each text's hidden
// state after its last token, [texts, hidden]. x is [tokens, width], packed: the first
// token of every text, then the second of those that have one, and so on, the longest
// text first; counts says how many texts have a token at each place.
func (s *Scope) LSTM(x *Tensor, counts []int64, w LSTMWeights, hidden int64, d Device) *Tensor {
	if s.err != nil {
		return nil
	}
	sizes := s.Ints(counts, int64(len(counts)))
	state := s.Zeros(d, 1, counts[0], hidden)
	if s.err != nil {
		return nil
	}
	// Outputs of all positions, last hidden states, last cell states.
	var out [3]lib.Ctensor
	lib.AtgLstmData(&out[0], x.ptr(), sizes.ptr(), handles(state, state), 2,
		handles(w.Input, w.Recurrent, w.InputBias, w.RecurrentBias), 4, 1, 1, 0, 0, 0)
	if err := lastError(); err != nil {
		s.Fail(fmt.Errorf("lstm: %w", err))
		return nil
	}
	var results [len(out)]*Tensor
	for i, c := range out {
		results[i] = s.own(adopt(c))
	}
	return s.View(results[1], counts[0], hidden)
}

func handles(tensors ...*Tensor) []lib.Ctensor {
	all := make([]lib.Ctensor, len(tensors))
	for i, t := range tensors {
		all[i] = t.ptr()
	}
	return all
}

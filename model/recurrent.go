package model

import (
	"ringmaster/model/torch"
	"ringmaster/model/weights"
)

// recurrent is an LSTM, a BiLSTM or a ConvLSTM. The features are the hidden state after a
// text's last word; of a BiLSTM also the state of the backward LSTM after the first word.
//
// A ConvLSTM is the C-LSTM of Zhou et al., "A C-LSTM Neural Network for Text
// Classification" (2015): the LSTM reads the feature maps of a convolution after ReLU, without
// pooling, which would lose the order of words. Unlike theirs the convolution keeps the
// text's length (zeros at both ends), so that a text shorter than the window has a state.
type recurrent struct{ config weights.BaselineConfig }

func (r recurrent) encode(s *torch.Scope, p pass, words *torch.Tensor) *torch.Tensor {
	x := words
	if r.config.Arch() == weights.ConvLSTM {
		x = s.Block(func(s *torch.Scope) *torch.Tensor { return r.convolved(s, p, words) })
	}
	var states []*torch.Tensor
	for _, direction := range r.config.Directions() {
		states = append(states, s.Block(func(s *torch.Scope) *torch.Tensor {
			places, counts := p.batch.packed(direction == "backward")
			packed := s.IndexSelect(x, 0, s.To(s.Ints(places, int64(len(places))), p.device))
			name := weights.Recurrence(direction)
			return s.LSTM(packed, counts, torch.LSTMWeights{
				Input: p.param(name + ".input.weight"), InputBias: p.param(name + ".input.bias"),
				Recurrent: p.param(name + ".recurrent.weight"), RecurrentBias: p.param(name + ".recurrent.bias"),
			}, int64(r.config.HiddenSize), p.device)
		}))
	}
	return s.Cat(states, 1)
}

// convolved gives the maps at every place, [B·L, maps].
func (r recurrent) convolved(s *torch.Scope, p pass, words *torch.Tensor) *torch.Tensor {
	window := r.config.Windows[0]
	xBWL := p.channels(s, words, int64(r.config.EmbeddingSize))
	mapsBFL := s.Relu(p.convolve(s, weights.Convolution(window), xBWL, int64(window/2)))
	return s.Reshape(s.Transpose(mapsBFL, 1, 2), p.rows()*p.length(), int64(r.config.Maps))
}

// packed lists, as rows of [B·L], the first word of every text, then the second of those
// that have one, and so on, and how many there are of each; from the texts' ends when
// backwards. Texts are sorted, the longest first.
func (b batch) packed(backwards bool) (places, counts []int64) {
	for at := range b.length {
		count := int64(0)
		for i, e := range b.examples {
			if at >= len(e.IDs) {
				break
			}
			place := at
			if backwards {
				place = len(e.IDs) - 1 - at
			}
			places = append(places, int64(i*b.length+place))
			count++
		}
		counts = append(counts, count)
	}
	return places, counts
}

package model

import (
	"ringmaster/model/torch"
	"ringmaster/model/weights"
)

// cnn is the network of Kim, "Convolutional Neural Networks for Sentence Classification"
// (2014), with one channel of trained word vectors: convolutions over words, ReLU, and
// max-over-time pooling.
//
// Texts are padded with zeros at both ends, as in Kim's program, so that every window that
// holds a word counts. In names of tensors B is the batch, L the padded length, W a word's
// width, F the feature maps.
type cnn struct{ config weights.BaselineConfig }

func (c cnn) encode(s *torch.Scope, p pass, words *torch.Tensor) *torch.Tensor {
	xBWL := p.channels(s, words, int64(c.config.EmbeddingSize))
	pooled := make([]*torch.Tensor, len(c.config.Windows))
	for i, window := range c.config.Windows {
		pooled[i] = s.Block(func(s *torch.Scope) *torch.Tensor {
			reach := window - 1
			mapsBFL := s.Relu(p.convolve(s, weights.Convolution(window), xBWL, int64(reach)))
			// After ReLU no value is below zero, so zeros behind the text never win the pooling.
			return s.Max(p.zeroPadding(s, mapsBFL, reach), 2)
		})
	}
	return s.Cat(pooled, 1)
}

// channels is the input of a convolution, [B, W, L], with zeros as padding.
func (p pass) channels(s *torch.Scope, words *torch.Tensor, width int64) *torch.Tensor {
	xBLW := s.View(words, p.rows(), p.length(), width)
	return p.zeroPadding(s, s.Transpose(xBLW, 1, 2), 0)
}

// zeroPadding sets x, [B, anything, L+more], to zero from more positions after each text's end.
func (p pass) zeroPadding(s *torch.Scope, x *torch.Tensor, more int) *torch.Tensor {
	if !p.batch.padded() {
		return x
	}
	length := p.batch.length + more
	kept := make([]float32, len(p.batch.examples)*length)
	for i, e := range p.batch.examples {
		for at := range len(e.IDs) + more {
			kept[i*length+at] = 1
		}
	}
	return s.Mul(x, s.To(s.Floats(kept, p.rows(), 1, int64(length)), p.device))
}

func (p pass) convolve(s *torch.Scope, name string, xBWL *torch.Tensor, padding int64) *torch.Tensor {
	return s.Conv1d(xBWL, p.param(name+".weight"), p.param(name+".bias"), padding)
}

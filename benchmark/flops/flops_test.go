package flops

import (
	"math"
	"testing"
)

// torch.utils.flop_counter over transformers' BertModel(BertConfig()) with eager attention, one text of 512
// tokens (torch 2.11.0, transformers 5.23.0), counts so many in a forward pass.
func TestForwardOfBertBase(t *testing.T) {
	base := Encoder{Layers: 12, Hidden: 768, Intermediate: 3072, Vocabulary: 30522}
	if got := base.Forward(512); got != 96_637_943_808 {
		t.Errorf("%.0f operations, want 96637943808", got)
	}
	if got, want := base.Train(512), 3*base.Forward(512); got != want {
		t.Errorf("%g operations of training, want %g", got, want)
	}
}

// The vocabulary's product of every position costs about as much as MiniLM's encoder.
func TestMaskedCountsPredictedPositionsOnly(t *testing.T) {
	small := Encoder{Layers: 6, Hidden: 384, Intermediate: 1536, Vocabulary: 30522}
	none, all := small.TrainMasked(128, 0), small.TrainMasked(128, 1)
	if want := 3 * 128 * (2*384*384 + 2*384*30522.); math.Abs((all-none)/want-1) > 1e-9 {
		t.Errorf("predicting every position costs %g more, want %g", all-none, want)
	}
	if part := small.TrainMasked(128, 0.15); math.Abs((part-none)/(all-none)-0.15) > 1e-9 {
		t.Errorf("15%% of the positions cost %g of the whole", (part-none)/(all-none))
	}
}

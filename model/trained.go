package model

import (
	"slices"
	"strings"

	"ringmaster/model/torch"
	"ringmaster/model/weights"
)

// trainedPart is the part of the flat vector that training changes: its end, from an offset on.
// What is before is frozen. It has no gradient, no moments and no buckets, and libtorch's backward
// pass stops above it, since nothing there asks for a gradient. All that knows of frozen
// parameters asks here.
type trainedPart struct {
	from int // offset in the flat vector
	// parts are the trained parameters. Their offsets count from from: they are offsets in the
	// gradient and in the moments.
	parts []Parameter
}

// trainedOf is the part of a layout that is trained.
func trainedOf(c weights.Config, layout []Parameter, frozen weights.Frozen) (trainedPart, error) {
	parts := make([]weights.Part, len(layout))
	for i, p := range layout {
		parts[i] = weights.Part(p)
	}
	first, err := weights.FirstTrained(c, parts, frozen)
	if err != nil {
		return trainedPart{}, err
	}
	t := trainedPart{from: layout[first].Offset, parts: slices.Clone(layout[first:])}
	for i := range t.parts {
		t.parts[i].Offset -= t.from
	}
	return t, nil
}

// size is the number of trained elements.
func (t trainedPart) size() int { return t.parts[len(t.parts)-1].End() }

// words reports whether the word embeddings are trained; they are the first of parts then.
func (t trainedPart) words() bool { return t.from == 0 }

// of is the trained part of a flat vector of all parameters.
func (t trainedPart) of(s *torch.Scope, flat *torch.Tensor) *torch.Tensor {
	return s.Narrow(flat, 0, int64(t.from), int64(t.size()))
}

// lowestTrainedLayer is the first of a BERT's layers with trained parameters; as many as there are
// where none has.
func (m *Model) lowestTrainedLayer() int {
	bert, ok := m.config.(weights.BertConfig)
	if !ok {
		return 0
	}
	for i := range bert.NumHiddenLayers {
		for _, p := range m.trained.parts {
			if strings.HasPrefix(p.Name, layerPrefix(bert.StoredLayer(i))) {
				return i
			}
		}
	}
	return bert.NumHiddenLayers
}

// TrainedSize is the number of elements that training changes: the length of Gradient.
func (m *Model) TrainedSize() int { return m.trained.size() }

// TrainsWords reports whether the word embeddings are trained. They are then the last of Buckets.
func (m *Model) TrainsWords() bool { return m.trained.words() }

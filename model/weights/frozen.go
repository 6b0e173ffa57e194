package weights

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Frozen is how much of an encoder a training leaves as it is, counted from the input: 0 nothing,
// 1 the embeddings, 1+N the embeddings and the first N layers, WholeEncoder all but the heads.
type Frozen int

// WholeEncoder freezes everything but the heads.
const WholeEncoder Frozen = -1

// ErrFrozen: the encoder has not the layers that are to be frozen.
var ErrFrozen = errors.New("cannot be frozen")

// FirstTrained is the index of the first of a classifier's parts, as Layout lists them, that is
// trained: all before it are frozen, and none after it. Where there are adapters, they are the first.
func FirstTrained(c Config, parts []Part, f Frozen) (int, error) {
	if adapter := slices.IndexFunc(parts, func(p Part) bool { return IsLoRA(p.Name) }); adapter >= 0 {
		if f != 0 {
			return 0, fmt.Errorf("the encoder %w besides: adapters freeze all below its pooler", ErrFrozen)
		}
		return adapter, nil
	}
	if f == 0 {
		return 0, nil
	}
	var frozen func(name string) bool
	switch bert, ok := c.(BertConfig); {
	case f == WholeEncoder:
		frozen = func(name string) bool {
			return !strings.HasPrefix(name, HeadsPrefix) && !strings.HasPrefix(name, MaskedPrefix)
		}
	case ok && f > 1 && bert.StoredLayers() != bert.NumHiddenLayers:
		return 0, fmt.Errorf("the first %d layers %w: the layers of an ALBERT share their parameters; freeze the embeddings or the encoder", int(f)-1, ErrFrozen)
	case f < 0 || ok && int(f)-1 > bert.NumHiddenLayers:
		return 0, fmt.Errorf("the first %d layers %w: the model has %d", int(f)-1, ErrFrozen, bert.NumHiddenLayers)
	case ok:
		frozen = func(name string) bool { return bert.below(name, int(f)-1) }
	case f == 1:
		frozen = func(name string) bool { return name == parts[0].Name }
	default:
		return 0, fmt.Errorf("layers of a %s %w, only its word vectors", c.Describe(), ErrFrozen)
	}
	for i, p := range parts {
		if !frozen(p.Name) {
			return i, nil
		}
	}
	return len(parts), nil
}

// below reports whether a tensor belongs to the embeddings or to one of the first layers.
func (c BertConfig) below(name string, layers int) bool {
	if strings.HasPrefix(name, "bert.embeddings.") {
		return true
	}
	var layer int
	n, err := fmt.Sscanf(name, "bert.encoder.layer.%d.", &layer)
	return err == nil && n == 1 && layer < layers
}

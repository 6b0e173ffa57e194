package model

import (
	"fmt"
	"strings"

	"ringmaster/model/weights"
)

// Parameter is a named part of the flat parameter vector, as weights.Layout places it.
type Parameter weights.Part

// Size is the number of elements.
func (p Parameter) Size() int { return weights.Part(p).Size() }

// End is the offset after its last element.
func (p Parameter) End() int { return weights.Part(p).End() }

// decays reports whether weight decay applies: not to biases and normalisations, as in
// BERT's own training.
func (p Parameter) decays() bool {
	return !strings.HasSuffix(p.Name, ".bias") && !strings.Contains(p.Name, ".LayerNorm.")
}

const (
	positionEmbeddings = "bert.embeddings.position_embeddings"
	typeEmbeddings     = "bert.embeddings.token_type_embeddings"
	embeddingsNorm     = "bert.embeddings.LayerNorm"
	pooler             = "bert.pooler.dense"
	poolerNorm         = "bert.pooler.LayerNorm"

	// Of some architectures.
	embeddingProjection = "bert.embeddings.projection"
	relativeBiasName    = "bert.embeddings.relative_attention_bias.weight"
	relativeTable       = "bert.embeddings.relative_embeddings"
	lastNorm            = "bert.encoder.LayerNorm"
)

func layerPrefix(i int) string { return fmt.Sprintf("bert.encoder.layer.%d.", i) }

func headPrefix(task string) string { return weights.HeadsPrefix + task }

func isEncoder(p Parameter) bool {
	return !strings.HasPrefix(p.Name, weights.HeadsPrefix) && !strings.HasPrefix(p.Name, weights.MaskedPrefix)
}

// layout lists all parameters in the order of the flat vector: the encoder as the
// forward pass goes, then the heads in the order of the tasks, or that of a masked language model.
func layout(c weights.Config, l weights.LoRA, tasks []Task, masked *maskedLM) []Parameter {
	var parts []weights.Part
	if masked != nil {
		parts = weights.MaskedLayout(masked.config, masked.hasPooler)
	} else {
		heads := make([]weights.HeadShape, len(tasks))
		for i, t := range tasks {
			heads[i] = weights.HeadShape{Task: t.Name, Classes: t.Classes}
		}
		parts = weights.Layout(c, l, heads)
	}
	all := make([]Parameter, len(parts))
	for i, p := range parts {
		all[i] = Parameter(p)
	}
	return all
}

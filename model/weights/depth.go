package weights

import "strings"

// Depth numbers a classifier's parameters by their distance from the input, for a learning rate that
// falls from layer to layer: 0 for the embeddings, i for the i-th layer, then one number for the rest of
// the encoder (the pooler), and heads for the heads. Those are the numbers of ELECTRA's fine-tuning
// (Clark et al., 2020), which has no pooler. Of a baseline all but the heads is one layer, of an ALBERT each group of
// layers, which are the same parameters.
func Depth(c Config, name string) (depth, heads int) {
	layers := 0
	if bert, ok := c.(BertConfig); ok {
		layers = bert.StoredLayers()
		for n := range layers + 1 {
			if bert.below(name, n) {
				return n, layers + 2
			}
		}
	}
	if strings.HasPrefix(name, HeadsPrefix) {
		return layers + 2, layers + 2
	}
	return layers + 1, layers + 2
}

package config

import (
	"fmt"
	"strconv"

	"ringmaster/shown"
)

// Freeze says how much of an encoder keeps its weights in fine-tuning: FreezeEmbeddings, a
// number N for the embeddings and the first N layers, FreezeEncoder, or nothing where empty.
type Freeze string

// The values of Freeze that are no number.
const (
	FreezeEmbeddings Freeze = "embeddings" // word, position and type embeddings, and their normalisation
	FreezeEncoder    Freeze = "encoder"    // everything but the heads
)

// maxLayers is far more layers than an encoder has.
const maxLayers = 1000

// Layers is how many layers are frozen besides the embeddings; any is false where nothing is
// frozen. FreezeEncoder has -1.
func (f Freeze) Layers() (n int, any bool, err error) {
	switch f {
	case "":
		return 0, false, nil
	case FreezeEmbeddings:
		return 0, true, nil
	case FreezeEncoder:
		return -1, true, nil
	}
	n, err = strconv.Atoi(string(f))
	if err != nil || n < 1 || n > maxLayers {
		return 0, false, fmt.Errorf("%s is not embeddings, a number of layers from 1, or encoder (leave it out to train everything)", shown.Quote(string(f)))
	}
	return n, true, nil
}

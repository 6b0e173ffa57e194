package weights

import "ringmaster/config"

// Config describes an encoder, as a folder's config.json does. There are two kinds:
// [BertConfig], for all encoders of transformers, and [BaselineConfig].
type Config interface {
	// Describe says in a line what the encoder is.
	Describe() string
	// Sizes are the sizes of the encoder's inputs and outputs.
	Sizes() Sizes
	// Head says how a classification head on this encoder is initialised and trained.
	Head() HeadRules
	// Tensors lists the encoder's tensors by canonical name, in the order of the forward
	// pass. The first is the matrix of word embeddings, a row a token id.
	Tensors() []TensorSpec

	// problems are the reasons why the encoder cannot be computed, a line each, and their
	// kind: ErrUnsupported or ErrConfig.
	problems() (lines []string, kind error)
	// canonical gives the name that a tensor of a file has here; false for one of no use.
	canonical(name string) (string, bool)
	// inFile is the name that a file has for a canonical name, shown that of messages.
	inFile(name string) string
	shown(name string) string
	// written is the content of config.json, for a folder whose target head has these
	// classes; nil for one without heads.
	written(classes []string, kind config.Kind) any
	// tokenizerFiles are what belongs to the folder's tokenizer, the vocabulary first. Any may be absent, not all.
	tokenizerFiles() []string
}

// Sizes are an encoder's sizes.
type Sizes struct {
	Vocabulary  int // token ids, and rows of the word embeddings
	WordWidth   int // elements of a word's row
	Features    int // what a head sees of a text
	LongestText int // in tokens; 0: any length
	PadID       int // fills up a batch's shorter texts
}

// HeadRules say how a classification head is initialised and trained.
type HeadRules struct {
	Dropout float64 // probability, before the head
	Init    float64 // standard deviation of a fresh head's weights
	// NormLimit is the max-norm constraint: it bounds the Euclidean norm of each class's weight
	// vector after an update; 0 sets no bound.
	NormLimit float64
}

// TensorSpec is the name and the shape of a tensor.
type TensorSpec struct {
	Name  string
	Shape []int64
}

package weights

import (
	"fmt"
	"slices"
	"strings"

	"ringmaster/config"
)

// Arch is the kind of a baseline system.
type Arch string

// The baseline systems, by their names in a run file.
const (
	CNN      Arch = "cnn"      // Kim, "Convolutional Neural Networks for Sentence Classification", 2014
	LSTM     Arch = "lstm"     // the last state of an LSTM
	BiLSTM   Arch = "bilstm"   // the last states of two, one from each end
	ConvLSTM Arch = "convlstm" // a convolution feeding an LSTM: C-LSTM (Zhou et al., 2015)
)

// baselinePrefix stands before an Arch in config.json's model_type.
const baselinePrefix = "ringmaster-"

// The sizes of the systems in Hosseini & Caragea's comparison.
const (
	cnnMaps       = 100
	lstmSize      = 128
	convlstmSpan  = 3
	headDropout   = 0.5
	headNormLimit = 3
	headInit      = 0.02
)

// BaselineConfig describes a baseline system: an encoder over whole words that is trained
// from its word vectors up. It is config.json of such a folder.
type BaselineConfig struct {
	ModelType     string `json:"model_type"` // baselinePrefix and an Arch
	VocabSize     int    `json:"vocab_size"`
	EmbeddingSize int    `json:"embedding_size"`
	// Windows are how many words each of the convolutions sees at a time, Maps how many
	// features each of them computes.
	Windows []int `json:"windows,omitempty"`
	Maps    int   `json:"maps,omitempty"`
	// HiddenSize is an LSTM's, in one direction.
	HiddenSize int `json:"hidden_size,omitempty"`

	Dropout          float64 `json:"dropout"` // before a head
	HeadNormLimit    float64 `json:"head_norm_limit,omitempty"`
	InitializerRange float64 `json:"initializer_range"` // of fresh heads
	// Vectors says where the word vectors came from.
	Vectors string `json:"vectors,omitempty"`
}

// NewBaseline is a system of the paper's size for a vocabulary and a width of word vectors.
func NewBaseline(arch Arch, vocabulary, width int) BaselineConfig {
	c := BaselineConfig{
		ModelType: baselinePrefix + string(arch), VocabSize: vocabulary, EmbeddingSize: width,
		Dropout: headDropout, InitializerRange: headInit,
	}
	switch arch {
	case CNN:
		c.Windows, c.Maps, c.HeadNormLimit = []int{3, 4, 5}, cnnMaps, headNormLimit
	case ConvLSTM:
		// C-LSTM has as many feature maps as its LSTM has units.
		c.Windows, c.Maps, c.HiddenSize = []int{convlstmSpan}, lstmSize, lstmSize
	default:
		c.HiddenSize = lstmSize
	}
	return c
}

// Arch is the system's kind.
func (c BaselineConfig) Arch() Arch { return Arch(strings.TrimPrefix(c.ModelType, baselinePrefix)) }

// Directions are the LSTMs of the system, by the end of the text they come from.
func (c BaselineConfig) Directions() []string {
	switch c.Arch() {
	case LSTM, ConvLSTM:
		return []string{"forward"}
	case BiLSTM:
		return []string{"forward", "backward"}
	}
	return nil
}

// convolves says whether the system begins with convolutions.
func (c BaselineConfig) convolves() bool { return c.Arch() == CNN || c.Arch() == ConvLSTM }

// Describe describes the encoder in a line.
func (c BaselineConfig) Describe() string {
	parts := []string{string(c.Arch()) + " baseline"}
	if c.convolves() {
		parts = append(parts, fmt.Sprintf("windows %s of %d maps", strings.Trim(fmt.Sprint(c.Windows), "[]"), c.Maps))
	}
	if len(c.Directions()) > 0 {
		parts = append(parts, fmt.Sprintf("%d hidden units", c.HiddenSize))
	}
	parts = append(parts, fmt.Sprintf("%d words of width %d", c.VocabSize, c.EmbeddingSize))
	if c.Vectors != "" {
		parts = append(parts, "vectors "+c.Vectors)
	}
	return strings.Join(parts, ", ")
}

// Sizes are the encoder's sizes.
func (c BaselineConfig) Sizes() Sizes {
	features := len(c.Directions()) * c.HiddenSize
	if c.Arch() == CNN {
		features = len(c.Windows) * c.Maps
	}
	return Sizes{Vocabulary: c.VocabSize, WordWidth: c.EmbeddingSize, Features: features}
}

// Head says how a head on the encoder is initialised and trained.
func (c BaselineConfig) Head() HeadRules {
	return HeadRules{Dropout: c.Dropout, Init: c.InitializerRange, NormLimit: c.HeadNormLimit}
}

// WordVectors is the name of the matrix of word embeddings; Convolution and Recurrence begin
// the names of a convolution's and of an LSTM's tensors.
const WordVectors = "words.weight"

// Convolution begins the names of the tensors of the convolution with a window.
func Convolution(window int) string { return fmt.Sprintf("convolution.%d", window) }

// Recurrence begins the names of the tensors of an LSTM.
func Recurrence(direction string) string { return "lstm." + direction }

// Tensors lists the encoder's tensors: word vectors; of each convolution the weight
// [maps, words' width, window] and the bias; of each LSTM, as PyTorch has them, the weight
// [4·hidden, input] and bias of its input and of its own last state, gates in the order
// input, forget, cell, output.
func (c BaselineConfig) Tensors() []TensorSpec {
	words, maps, hidden := int64(c.EmbeddingSize), int64(c.Maps), int64(c.HiddenSize)
	var all []TensorSpec
	add := func(name string, shape ...int64) { all = append(all, TensorSpec{name, shape}) }
	add(WordVectors, int64(c.VocabSize), words)
	input := words
	if c.convolves() {
		for _, window := range c.Windows {
			add(Convolution(window)+".weight", maps, words, int64(window))
			add(Convolution(window)+".bias", maps)
		}
		input = maps
	}
	for _, direction := range c.Directions() {
		name := Recurrence(direction)
		add(name+".input.weight", 4*hidden, input)
		add(name+".input.bias", 4*hidden)
		add(name+".recurrent.weight", 4*hidden, hidden)
		add(name+".recurrent.bias", 4*hidden)
	}
	return all
}

func (c BaselineConfig) canonical(name string) (string, bool) { return name, true }

func (c BaselineConfig) inFile(name string) string { return name }

func (c BaselineConfig) shown(name string) string { return name }

func (c BaselineConfig) written([]string, config.Kind) any { return c }

func (c BaselineConfig) tokenizerFiles() []string { return []string{"words.txt"} }

// maxWindow bounds a convolution's window.
const maxWindow = 100

func (c BaselineConfig) problems() (lines []string, kind error) {
	if !slices.Contains([]Arch{CNN, LSTM, BiLSTM, ConvLSTM}, c.Arch()) {
		return []string{fmt.Sprintf("config.json: model_type is %q, the baselines are %[2]scnn, %[2]slstm, %[2]sbilstm, %[2]sconvlstm", c.ModelType, baselinePrefix)}, ErrUnsupported
	}
	bad := func(isBad bool, format string, args ...any) {
		if isBad {
			lines = append(lines, "config.json: "+fmt.Sprintf(format, args...))
		}
	}
	bad(c.VocabSize < 2, "vocab_size is %d, want at least 2", c.VocabSize)
	bad(c.EmbeddingSize < 1, "embedding_size is %d, want at least 1", c.EmbeddingSize)
	if c.convolves() {
		bad(c.Maps < 1, "maps is %d, want at least 1", c.Maps)
		bad(len(c.Windows) == 0, "windows is empty, want the numbers of words the convolutions see")
		for i, w := range c.Windows {
			bad(w < 1 || w > maxWindow || slices.Index(c.Windows, w) < i, "windows has %d, want different numbers from 1 to %d", w, maxWindow)
		}
	}
	if c.Arch() == ConvLSTM {
		bad(len(c.Windows) != 1 || c.Windows[0]%2 == 0, "windows is %v, want one odd number: a position of the LSTM for each word", c.Windows)
	}
	bad(len(c.Directions()) > 0 && c.HiddenSize < 1, "hidden_size is %d, want at least 1", c.HiddenSize)
	bad(!(c.Dropout >= 0 && c.Dropout < 1), "dropout is %g, want 0 or more and less than 1", c.Dropout)
	bad(!(c.HeadNormLimit >= 0), "head_norm_limit is %g, want 0 (none) or more", c.HeadNormLimit)
	return lines, ErrConfig
}

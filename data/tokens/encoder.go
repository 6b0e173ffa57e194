package tokens

import (
	"os"
	"path/filepath"
	"strings"
)

// Encoder turns texts into token ids: a BERT's [Tokenizer], or a [WordList]. It does not
// change, and may be used by many goroutines.
type Encoder interface {
	// Encode gives a text's ids, at least one and at most maxLength; 0 sets no limit.
	Encode(text string, maxLength int) ([]int32, error)
	// Truncate cuts the ids that Encode gives without a limit to those that it gives with one
	// that Encode takes.
	Truncate(ids []int32, maxLength int) []int32
	// Join makes one sequence of the ids that Encode gave for two texts without a limit.
	Join(first, second []int32, maxLength int) (Pair, error)
	// Hash identifies it: two with one hash give the same ids for every text.
	Hash() string
}

// OpenFolder opens the encoder of a model's folder: a word list where config.json names a model over whole words, or
// where there is no config.json and a word list alone; else the tokenizer of a BERT. Errors are those of [OpenWords]
// and [Open].
func OpenFolder(modelDir string) (Encoder, error) {
	config, err := readKeys(modelDir, "config.json")
	if err != nil {
		return nil, err
	}
	kind := ""
	if err := config.decode("model_type", &kind); err != nil {
		return nil, err
	}
	if strings.HasPrefix(kind, wholeWords) || config.keys == nil && isThere(modelDir, wordsFile) {
		return OpenWords(modelDir)
	}
	return Open(modelDir)
}

// wholeWords begins the model_type of this project's own models, which are over whole words.
const wholeWords = "ringmaster-"

func isThere(dir, name string) bool {
	_, err := os.Stat(filepath.Join(dir, name))
	return err == nil
}

package tokens

import (
	"os"
	"path/filepath"
)

// Encoder turns texts into token ids: a BERT's [Tokenizer], or a [WordList]. It does not
// change, and may be used by many goroutines.
type Encoder interface {
	// Encode gives a text's ids, at least one and at most maxLength; 0 sets no limit.
	Encode(text string, maxLength int) ([]int32, error)
	// Hash identifies it: two with one hash give the same ids for every text.
	Hash() string
}

// OpenFolder opens the encoder of a model's folder: a word list where there is one, else
// the tokenizer of a BERT. Errors are those of [OpenWords] and [Open].
func OpenFolder(modelDir string) (Encoder, error) {
	if _, err := os.Stat(filepath.Join(modelDir, wordsFile)); err == nil {
		return OpenWords(modelDir)
	}
	return Open(modelDir)
}

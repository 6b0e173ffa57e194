package tokens

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
)

// Fits makes sure that a model has a row for every id it is given: rows is its vocab_size, padID its pad_token_id.
// dir is the folder that the error names, of kind [ErrMisfit].
func Fits(e Encoder, dir string, rows, padID int) error {
	if padID < 0 || padID >= rows {
		return fmt.Errorf("%w: %s: config.json has pad_token_id %d, but vocab_size is %d: correct pad_token_id",
			ErrMisfit, dir, padID, rows)
	}
	switch e := e.(type) {
	case *Tokenizer:
		return e.fits(dir, rows)
	case *WordList:
		if n := len(e.words); n > rows {
			return fmt.Errorf("%w: %s: %s has %d words, but config.json's vocab_size is %d: give the folder the vocabulary that its model was trained with",
				ErrMisfit, dir, wordsFile, n, rows)
		}
	}
	return nil
}

func (t *Tokenizer) fits(dir string, rows int) error {
	for _, id := range slices.Sorted(maps.Keys(t.added.tokens)) {
		token := t.added.tokens[id]
		if _, piece := t.pieces[token.Content]; !piece && int(id) >= rows {
			return fmt.Errorf("%w: %s: the added token %q has the id %d, but config.json's vocab_size is %d: resize the model's embeddings, or leave the token out (a special token with null in tokenizer_config.json)",
				ErrMisfit, dir, token.Content, id, rows)
		}
	}
	if t.size > rows {
		return fmt.Errorf("%w: %s: %s has ids up to %d, but config.json's vocab_size is %d: give the folder the vocabulary that its model was trained with",
			ErrMisfit, dir, filepath.Base(t.source), t.size-1, rows)
	}
	return nil
}

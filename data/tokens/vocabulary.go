package tokens

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"

	"ringmaster/inputfile"
)

// largestFile bounds a tokenizer's file: a thousand times that of a BERT.
const largestFile = 1 << 30

// readVocabulary reads vocab.txt: a piece a line; the line's number, from 0, is the id. A piece that stands twice has
// its last id, as in transformers. Lines that versions of transformers read differently are refused.
func readVocabulary(path string) (map[string]int, error) {
	content, err := inputfile.Read(path, largestFile)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: give a model folder with BERT's vocab.txt or tokenizer.json: %w", ErrNoVocabulary, path, err)
	}
	if !utf8.Valid(content) {
		return nil, fmt.Errorf("%w: %s is not UTF-8", ErrNoVocabulary, path)
	}
	if strings.HasPrefix(string(content), "\ufeff") {
		return nil, fmt.Errorf("%w: %s begins with a byte order mark, which would be a part of the first piece: save it without", ErrUnsupported, path)
	}
	lines := strings.Split(strings.TrimSuffix(string(content), "\n"), "\n")
	vocabulary := make(map[string]int, len(lines))
	for id, line := range lines {
		piece := strings.TrimRightFunc(strings.TrimSuffix(line, "\r"), unicode.IsSpace)
		// Transformers 5 takes white space off a piece's end, 4 keeps it. White space alone is found in no text by either.
		if kept := strings.TrimSuffix(line, "\r"); strings.Contains(kept, "\r") || piece != "" && piece != kept {
			return nil, fmt.Errorf("%w: %s: line %d is %q: a piece must not end in white space or contain a carriage return", ErrUnsupported, path, id+1, line)
		}
		vocabulary[piece] = id
	}
	return vocabulary, nil
}

// sameVocabulary compares vocab.txt, where it is there, with the vocabulary of tokenizer.json: transformers reads
// tokenizer.json, other programs vocab.txt.
func sameVocabulary(jsonPath string, vocabulary map[string]int, textPath string) error {
	if _, err := os.Stat(textPath); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	text, err := readVocabulary(textPath)
	if err != nil {
		return err
	}
	if len(vocabulary) != len(text) {
		return fmt.Errorf("%w: %s has %d pieces, %s has %d: they must be one vocabulary; delete the one that the model was not trained with",
			ErrUnsupported, jsonPath, len(vocabulary), filepath.Base(textPath), len(text))
	}
	other, first := "", -1
	for piece, id := range vocabulary {
		if got, known := text[piece]; (!known || got != id) && (first < 0 || id < first) {
			other, first = piece, id
		}
	}
	if first < 0 {
		return nil
	}
	return fmt.Errorf("%w: %s gives %q the id %d, %s does not: they must be one vocabulary; delete the one that the model was not trained with",
		ErrUnsupported, jsonPath, other, first, filepath.Base(textPath))
}

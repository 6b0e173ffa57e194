package tokens

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"path/filepath"
	"sort"
	"strings"
	"unicode/utf8"

	"ringmaster/data/words"
	"ringmaster/durable"
	"ringmaster/inputfile"
)

// wordsFile is a word list in a model's folder: a word a line, the line's number from 0
// is its id.
const wordsFile = "words.txt"

// The first lines of a word list. No word of a text is written so.
const (
	PadWord     = "<pad>" // fills up a batch's shorter texts
	UnknownWord = "<unk>" // stands for every word that is not in the list
)

const unknownID = 1

// wordAlgorithm is part of a WordList's hash: raise it when the ids of any text change.
const wordAlgorithm = "words 1"

// WordList is the vocabulary of a model over whole words. A text's words are those of
// package data/words, folded (small letters, one kind of apostrophe): word vectors are
// commonly made of such text, and the corpora are too small to learn two vectors for
// "Sorry" and "sorry".
type WordList struct {
	words []string // by id
	ids   map[string]int32
	hash  string
}

// CollectWords makes the list of all words of texts, the commonest first, equally common
// ones by their bytes. It depends on the words and their numbers alone, not on the order
// of the texts.
func CollectWords(texts []string) *WordList {
	counts := map[string]int{}
	for _, text := range texts {
		for _, word := range words.Of(text) {
			counts[words.Fold(word)]++
		}
	}
	list := make([]string, 0, len(counts))
	for word := range counts {
		list = append(list, word)
	}
	sort.Slice(list, func(a, b int) bool {
		if counts[list[a]] != counts[list[b]] {
			return counts[list[a]] > counts[list[b]]
		}
		return list[a] < list[b]
	})
	return newWordList(append([]string{PadWord, UnknownWord}, list...))
}

func newWordList(list []string) *WordList {
	w := &WordList{words: list, ids: make(map[string]int32, len(list))}
	sum := sha256.New()
	fmt.Fprintln(sum, wordAlgorithm)
	for id, word := range list {
		w.ids[word] = int32(id)
		fmt.Fprintln(sum, word)
	}
	w.hash = hex.EncodeToString(sum.Sum(nil))
	return w
}

// OpenWords reads the word list of a model's folder. Errors: [ErrNoVocabulary],
// [ErrBadConfig].
func OpenWords(modelDir string) (*WordList, error) {
	path := filepath.Join(modelDir, wordsFile)
	content, err := inputfile.Read(path, largestFile)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrNoVocabulary, path, err)
	}
	if !utf8.Valid(content) {
		return nil, fmt.Errorf("%w: %s is not UTF-8", ErrBadConfig, path)
	}
	list := strings.Split(strings.TrimSuffix(string(content), "\n"), "\n")
	if len(list) < 2 || list[0] != PadWord || list[1] != UnknownWord {
		return nil, fmt.Errorf("%w: %s does not begin with %s and %s", ErrBadConfig, path, PadWord, UnknownWord)
	}
	line := map[string]int{}
	for i, word := range list {
		switch first, twice := line[word]; {
		case twice:
			return nil, fmt.Errorf("%w: %s has the word %q twice, in lines %d and %d", ErrBadConfig, path, word, first, i+1)
		case word == "" || strings.TrimSpace(word) != word || words.Fold(word) != word:
			return nil, fmt.Errorf("%w: %s: line %d is %q, which is found in no text: words are in small letters and without white space around them",
				ErrBadConfig, path, i+1, word)
		}
		line[word] = i + 1
	}
	return newWordList(list), nil
}

// Write writes the list into a folder, whole or not at all.
func (w *WordList) Write(dir string) error {
	return durable.CreateFile(filepath.Join(dir, wordsFile), func(to io.Writer) error {
		_, err := io.WriteString(to, strings.Join(w.words, "\n")+"\n")
		return err
	})
}

// Words lists the words by id, [PadWord] and [UnknownWord] the first.
func (w *WordList) Words() []string { return w.words }

// Hash identifies the list.
func (w *WordList) Hash() string { return w.hash }

// Encode gives the ids of a text's words, the first maxLength of them. A text without
// words is one unknown word.
func (w *WordList) Encode(text string, maxLength int) ([]int32, error) {
	if maxLength < 0 {
		return nil, fmt.Errorf("%w: %d (0 means no limit)", ErrMaxLength, maxLength)
	}
	all := words.Of(text)
	if maxLength > 0 && len(all) > maxLength {
		all = all[:maxLength]
	}
	if len(all) == 0 {
		return []int32{unknownID}, nil
	}
	ids := make([]int32, len(all))
	for i, word := range all {
		id, known := w.ids[words.Fold(word)]
		if !known {
			id = unknownID
		}
		ids[i] = id
	}
	return ids, nil
}

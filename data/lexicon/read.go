package lexicon

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"ringmaster/data/textfile"
	"ringmaster/data/words"
	"ringmaster/shown"
)

// Entry is a word and its rating.
type Entry struct {
	Word   string  `json:"word"` // folded; several words have one space between
	Rating float64 `json:"rating"`
}

// Lexicon is a list of rated words.
type Lexicon struct {
	// Entries have the highest rating first, of equals the alphabetically first.
	Entries []Entry
	// Wordless counts entries without letter or digit, and Repeated those that stood
	// already: neither is among Entries.
	Wordless, Repeated int
}

// Read reads a lexicon: a file, compressed or not, or a list of the program by its name (Lists).
// The error is the file system's, inputfile's or textfile's, or an ErrLexicon with file and line.
func Read(path string) (*Lexicon, error) {
	if list, known := lists[path]; known {
		return parse(bufio.NewReader(bytes.NewReader(list)), path)
	}
	file, err := textfile.Open(path, path)
	if err != nil {
		return nil, err
	}
	defer file.Close() // opened for reading only
	return parse(file.Reader, path)
}

// parse reads a lexicon's text; path names it in errors.
func parse(text *bufio.Reader, path string) (*Lexicon, error) {
	records := csv.NewReader(text)
	records.FieldsPerRecord = 2
	l := &Lexicon{}
	ratings := map[string]float64{}
	for {
		record, err := records.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		var broken *csv.ParseError
		if errors.As(err, &broken) {
			return nil, fmt.Errorf("%w: %s:%d: %w (a lexicon has two fields per line, word and rating, quoted as CSV)", ErrLexicon, path, broken.StartLine, broken.Err)
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrLexicon, err)
		}
		line, _ := records.FieldPos(0)
		rating, err := strconv.ParseFloat(strings.TrimSpace(record[1]), 64)
		if err != nil || math.IsNaN(rating) || math.IsInf(rating, 0) {
			return nil, fmt.Errorf("%w: %s:%d: the rating %s is not a number (a lexicon has no header)", ErrLexicon, path, line, shown.Quote(record[1]))
		}
		if !utf8.ValidString(record[0]) {
			return nil, fmt.Errorf("%w: %s:%d: the word %s is not UTF-8: save the lexicon as UTF-8", ErrLexicon, path, line, shown.Quote(record[0]))
		}
		l.add(ratings, record[0], rating)
	}
	if len(ratings) == 0 {
		return nil, fmt.Errorf("%w: %s has no word", ErrLexicon, path)
	}
	for word, rating := range ratings {
		l.Entries = append(l.Entries, Entry{word, rating})
	}
	slices.SortFunc(l.Entries, func(a, b Entry) int {
		return cmp.Or(cmp.Compare(b.Rating, a.Rating), cmp.Compare(a.Word, b.Word))
	})
	return l, nil
}

func (l *Lexicon) add(ratings map[string]float64, text string, rating float64) {
	word := normal(text)
	before, met := ratings[word]
	switch {
	case word == "":
		l.Wordless++
		return
	case met:
		l.Repeated++
		rating = max(rating, before)
	}
	ratings[word] = rating
}

// normal is the folded words of an entry with one space between; empty if it has none.
func normal(text string) string {
	return words.Fold(strings.Join(words.Of(text), " "))
}

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
	"os"
	"slices"
	"strconv"
	"strings"

	"ringmaster/data/words"
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

// Read reads a lexicon: a file, or a list of the program by its name (Lists). The error is the
// file system's or an ErrLexicon with file and line.
func Read(path string) (*Lexicon, error) {
	if list, known := lists[path]; known {
		return parse(bytes.NewReader(list), path)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return parse(file, path)
}

// parse reads a lexicon's text; path names it in errors.
func parse(from io.Reader, path string) (*Lexicon, error) {
	text := bufio.NewReader(from)
	if mark, _ := text.Peek(3); string(mark) == "\xef\xbb\xbf" {
		text.Discard(3) // these bytes are buffered
	}
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
			return nil, fmt.Errorf("%w: %s:%d: %w (a lexicon has two fields a line, word and rating, quoted as CSV)", ErrLexicon, path, broken.StartLine, broken.Err)
		}
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", path, err)
		}
		line, _ := records.FieldPos(0)
		rating, err := strconv.ParseFloat(strings.TrimSpace(record[1]), 64)
		if err != nil || math.IsNaN(rating) || math.IsInf(rating, 0) {
			return nil, fmt.Errorf("%w: %s:%d: the rating %q is no number (a lexicon has no header)", ErrLexicon, path, line, record[1])
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

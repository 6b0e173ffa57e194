package vectors

import (
	"crypto/sha256"
	"encoding/binary"
	"io"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
)

// Table holds the vectors of some words.
type Table struct {
	Dim  int
	rows map[string][]float32
}

// Len is the number of words with a vector.
func (t *Table) Len() int { return len(t.rows) }

// Vector is a word's vector; nil where it has none.
func (t *Table) Vector(word string) []float32 { return t.rows[word] }

// Write writes the table in GloVe's text format, words by their bytes; [Read] reads back
// the same numbers.
func (t *Table) Write(to io.Writer) error {
	var line []byte
	for _, word := range slices.Sorted(maps.Keys(t.rows)) {
		line = append(line[:0], word...)
		for _, x := range t.rows[word] {
			line = strconv.AppendFloat(append(line, ' '), float64(x), 'g', -1, 32)
		}
		if _, err := to.Write(append(line, '\n')); err != nil {
			return err
		}
	}
	return nil
}

// defaultSpread bounds the random vectors where no word has one to be like.
const defaultSpread = 0.25

// Matrix is a row for each word, one after another: its vector, or a random one of the
// same spread that depends on the seed and the word alone. Words in zero that have no
// vector stay zero.
func (t *Table) Matrix(words []string, seed uint64, zero ...string) []float32 {
	matrix := make([]float32, len(words)*t.Dim)
	spread := t.spread(words)
	for i, word := range words {
		row := matrix[i*t.Dim : (i+1)*t.Dim]
		switch vector := t.rows[word]; {
		case vector != nil:
			copy(row, vector)
		case !slices.Contains(zero, word):
			randomRow(row, seed, word, spread)
		}
	}
	return matrix
}

// spread is the bound of a uniform distribution with the standard deviation of the words'
// vectors.
func (t *Table) spread(words []string) float64 {
	n, sum, squares := 0, 0.0, 0.0
	for _, word := range words {
		for _, x := range t.rows[word] {
			n++
			sum += float64(x)
			squares += float64(x) * float64(x)
		}
	}
	if n < 2 {
		return defaultSpread
	}
	mean := sum / float64(n)
	return math.Sqrt(3 * max(0, squares/float64(n)-mean*mean))
}

func randomRow(row []float32, seed uint64, word string, spread float64) {
	key := sha256.Sum256(append(binary.LittleEndian.AppendUint64([]byte("word vector\x00"), seed), word...))
	random := rand.New(rand.NewChaCha8(key))
	for i := range row {
		row[i] = float32((2*random.Float64() - 1) * spread)
	}
}

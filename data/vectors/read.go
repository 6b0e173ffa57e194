package vectors

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"ringmaster/data/textfile"
	"ringmaster/data/words"
	"ringmaster/shown"
)

// maxLine bounds a line of a file of vectors: some thousands of numbers.
const maxLine = 1 << 20

// looks is how many lines are read between looks at the context.
const looks = 1 << 12

// Read reads the vectors of the words wanted from a file in GloVe's text format, compressed
// or not. dim is
// their dimension; 0 takes the file's. A word that the file has in other letters only
// ("Paris" for paris) has the first of those. All lines are checked. Errors: [ErrFile] and
// [ErrDim], with the line.
func Read(ctx context.Context, path string, wanted []string, dim int) (*Table, error) {
	file, err := textfile.Open(path, path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFile, err)
	}
	defer file.Close() // opened for reading only
	r := reader{path: path, dim: dim, exact: map[string][]float32{}, folded: map[string][]float32{}, wanted: map[string]bool{}}
	for _, word := range wanted {
		r.wanted[word] = true
	}
	if err := r.read(ctx, file); err != nil {
		return nil, err
	}
	for word, vector := range r.folded {
		if r.exact[word] == nil {
			r.exact[word] = vector
		}
	}
	return &Table{Dim: r.dim, rows: r.exact}, nil
}

// reader reads one file.
type reader struct {
	path   string
	dim    int // 0 until it is known
	wanted map[string]bool
	exact  map[string][]float32
	folded map[string][]float32 // of words that stand otherwise in the file
	line   int
	any    bool // whether there was a vector
}

func (r *reader) fail(kind error, format string, args ...any) error {
	return fmt.Errorf("%w: %s:%d: %s", kind, r.path, r.line, fmt.Sprintf(format, args...))
}

func (r *reader) read(ctx context.Context, from io.Reader) error {
	lines := bufio.NewScanner(from)
	lines.Buffer(make([]byte, 1<<16), maxLine)
	for lines.Scan() {
		r.line++
		if r.line%looks == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if err := r.take(lines.Text()); err != nil {
			return err
		}
	}
	r.line++
	if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return r.fail(ErrFile, "a line of more than %d bytes: is it text?", maxLine)
	} else if err != nil {
		return fmt.Errorf("%w: %w", ErrFile, err)
	}
	if !r.any {
		return fmt.Errorf("%w: %s has no vectors", ErrFile, r.path)
	}
	return nil
}

// take reads a line.
func (r *reader) take(line string) error {
	// GloVe puts single spaces, fastText one at the line's end too.
	fields := strings.Split(strings.TrimRight(line, " \r"), " ")
	if r.line == 1 && isHeader(fields) {
		return nil
	}
	if len(fields) < 2 {
		return r.fail(ErrFile, "a word and its numbers are expected, found %s", shown.Quote(line))
	}
	if r.dim == 0 {
		r.dim = len(fields) - 1
	}
	// The last dim fields are numbers; what stands before them is the word.
	of := len(fields) - r.dim
	switch has := len(fields) - 1; {
	case of == 1 || of > 1 && !isNumber(fields[1]):
	case !r.any:
		return r.fail(ErrDim, "the vector of %s has %d numbers, model.dim is %d: change one of them", shown.Quote(fields[0]), has, r.dim)
	default:
		return r.fail(ErrFile, "the vector of %s has %d numbers, those before it have %d", shown.Quote(fields[0]), has, r.dim)
	}
	word := strings.Join(fields[:of], " ")
	vector := make([]float32, r.dim)
	for i, field := range fields[of:] {
		x, err := strconv.ParseFloat(field, 32)
		if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
			return r.fail(ErrFile, "%s, number %d of the vector of %s, is not a finite number (each line is a word and %d numbers)", shown.Quote(field), i+1, shown.Quote(word), r.dim)
		}
		vector[i] = float32(x)
	}
	r.any = true
	r.keep(word, vector)
	return nil
}

// keep takes the vector of a word that is wanted; the first of two counts.
func (r *reader) keep(word string, vector []float32) {
	if r.wanted[word] {
		if r.exact[word] == nil {
			r.exact[word] = vector
		}
		return
	}
	if folded := words.Fold(word); r.wanted[folded] && r.folded[folded] == nil {
		r.folded[folded] = vector
	}
}

func isNumber(field string) bool {
	_, err := strconv.ParseFloat(field, 32)
	return err == nil
}

// isHeader says whether a first line is "words numbers".
func isHeader(fields []string) bool {
	if len(fields) != 2 {
		return false
	}
	_, err := strconv.ParseUint(fields[0], 10, 63)
	_, err2 := strconv.ParseUint(fields[1], 10, 31)
	return err == nil && err2 == nil
}

package directory

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
)

// TeacherStore keeps teachers' logits, so that each is computed once. Several runs may
// share one directory; by default each has its own (Layout.Teachers). Two runs that add
// to the same teacher at the same time do not harm each other: the later Save wins, and
// what the other had added is computed again by whoever needs it.
type TeacherStore struct{ dir string }

// OpenTeacherStore keeps logits in dir, which is made when it is first needed.
func OpenTeacherStore(dir string) *TeacherStore { return &TeacherStore{dir: dir} }

// TeacherKey is everything that logits depend on besides the text: with one of these
// changed, none of the stored logits are found.
type TeacherKey struct {
	Weights   string `json:"weights"`    // content hash of the teacher's weights, its head included
	Tokenizer string `json:"tokenizer"`  // identity of the tokenizer
	MaxLength int    `json:"max_length"` // in ids; 0 is no limit
	Classes   int    `json:"classes"`    // logits per text
}

// file is the name that holds the key's logits.
func (k TeacherKey) file() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %d %d", k.Weights, k.Tokenizer, k.MaxLength, k.Classes))
	return hex.EncodeToString(sum[:16]) + ".logits"
}

// RowKey is the content hash of a text. Logits are kept by it, so a row that moves, or
// stands in two corpora, keeps its logits, and a row whose text changes has none.
type RowKey [16]byte

// RowKeyOf hashes a text as the teacher sees it: cleaned, not yet tokenised.
func RowKeyOf(text string) RowKey {
	sum := sha256.Sum256([]byte(text))
	return RowKey(sum[:16])
}

// TeacherLogits are one teacher's logits, in memory and in a file. Add keeps in memory;
// Save writes. It is for one goroutine.
type TeacherLogits struct {
	key    TeacherKey
	path   string
	index  map[RowKey]int // position in rows
	rows   []RowKey
	values []float32 // len(rows) × key.Classes
	saved  int       // rows that are in the file
	damage error
}

// Open reads what is stored for a teacher; nothing stored is an empty set. A stored file
// that is damaged is not an error: the set is empty, Damage says why, and the next Save
// replaces the file.
func (s *TeacherStore) Open(key TeacherKey) (*TeacherLogits, error) {
	if key.Classes < 1 {
		return nil, fmt.Errorf("teacher logits with %d classes: %w", key.Classes, ErrShape)
	}
	l := &TeacherLogits{key: key, path: filepath.Join(s.dir, key.file()), index: map[RowKey]int{}}
	f, err := os.Open(l.path)
	if errors.Is(err, fs.ErrNotExist) {
		return l, nil
	}
	if err != nil {
		return nil, fmt.Errorf("run directory: %w", err)
	}
	defer f.Close()
	rows, values, err := readLogits(f, key)
	switch {
	case errors.Is(err, ErrDamaged):
		l.damage = fmt.Errorf("teacher logits %s: %w", l.path, err)
		return l, nil
	case err != nil:
		return nil, fmt.Errorf("%s: %w", l.path, err)
	}
	l.rows, l.values, l.saved = rows, values, len(rows)
	for i, row := range rows {
		l.index[row] = i
	}
	return l, nil
}

// Damage says that stored logits were found but cannot be used, and why (ErrDamaged);
// nil otherwise. Whoever opens them tells the person: they are computed anew.
func (l *TeacherLogits) Damage() error { return l.damage }

// Len is how many texts have logits.
func (l *TeacherLogits) Len() int { return len(l.rows) }

// Path is the file that holds them.
func (l *TeacherLogits) Path() string { return l.path }

// Missing is the positions in rows whose logits are still to be computed, ascending. Of
// rows with the same text only the first is named.
func (l *TeacherLogits) Missing(rows []RowKey) []int {
	var missing []int
	seen := map[RowKey]bool{}
	for i, row := range rows {
		if _, have := l.index[row]; have || seen[row] {
			continue
		}
		seen[row] = true
		missing = append(missing, i)
	}
	return missing
}

// Get is a text's logits, one a class. The slice is the store's own: do not change it.
func (l *TeacherLogits) Get(row RowKey) ([]float32, bool) {
	i, ok := l.index[row]
	if !ok {
		return nil, false
	}
	return l.at(i), true
}

func (l *TeacherLogits) at(i int) []float32 {
	n := l.key.Classes
	return l.values[i*n : (i+1)*n : (i+1)*n]
}

// Add keeps logits[i] for rows[i]. A text that has logits already keeps those. It adds
// all or, with ErrShape or ErrNotFinite, none.
func (l *TeacherLogits) Add(rows []RowKey, logits [][]float32) error {
	if len(rows) != len(logits) {
		return fmt.Errorf("%d texts, %d rows of logits: %w", len(rows), len(logits), ErrShape)
	}
	for i, row := range logits {
		if len(row) != l.key.Classes {
			return fmt.Errorf("text %d has %d logits for %d classes: %w", i, len(row), l.key.Classes, ErrShape)
		}
		if slices.ContainsFunc(row, notFinite) {
			return fmt.Errorf("text %d has logits %v: %w", i, row, ErrNotFinite)
		}
	}
	for i, row := range rows {
		if _, have := l.index[row]; have {
			continue
		}
		l.index[row] = len(l.rows)
		l.rows = append(l.rows, row)
		l.values = append(l.values, logits[i]...)
	}
	return nil
}

// Save writes the set, whole and atomically; without news it does nothing.
func (l *TeacherLogits) Save() error {
	if l.saved == len(l.rows) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(l.path), 0o755); err != nil {
		return fmt.Errorf("run directory: %w", err)
	}
	if err := writeFile(l.path, 0o644, l.write); err != nil {
		return err
	}
	l.saved = len(l.rows)
	return nil
}

// The set is written anew when it has grown by one part in growth, and by smallGrowth rows
// at least.
const (
	growth      = 32
	smallGrowth = 256
)

// SaveGrown saves the set when enough came to it since it was last saved; it is for every
// chunk of a long computation, of which a kill then costs a thirty-second part at most, or
// the time of 256 texts. Since the file grows by a share each time, all its writings
// together are about 32 times its final size: for a million texts of two classes about 0.8
// GB, over hours.
func (l *TeacherLogits) SaveGrown() error {
	if len(l.rows)-l.saved < max(smallGrowth, l.saved/growth) {
		return nil
	}
	return l.Save()
}

func notFinite(x float32) bool {
	return math.IsNaN(float64(x)) || math.IsInf(float64(x), 0)
}

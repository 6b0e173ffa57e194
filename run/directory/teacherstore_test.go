package directory_test

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringmaster/run/directory"
)

var teacher = directory.TeacherKey{Weights: "abc", Tokenizer: "def", MaxLength: 48, Classes: 2}

func TestLogitsAreComputedOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "teachers")
	texts := []string{"one", "two", "two", "three"}
	first := openLogits(t, dir, teacher)
	if diff := cmp.Diff([]int{0, 1, 3}, first.Missing(keys(texts...))); diff != "" {
		t.Errorf("missing at first (a repeated text counts once): %s", diff)
	}
	negativeZero := float32(math.Copysign(0, -1))
	add(t, first, keys("one", "two", "three"), [][]float32{{1, -1}, {negativeZero, math.SmallestNonzeroFloat32}, {3, math.MaxFloat32}})
	if err := first.Save(); err != nil {
		t.Fatal(err)
	}

	second := openLogits(t, dir, teacher)
	if missing := second.Missing(keys(texts...)); len(missing) != 0 {
		t.Errorf("a second run computes %v", missing)
	}
	got, ok := second.Get(directory.RowKeyOf("two"))
	if !ok || math.Float32bits(got[0]) != math.Float32bits(negativeZero) || got[1] != math.SmallestNonzeroFloat32 {
		t.Errorf("two has %v, %v: not the same bits", got, ok)
	}

	// A changed row computes anew, alone, wherever it stands.
	if diff := cmp.Diff([]int{2}, second.Missing(keys("three", "one", "two!", "two"))); diff != "" {
		t.Error(diff)
	}
	// So does everything once the teacher, the tokenizer or the length is another.
	for _, other := range []directory.TeacherKey{
		{Weights: "abd", Tokenizer: "def", MaxLength: 48, Classes: 2},
		{Weights: "abc", Tokenizer: "deg", MaxLength: 48, Classes: 2},
		{Weights: "abc", Tokenizer: "def", MaxLength: 47, Classes: 2},
		{Weights: "abc", Tokenizer: "def", MaxLength: 48, Classes: 3},
		{Weights: "abc\" \"d", Tokenizer: "ef", MaxLength: 48, Classes: 2},
	} {
		if n := openLogits(t, dir, other).Len(); n != 0 {
			t.Errorf("%+v finds %d rows of another teacher", other, n)
		}
	}
}

func TestAddKeepsWhatIsThere(t *testing.T) {
	l := openLogits(t, t.TempDir(), teacher)
	add(t, l, keys("a"), [][]float32{{1, 2}})
	add(t, l, keys("b", "a"), [][]float32{{3, 4}, {9, 9}})
	if got, _ := l.Get(directory.RowKeyOf("a")); !cmp.Equal(got, []float32{1, 2}) {
		t.Errorf("a has %v", got)
	}
	if l.Len() != 2 {
		t.Errorf("%d rows", l.Len())
	}
}

func TestSaveGrowsAndIsIdleWithoutNews(t *testing.T) {
	dir := t.TempDir()
	l := openLogits(t, dir, teacher)
	if err := l.Save(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(l.Path()); err == nil {
		t.Error("an empty set was written")
	}
	for i, text := range []string{"a", "b", "c"} {
		add(t, l, keys(text), [][]float32{{float32(i), 0}})
		if err := l.Save(); err != nil {
			t.Fatal(err)
		}
		if n := openLogits(t, dir, teacher).Len(); n != i+1 {
			t.Errorf("%d rows stored, want %d", n, i+1)
		}
	}
	if diff := cmp.Diff([]string{filepath.Base(l.Path())}, names(t, dir)); diff != "" {
		t.Error(diff)
	}
}

// A phase of twenty thousand texts that is killed after any chunk has lost little, and
// has not written much.
func TestSaveGrownLosesLittleAndWritesLittle(t *testing.T) {
	dir := t.TempDir()
	l := openLogits(t, dir, teacher)
	const texts, chunk = 20_000, 64
	written, size := int64(0), int64(0)
	var before os.FileInfo
	for from := 0; from < texts; from += chunk {
		var names []string
		var logits [][]float32
		for i := from; i < min(from+chunk, texts); i++ {
			names, logits = append(names, fmt.Sprint(i)), append(logits, []float32{float32(i), 0})
		}
		add(t, l, keys(names...), logits)
		if err := l.SaveGrown(); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(l.Path())
		if err != nil {
			if l.Len() > 256+chunk {
				t.Fatalf("%d texts and nothing saved", l.Len())
			}
			continue
		}
		if before == nil || !os.SameFile(before, info) || before.Size() != info.Size() {
			written, size, before = written+info.Size(), info.Size(), info
			stored := openLogits(t, dir, teacher)
			if stored.Len() != l.Len() {
				t.Fatalf("%d of %d stored", stored.Len(), l.Len())
			}
		}
		stored := (size - 150) / (16 + 8) // about: the header is left out
		if lost := int64(l.Len()) - stored; lost > max(256+2*chunk, stored/30+2*chunk) {
			t.Fatalf("a kill would lose %d of %d", lost, l.Len())
		}
	}
	if written > 40*size {
		t.Errorf("%d bytes written for a file of %d", written, size)
	}
}

func TestDamagedLogitsAreSaidAndComputedAnew(t *testing.T) {
	dir := t.TempDir()
	l := openLogits(t, dir, teacher)
	add(t, l, keys("a", "b"), [][]float32{{1, 2}, {3, 4}})
	if err := l.Save(); err != nil {
		t.Fatal(err)
	}
	whole := read(t, l.Path())
	for i := range len(whole) {
		harmed := []byte(whole)
		harmed[i] ^= 0x40
		for _, content := range [][]byte{harmed, []byte(whole[:i])} { // a flipped bit; a cut
			if err := os.WriteFile(l.Path(), content, 0o644); err != nil {
				t.Fatal(err)
			}
			got := openUnchecked(t, dir, teacher)
			if !errors.Is(got.Damage(), directory.ErrDamaged) || got.Len() != 0 {
				t.Fatalf("byte %d of %d: damage %v, %d rows", i, len(whole), got.Damage(), got.Len())
			}
		}
	}
	again := openUnchecked(t, dir, teacher)
	add(t, again, keys("a"), [][]float32{{1, 2}})
	if err := again.Save(); err != nil {
		t.Fatal(err)
	}
	if n := openLogits(t, dir, teacher).Len(); n != 1 {
		t.Errorf("%d rows after mending", n)
	}
}

func TestAddRefusesWrongLogits(t *testing.T) {
	l := openLogits(t, t.TempDir(), teacher)
	for name, tc := range map[string]struct {
		logits [][]float32
		want   error
	}{
		"few rows": {[][]float32{{1, 2}}, directory.ErrShape},
		"width":    {[][]float32{{1, 2}, {1, 2, 3}}, directory.ErrShape},
		"NaN":      {[][]float32{{1, 2}, {float32(math.NaN()), 0}}, directory.ErrNotFinite},
		"infinite": {[][]float32{{1, 2}, {0, float32(math.Inf(-1))}}, directory.ErrNotFinite},
	} {
		if err := l.Add(keys("a", "b"), tc.logits); !errors.Is(err, tc.want) {
			t.Errorf("%s: got %v, want %v", name, err, tc.want)
		}
	}
	if l.Len() != 0 {
		t.Error("refused logits were kept")
	}
	if _, err := directory.OpenTeacherStore(t.TempDir()).Open(directory.TeacherKey{}); !errors.Is(err, directory.ErrShape) {
		t.Errorf("no classes: %v", err)
	}
}

func keys(texts ...string) []directory.RowKey {
	var out []directory.RowKey
	for _, text := range texts {
		out = append(out, directory.RowKeyOf(text))
	}
	return out
}

func openLogits(t *testing.T, dir string, key directory.TeacherKey) *directory.TeacherLogits {
	t.Helper()
	l := openUnchecked(t, dir, key)
	if err := l.Damage(); err != nil {
		t.Fatal(err)
	}
	return l
}

func openUnchecked(t *testing.T, dir string, key directory.TeacherKey) *directory.TeacherLogits {
	t.Helper()
	l, err := directory.OpenTeacherStore(dir).Open(key)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func add(t *testing.T, l *directory.TeacherLogits, rows []directory.RowKey, logits [][]float32) {
	t.Helper()
	if err := l.Add(rows, logits); err != nil {
		t.Fatal(err)
	}
}

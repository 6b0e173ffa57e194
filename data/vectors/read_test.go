package vectors

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func file(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "vectors.txt")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestRead(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		dim  int
		want map[string][]float32
	}{
		"GloVe":                  {"the 1 -2.5\nsorry 3e-2 4\n", 0, map[string][]float32{"the": {1, -2.5}, "sorry": {0.03, 4}}},
		"dimension asked for":    {"the 1 2\n", 2, map[string][]float32{"the": {1, 2}}},
		"word2vec's first line":  {"2 2\nthe 1 2\nx 3 4\n", 0, map[string][]float32{"the": {1, 2}}},
		"no last line break":     {"the 1 2", 0, map[string][]float32{"the": {1, 2}}},
		"Windows, space at end":  {"the 1 2 \r\nsorry 1 2\r\n", 0, map[string][]float32{"the": {1, 2}, "sorry": {1, 2}}},
		"a word with spaces":     {"the 1 2\n. . . 3 4\nat name 5 6\n", 0, map[string][]float32{"the": {1, 2}}},
		"the first of two":       {"the 1 2\nthe 3 4\n", 0, map[string][]float32{"the": {1, 2}}},
		"other letters":          {"THE 1 2\nThe 3 4\nsorry 5 6\n", 0, map[string][]float32{"the": {1, 2}, "sorry": {5, 6}}},
		"own letters before":     {"THE 1 2\nthe 3 4\n", 0, map[string][]float32{"the": {3, 4}}},
		"a number is a word too": {"7 1 2\nthe 1 2\n", 0, map[string][]float32{"the": {1, 2}}},
		"one dimension":          {"the 1\n", 1, map[string][]float32{"the": {1}}},
	} {
		t.Run(name, func(t *testing.T) {
			table, err := Read(t.Context(), file(t, c.text), []string{"the", "sorry", "absent"}, c.dim)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, table.rows); diff != "" {
				t.Error(diff)
			}
			if table.Vector("absent") != nil || table.Len() != len(c.want) {
				t.Errorf("%+v", table)
			}
		})
	}
}

func TestReadRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		dim  int
		kind error
		says string
	}{
		"nothing":               {"", 0, ErrFile, "no vector"},
		"a first line only":     {"5 2\n", 0, ErrFile, "no vector"},
		"fewer than asked for":  {"the 1 2\n", 3, ErrDim, `vectors.txt:1: the vector of "the" has 2 numbers, model.dim is 3`},
		"more than asked for":   {"the 1 2 3\n", 2, ErrDim, `vectors.txt:1: the vector of "the" has 3 numbers, model.dim is 2`},
		"a line too short":      {"the 1 2\nsorry 3\n", 0, ErrFile, `vectors.txt:2: the vector of "sorry" has 1 numbers, those before it have 2`},
		"a line too long":       {"the 1 2\nsorry 3 4 5\n", 0, ErrFile, `vectors.txt:2: the vector of "sorry" has 3 numbers`},
		"no number":             {"the 1 2\nsorry 3 x\n", 0, ErrFile, `vectors.txt:2: "x", number 2 of the vector of "sorry"`},
		"NaN":                   {"the 1 NaN\n", 0, ErrFile, "not a finite number"},
		"infinity":              {"the 1 -inf\n", 0, ErrFile, "not a finite number"},
		"beyond float32":        {"the 1 1e39\n", 0, ErrFile, "not a finite number"},
		"an empty line":         {"the 1 2\n\nsorry 1 2\n", 0, ErrFile, "vectors.txt:2"},
		"an endless line":       {"the 1 2\n" + strings.Repeat("7 ", maxLine), 0, ErrFile, "vectors.txt:2: a line of more than"},
		"unwanted, still wrong": {"the 1 2\nzebra 3 ?\n", 0, ErrFile, "zebra"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Read(t.Context(), file(t, c.text), []string{"the", "sorry"}, c.dim)
			if !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want %v with %q", err, c.kind, c.says)
			}
		})
	}
	if _, err := Read(t.Context(), filepath.Join(t.TempDir(), "none"), nil, 0); !errors.Is(err, ErrFile) || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Read(cancelled, file(t, strings.Repeat("the 1 2\n", 2*looks)), nil, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// Whatever stands in a file: vectors of the one dimension, all finite, or an error of this
// package's.
// TestReadOpensTexts holds that vectors are opened as every text is: decompressed, and only
// where they are a file of text.
func TestReadOpensTexts(t *testing.T) {
	dir := t.TempDir()
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, err := w.Write([]byte("the 1 2\nsorry 3 4\n"))
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	table, err := Read(t.Context(), file(t, packed.String()), []string{"sorry"}, 0)
	if err != nil || table.Dim != 2 || len(table.rows) != 1 {
		t.Errorf("%+v, %v", table, err)
	}
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		pipe: "is a pipe, but a regular file is expected", dir: "is a directory", "/dev/zero": "is a device",
		file(t, packed.String()[:packed.Len()-9]): "cannot be decompressed", file(t, "3 2\n\x00\x00\x80\x3f\x00"): "is not a text file",
	} {
		if _, err := Read(t.Context(), path, nil, 0); !errors.Is(err, ErrFile) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", path, err, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, seed := range []string{"the 1 2\nsorry 3 4\n", "2 2\nthe 1 2\n", "a b c 1 2", "the 1e400\n", "\xff\xfe 1 2\n", " 1 2\n", "the  1 2\n", "3 1\nthe 5\n"} {
		f.Add([]byte(seed), 2)
		f.Add([]byte(seed), 0)
	}
	f.Fuzz(func(t *testing.T, text []byte, dim int) {
		if dim < 0 || dim > maxDim || len(text) > 1<<16 {
			return
		}
		r := reader{path: "fuzz", dim: dim, exact: map[string][]float32{}, folded: map[string][]float32{}, wanted: map[string]bool{"the": true, "sorry": true, "": true}}
		if err := r.read(t.Context(), bytes.NewReader(text)); err != nil {
			if !errors.Is(err, ErrFile) && !errors.Is(err, ErrDim) {
				t.Fatalf("an error of no kind: %v", err)
			}
			return
		}
		for word, vector := range r.exact {
			for _, x := range vector {
				if len(vector) != r.dim || x != x || x-x != 0 {
					t.Fatalf("%q has %v, the dimension is %d", word, vector, r.dim)
				}
			}
		}
	})
}

// A word's random vector is its own: not its place's, nor the other words'.
func TestMatrix(t *testing.T) {
	table := &Table{Dim: 3, rows: map[string][]float32{"the": {1, 2, 3}, "of": {-1, -2, -3}, "elsewhere": {100, 100, 100}}}
	row := func(m []float32, i int) string { return fmt.Sprint(m[3*i : 3*i+3]) }
	a := table.Matrix([]string{"<pad>", "the", "of", "rare", "odd"}, 7, "<pad>")
	b := table.Matrix([]string{"<pad>", "rare", "of", "the"}, 7, "<pad>")
	if row(a, 0) != "[0 0 0]" || row(a, 1) != "[1 2 3]" || row(a, 2) != "[-1 -2 -3]" {
		t.Errorf("known words: %v", a)
	}
	if row(a, 3) != row(b, 1) || row(a, 3) == row(a, 4) || row(a, 3) == "[0 0 0]" {
		t.Errorf("rare has %s and %s, odd %s", row(a, 3), row(b, 1), row(a, 4))
	}
	if c := table.Matrix([]string{"rare"}, 8, "<pad>"); row(c, 0) == row(a, 3) {
		t.Error("another seed gives the same vector")
	}
	// The spread is that of the list's own words: ±√3·2.16.
	for _, x := range a[9:] {
		if x < -3.75 || x > 3.75 {
			t.Errorf("%v is beyond the spread", x)
		}
	}
	large := make([]string, 2000)
	for i := range large {
		large[i] = fmt.Sprint("word", i)
	}
	squares := 0.0
	for _, x := range table.Matrix(append(large, "the", "of"), 7)[:6000] {
		squares += float64(x) * float64(x)
	}
	if variance := squares / 6000; variance < 4.4 || variance > 4.95 { // of 1, 2, 3 and their opposites: 14/3
		t.Errorf("variance %v, want 4.67", variance)
	}
}

package parquetfile

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// columnsOf are the columns that testdata/make_parquet.py writes.
var columnsOf = []string{"text", "label", "name", "flag", "score", "single", "big", "small", "tags", "ids", "nested.inner", "nested.other"}

// plain is a cell as JSON has it, as pyarrow wrote it down.
func plain(c Cell) any {
	var values []any
	for _, v := range c.Values {
		if v.Kind == Text {
			values = append(values, v.Text)
		} else {
			values = append(values, json.Number(v.Text))
		}
	}
	switch {
	case c.List && values == nil:
		return []any{}
	case c.List:
		return values
	case values == nil:
		return nil
	}
	return values[0]
}

// wanted reads rows.json, in which pyarrow's values stand.
func wanted(t *testing.T) []map[string]any {
	t.Helper()
	file, err := os.Open("testdata/rows.json")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	decode := json.NewDecoder(file)
	decode.UseNumber()
	var rows []map[string]any
	if err := decode.Decode(&rows); err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		nested := row["nested"].(map[string]any)
		row["nested.inner"], row["nested.other"] = nested["inner"], nested["other"]
		for name, v := range row {
			switch v := v.(type) {
			case json.Number: // 1.0 and 1 are the same number
				row[name] = json.Number(strings.TrimSuffix(v.String(), ".0"))
			case bool:
				row[name] = json.Number(map[bool]string{true: "true", false: "false"}[v])
			case nil:
				if name == "tags" { // a list that is null holds nothing
					row[name] = []any{}
				}
			}
		}
	}
	return rows
}

// TestRowsArePyarrows reads what pyarrow wrote with every codec, in pages of both
// versions, with and without dictionaries, in several groups of rows.
func TestRowsArePyarrows(t *testing.T) {
	want := wanted(t)
	files, err := filepath.Glob("testdata/*.parquet")
	if err != nil || len(files) != 7 {
		t.Fatal(files, err)
	}
	for _, path := range files {
		if strings.HasSuffix(path, "bomb.parquet") {
			continue
		}
		f, err := Open(path, filepath.Base(path))
		if err != nil {
			t.Fatal(err)
		}
		rows, err := f.Rows(columnsOf...)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for ; ; n++ {
			cells, err := rows.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: row %d: %v", path, n, err)
			}
			for i, name := range columnsOf {
				if diff := cmp.Diff(want[n][name], plain(cells[i])); diff != "" {
					t.Fatalf("%s: row %d, %s: (-pyarrow +read)\n%s", path, n, name, diff)
				}
			}
		}
		if n != len(want) {
			t.Errorf("%s: %d rows, want %d", path, n, len(want))
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestColumnsThatCannotBeTaken(t *testing.T) {
	f, err := Open("testdata/snappy.parquet", "x.parquet")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for name, want := range map[string]string{
		"essay":     `x.parquet has no column "essay": it has ["text"`,
		"nested":    `name one of ["nested.inner" "nested.other"]`,
		"nested.no": `has no column "nested.no"`,
	} {
		if _, err := f.Rows(name); !errors.Is(err, ErrColumn) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
}

func TestWhatIsNoParquetIsRefused(t *testing.T) {
	whole, err := os.ReadFile("testdata/snappy.parquet")
	if err != nil {
		t.Fatal(err)
	}
	huge := append(append([]byte{}, whole[:len(whole)-8]...), 0xff, 0xff, 0xff, 0x7f, 'P', 'A', 'R', '1')
	for name, c := range map[string]struct {
		content string
		kind    error
	}{
		"text":            {"text,label\na,0\n", ErrNotParquet},
		"empty":           {"", ErrNotParquet},
		"the mark alone":  {"PAR1", ErrDamaged},
		"encrypted":       {"PARE" + string(whole[4:]), ErrNotParquet},
		"cut short":       {string(whole[:len(whole)/2]), ErrDamaged},
		"a huge footer":   {string(huge), ErrDamaged},
		"footer of zeros": {"PAR1" + strings.Repeat("\x00", 100) + "\x40\x00\x00\x00PAR1", ErrDamaged},
	} {
		path := filepath.Join(t.TempDir(), "f")
		if err := os.WriteFile(path, []byte(c.content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(path, "f.parquet"); !errors.Is(err, c.kind) || !strings.Contains(err.Error(), "f.parquet") {
			t.Errorf("%s: %v, want %v", name, err, c.kind)
		}
	}
}

// TestExpandingIsBounded reads 2 GiB of text that stand in half a kilobyte.
func TestExpandingIsBounded(t *testing.T) {
	f, err := Open("testdata/bomb.parquet", "bomb.parquet")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	rows, err := f.Rows("text")
	for err == nil {
		_, err = rows.Next()
	}
	runtime.ReadMemStats(&after)
	if !errors.Is(err, ErrExpands) || !strings.Contains(err.Error(), "bomb.parquet") {
		t.Errorf("read to %v", err)
	}
	if took := (after.TotalAlloc - before.TotalAlloc) >> 20; took > 300 {
		t.Errorf("it took %d MiB", took)
	}
}

// TestDamageIsSaid damages single bytes, all over a file.
func TestDamageIsSaid(t *testing.T) {
	whole, err := os.ReadFile("testdata/snappy.parquet")
	if err != nil {
		t.Fatal(err)
	}
	for at := 0; at < len(whole); at += 41 {
		for _, flip := range []byte{0x01, 0x80, 0xff} {
			readDamaged(t, whole, at, flip)
		}
	}
}

// FuzzRows damages files in other ways.
func FuzzRows(f *testing.F) {
	for _, name := range []string{"snappy", "zstd", "none", "lz4"} {
		whole, err := os.ReadFile("testdata/" + name + ".parquet")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(whole, uint16(len(whole)-60), byte(0x80))
	}
	f.Fuzz(func(t *testing.T, content []byte, at uint16, flip byte) { readDamaged(t, content, int(at), flip) })
}

// readDamaged reads a file with a byte changed: whatever becomes of it, there is an end or a
// sentence, and no panic.
func readDamaged(t *testing.T, content []byte, at int, flip byte) {
	t.Helper()
	content = slices.Clone(content)
	if at < len(content) {
		content[at] ^= flip
	}
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := Open(path, "f")
	if err == nil {
		defer file.Close()
		var rows *Rows
		rows, err = file.Rows("text", "tags", "label")
		for err == nil {
			_, err = rows.Next()
		}
	}
	for _, known := range []error{io.EOF, ErrNotParquet, ErrDamaged, ErrColumn, ErrExpands} {
		if errors.Is(err, known) {
			return
		}
	}
	t.Errorf("byte %d changed by %#x: an error without a name: %v", at, flip, err)
}

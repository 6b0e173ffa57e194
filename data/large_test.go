package data_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"ringmaster/config"
	"ringmaster/data"
	"ringmaster/data/datatest"
)

// largeText is the text of a row of largeCorpus: of ten rows the ninth and the tenth say what the second does, the
// ninth of the other class, the tenth of the same.
func largeText(row int) string {
	switch row % 10 {
	case 8:
		row -= 7
	case 9:
		row -= 8
	}
	return fmt.Sprintf("text %d %s", row, strings.Repeat(string(rune('a'+row%26)), 200))
}

// heapInUse is the memory that is not garbage.
func heapInUse() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// A corpus whose texts do not stay in memory is read as a small one is: each row has its own text, duplicates go,
// conflicts are told, and texts stay in one part. What stays in memory is less than the texts.
func TestTextsOnTheDisk(t *testing.T) {
	const rows = 120_000
	dir := t.TempDir()
	t.Setenv("RINGMASTER_CACHE", t.TempDir())
	var file strings.Builder
	file.WriteString("text,label\n")
	for row := range rows {
		fmt.Fprintf(&file, "%s,%d\n", largeText(row), row%2)
	}
	if err := os.WriteFile(filepath.Join(dir, "f.csv"), []byte(file.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	file.Reset()
	d := declared(config.CSV, "f.csv")
	d.Split = config.Split{Train: 0.8, Valid: 0.1, Test: 0.1, Seed: 3}
	before := heapInUse()
	c, err := data.Load(context.Background(), dir, config.Task{Name: "task", Data: d})
	if err != nil {
		t.Fatal(err)
	}
	if held := heapInUse() - before; held > 80*rows {
		t.Errorf("%d bytes are held for %d rows, %d for each", held, rows, held/rows)
	}
	checkSum(t, c)
	if r := c.Report; r.Read != rows || r.Duplicates != rows/10 || r.Conflicts != rows/10 || r.Overlaps != 0 {
		t.Fatalf("read %d, %d duplicates, %d conflicts, %d overlaps", r.Read, r.Duplicates, r.Conflicts, r.Overlaps)
	}
	in := map[string]int{}
	for part, of := range []data.Part{c.Train, c.Valid, c.Test} {
		last := -1
		for i, e := range datatest.List(t, of) {
			if e.Text != largeText(e.Row) || e.Class != e.Row%2 || e.Row%10 == 9 || e.Row <= last {
				t.Fatalf("part %d has row %d behind row %d, of class %d: %.40q", part, e.Row, last, e.Class, e.Text)
			}
			if at, met := in[e.Text]; met && at != part {
				t.Fatalf("the text of row %d stands in the parts %d and %d", e.Row, at, part)
			}
			in[e.Text], last = part, e.Row
			if alone, err := of.At(i); err != nil || alone.Text != e.Text || of.Bare(i).Row != e.Row || c.Place(e.Row) != fmt.Sprintf("f.csv:%d", e.Row+2) {
				t.Fatalf("row %d: at %s, read alone %.40q, %v", e.Row, c.Place(e.Row), alone.Text, err)
			}
		}
	}
	if len(in) != rows*8/10 {
		t.Errorf("%d texts, want %d", len(in), rows*8/10)
	}
}

package data

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"ringmaster/config"
)

// Over all folds every kept row is tested exactly once, no group and no text stands in two parts, and without groups the
// sizes of folds differ by one text at most, in all and of each class.
func TestEveryRowIsTestedInOneFold(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		rows, classes := rapid.IntRange(20, 120).Draw(t, "rows"), rapid.IntRange(2, 4).Draw(t, "classes")
		folds := rapid.IntRange(2, 6).Draw(t, "folds")
		grouped := rapid.Bool().Draw(t, "grouped")
		var b strings.Builder
		b.WriteString("text,label,who\n")
		for i := range rows {
			fmt.Fprintf(&b, "text %d,%d,w%d\n", i, rapid.IntRange(0, classes-1).Draw(t, "class"), rapid.IntRange(0, 12).Draw(t, "who"))
		}
		if err := os.WriteFile(filepath.Join(dir, "a.csv"), []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		task := config.Task{Name: "film", Data: config.Data{
			Path: config.Files{"a.csv"}, Format: config.CSV, Text: "text", Label: "label",
			Split: config.Split{Train: 0.8, Valid: 0.1, Test: 0.1, Seed: 13, Folds: folds},
		}}
		for c := range classes {
			task.Data.Labels = append(task.Data.Labels, config.Pair{From: fmt.Sprint(c), To: fmt.Sprint("class", c)})
		}
		if grouped {
			task.Data.Split.Group = "who"
		}
		tested := map[int]int{}
		var sizes []PartSize
		for fold := 1; fold <= folds; fold++ {
			task.Data.Split.Fold = fold
			c, err := Load(context.Background(), dir, task)
			if errors.Is(err, ErrTooFewGroups) {
				t.Skip("as few groups as that")
			}
			if err != nil {
				t.Fatal(err)
			}
			if n := c.Train.Len() + c.Valid.Len() + c.Test.Len(); n != rows {
				t.Fatalf("fold %d has %d of %d rows", fold, n, rows)
			}
			in := map[string]string{}
			for name, part := range map[string]Part{"train": c.Train, "valid": c.Valid, "test": c.Test} {
				for _, e := range listOf(t, part) {
					if e.Group != "" && in[e.Group] != "" && in[e.Group] != name {
						t.Fatalf("group %s is in two parts", e.Group)
					}
					in[e.Group] = name
				}
			}
			for _, e := range listOf(t, c.Test) {
				tested[e.Row]++
			}
			sizes = append(sizes, c.Report.Test)
		}
		for row := range rows {
			if tested[row] != 1 {
				t.Fatalf("row %d is tested %d times", row, tested[row])
			}
		}
		for _, s := range sizes {
			if grouped {
				break
			}
			if d := s.Rows - sizes[0].Rows; d < -1 || d > 1 {
				t.Fatalf("folds of %d and %d rows", s.Rows, sizes[0].Rows)
			}
			for c := range s.Classes {
				if d := s.Classes[c] - sizes[0].Classes[c]; d < -1 || d > 1 {
					t.Fatalf("folds of %d and %d rows of class %d", s.Classes[c], sizes[0].Classes[c], c)
				}
			}
		}
	})
}

func listOf(t interface{ Fatal(...any) }, part Part) []Example {
	list, err := part.List()
	if err != nil {
		t.Fatal(err)
	}
	return list
}

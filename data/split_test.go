package data_test

import (
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"ringmaster/config"
	"ringmaster/data"
	"ringmaster/data/datatest"
)

// TestSplitIsPinned holds the row numbers of a small split, so that a change of the
// split, which would make every stored result incomparable, cannot go unseen. The
// numbers were computed by testdata/split.py.
func TestSplitIsPinned(t *testing.T) {
	var file strings.Builder
	file.WriteString("text,label\n")
	for i := range 30 {
		fmt.Fprintf(&file, "text %d,%d\n", i, i%3/2)
	}
	d := declared(config.CSV, "f")
	d.Split = config.Split{Train: 0.8, Valid: 0.1, Test: 0.1, Seed: 13}
	d.Limit = 6
	c := mustLoad(t, map[string]string{"f": file.String()}, d)
	got := map[string][]int{"train": rowsOf(c.Train), "valid": rowsOf(c.Valid), "test": rowsOf(c.Test)}
	want := map[string][]int{"train": {0, 8, 16, 20, 25, 27}, "valid": {7, 17, 24}, "test": {12, 13, 23}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func rowsOf(part data.Part) []int {
	var rows []int
	for i := range part.Len() {
		rows = append(rows, part.Bare(i).Row)
	}
	return rows
}

// corpusOf draws a CSV file of distinct texts, each with a class.
func corpusOf(t *rapid.T) (file string, rows int, labels config.Labels) {
	classes := rapid.IntRange(2, 6).Draw(t, "classes")
	for c := range classes {
		labels = append(labels, config.Pair{From: fmt.Sprint(c), To: fmt.Sprintf("class%d", c)})
	}
	of := rapid.SliceOfN(rapid.IntRange(0, classes-1), 1, 120).Draw(t, "labels")
	file = "text,label\n"
	for i, c := range of {
		file += fmt.Sprintf("text %d,%d\n", i, c)
	}
	return file, len(of), labels
}

func TestSplitProperties(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		file, rows, labels := corpusOf(rt)
		d := declared(config.CSV, "f")
		d.Labels = labels
		valid := float64(rapid.IntRange(0, 40).Draw(rt, "valid")) / 100
		test := float64(rapid.IntRange(0, 40).Draw(rt, "test")) / 100
		d.Split = config.Split{Train: 1 - valid - test, Valid: valid, Test: test, Seed: rapid.Uint64().Draw(rt, "seed")}
		files := map[string]string{"f": file}
		c, err := tryLoad(t, files, d)
		if err != nil && rows <= 2 {
			rt.Skip("so few rows that none is left to train on")
		}
		if err != nil {
			rt.Fatal(err)
		}

		// A partition, each part in order.
		met := map[int]int{}
		for _, part := range []data.Part{c.Train, c.Valid, c.Test} {
			list := rowsOf(part)
			if !slices.IsSorted(list) {
				rt.Fatal("a part is not in order of its rows")
			}
			for _, row := range list {
				met[row]++
			}
		}
		if len(met) != rows || slices.Max(slices.Collect(maps.Values(met))) != 1 {
			rt.Fatalf("%d of %d rows are dealt, some of them more than once or all once: %v", len(met), rows, met)
		}

		// Each part, and each class in each part, within one of its exact share.
		whole := map[int]int{}
		for _, p := range []data.PartSize{c.Report.Train, c.Report.Valid, c.Report.Test} {
			for class, n := range p.Classes {
				whole[class] += n
			}
		}
		for i, p := range []data.PartSize{c.Report.Train, c.Report.Valid, c.Report.Test} {
			share := []float64{1 - valid - test, valid, test}[i]
			within(rt, "part", p.Rows, share*float64(rows))
			for class, n := range p.Classes {
				within(rt, "class in part", n, share*float64(whole[class]))
			}
		}

		// The same again; and the order of the file does not matter.
		again, err := tryLoad(t, files, d)
		if err != nil || !reflect.DeepEqual(c.Report, again.Report) || !reflect.DeepEqual(datatest.List(t, c.Train), datatest.List(t, again.Train)) ||
			!reflect.DeepEqual(datatest.List(t, c.Valid), datatest.List(t, again.Valid)) || !reflect.DeepEqual(datatest.List(t, c.Test), datatest.List(t, again.Test)) {
			rt.Fatal("a second reading differs")
		}
		lines := strings.Split(strings.TrimSpace(file), "\n")
		slices.Reverse(lines[1:])
		reversed, err := tryLoad(t, map[string]string{"f": strings.Join(lines, "\n")}, d)
		if err != nil || cmp.Diff(textsOf(t, c.Test), textsOf(t, reversed.Test)) != "" {
			rt.Fatal("the order of the rows changes the test part")
		}
	})
}

func within(t *rapid.T, what string, n int, exact float64) {
	const shares = 1e-6 // of rounding shares to billionths
	if math.Abs(float64(n)-exact) >= 1+shares {
		t.Fatalf("%s has %d rows, and its exact share is %v", what, n, exact)
	}
}

func textsOf(t datatest.T, part data.Part) []string {
	var texts []string
	for _, e := range datatest.List(t, part) {
		texts = append(texts, e.Text)
	}
	slices.Sort(texts)
	return texts
}

func TestATextNeverStandsInTwoParts(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		file := "text,label\n"
		for range rapid.IntRange(30, 100).Draw(rt, "rows") {
			file += fmt.Sprintf("text %d,%d\n", rapid.IntRange(0, 20).Draw(rt, "text"), rapid.IntRange(0, 1).Draw(rt, "label"))
		}
		d := declared(config.CSV, "f")
		d.Split = config.Split{Train: 0.5, Valid: 0.25, Test: 0.25, Seed: 1}
		d.Clean.Dedup = rapid.Bool().Draw(rt, "dedup")
		c, err := tryLoad(t, map[string]string{"f": file}, d)
		if err != nil {
			rt.Fatal(err)
		}
		partOf := map[string]int{}
		for i, part := range [][]data.Example{datatest.List(t, c.Train), datatest.List(t, c.Valid), datatest.List(t, c.Test)} {
			for _, e := range part {
				if other, met := partOf[e.Text]; met && other != i {
					rt.Fatalf("%q stands in two parts", e.Text)
				}
				partOf[e.Text] = i
			}
		}
	})
}

func TestSeedAndNamesInTheSplit(t *testing.T) {
	file := "text,label\n"
	for i := range 200 {
		file += fmt.Sprintf("text %d,%d\n", i, i%2)
	}
	files := map[string]string{"f": file}
	d := declared(config.CSV, "f")
	d.Split = config.Split{Train: 0.8, Valid: 0.1, Test: 0.1, Seed: 1}
	first := mustLoad(t, files, d)

	d.Labels = config.Labels{{From: "1", To: "ja"}, {From: "0", To: "nein"}}
	if diff := cmp.Diff(rowsOf(first.Test), rowsOf(mustLoad(t, files, d).Test)); diff != "" {
		t.Errorf("names and order of classes change the test part:\n%s", diff)
	}
	longer := mustLoad(t, map[string]string{"f": file + "one more,0\n"}, d)
	stayed := 0
	for _, row := range rowsOf(longer.Test) {
		if slices.Contains(rowsOf(first.Test), row) {
			stayed++
		}
	}
	if stayed < 19 {
		t.Errorf("a row more leaves only %d of 20 test rows in place", stayed)
	}
	d.Split.Seed = 2
	if cmp.Equal(rowsOf(first.Test), rowsOf(mustLoad(t, files, d).Test)) {
		t.Error("another seed gives the same test part")
	}
}

func TestWhatNoFileGivesIsCarvedFromTrain(t *testing.T) {
	var train strings.Builder
	train.WriteString("text,label\n")
	for i := range 100 {
		fmt.Fprintf(&train, "text %d,%d\n", i, i%2)
	}
	d := declared(config.CSV)
	d.Path, d.Train, d.Valid = nil, []string{"tr"}, []string{"v"}
	d.Split = config.Split{Train: 0.8, Valid: 0.1, Test: 0.1, Seed: 13}
	files := map[string]string{"tr": train.String(), "v": "text,label\nv,0\n"}
	c := mustLoad(t, files, d)
	if c.Train.Len() != 90 || c.Valid.Len() != 1 || c.Test.Len() != 10 {
		t.Errorf("sizes %d %d %d, want 90 1 10", c.Train.Len(), c.Valid.Len(), c.Test.Len())
	}
	d.Split.Test = 0
	if c = mustLoad(t, files, d); c.Train.Len() != 100 || c.Test.Len() != 0 {
		t.Errorf("with split.test 0: sizes %d and %d, want 100 and 0", c.Train.Len(), c.Test.Len())
	}
}

func TestLimitKeepsSharesOfClassesAndGrowsByAdding(t *testing.T) {
	file := "text,label\n"
	for i := range 100 {
		file += fmt.Sprintf("text %d,%d\n", i, min(i%4, 1))
	}
	files := map[string]string{"f": file}
	d := declared(config.CSV, "f")
	d.Limit = 20
	small := mustLoad(t, files, d)
	if diff := cmp.Diff([]int{5, 15}, small.Report.Train.Classes); diff != "" {
		t.Errorf("classes (-want +got):\n%s", diff)
	}
	d.Limit = 40
	large := rowsOf(mustLoad(t, files, d).Train)
	for _, row := range rowsOf(small.Train) {
		if !slices.Contains(large, row) {
			t.Errorf("row %d is chosen of 20 and not of 40", row)
		}
	}
	d.Limit = 100
	if c := mustLoad(t, files, d); c.Report.Limited != 0 || c.Train.Len() != 100 {
		t.Errorf("limit 100 leaves %d of 100 rows", c.Train.Len())
	}
}

package data_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"ringmaster/config"
	"ringmaster/data"
	"ringmaster/data/datatest"
)

// grouped is a declaration whose rows of one value of the column article stay together.
func grouped(format config.Format, files ...string) config.Data {
	d := declared(format, files...)
	d.Split = config.Split{Train: 0.6, Valid: 0.2, Test: 0.2, Seed: 13, Group: "article"}
	return d
}

// TestGroupSplitIsPinned holds the rows that testdata/split_group.py computes from the
// split's description, in fractions and by the whole imbalance.
func TestGroupSplitIsPinned(t *testing.T) {
	var file strings.Builder
	file.WriteString("text,label,article\n")
	for g, row := 0, 0; g < 12; g++ {
		for range 1 + (g*5)%6 {
			class := 0
			if (row+g)%3 == 0 {
				class = 1
			}
			fmt.Fprintf(&file, "text %d,%d,group %d\n", row, class, g)
			row++
		}
	}
	c := mustLoad(t, map[string]string{"f": file.String()}, grouped(config.CSV, "f"))
	got := map[string][]int{"train": rowsOf(c.Train), "valid": rowsOf(c.Valid), "test": rowsOf(c.Test)}
	want := map[string][]int{
		"train": {1, 2, 3, 4, 5, 6, 12, 13, 14, 15, 19, 20, 21, 22, 23, 24, 25, 26, 27, 33, 34, 35, 36, 40, 41},
		"valid": {0, 28, 29, 30, 31, 32, 37, 38, 39},
		"test":  {7, 8, 9, 10, 11, 16, 17, 18},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestGroupSplitProperties(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		classes := rapid.IntRange(2, 4).Draw(rt, "classes")
		d := grouped(config.CSV, "f")
		d.Labels = nil
		for c := range classes {
			d.Labels = append(d.Labels, config.Pair{From: fmt.Sprint(c), To: fmt.Sprintf("class%d", c)})
		}
		sizes := rapid.SliceOfN(rapid.IntRange(1, 12), 3, 60).Draw(rt, "sizes of groups")
		var lines []string
		largest := 0
		for g, size := range sizes {
			for range size {
				lines = append(lines, fmt.Sprintf("text %d,%d,g%d", len(lines), rapid.IntRange(0, classes-1).Draw(rt, "class"), g))
			}
			largest = max(largest, size)
		}
		valid, test := rapid.IntRange(0, 40).Draw(rt, "valid"), rapid.IntRange(0, 40).Draw(rt, "test")
		shares := [3]float64{float64(100-valid-test) / 100, float64(valid) / 100, float64(test) / 100}
		d.Split.Train, d.Split.Valid, d.Split.Test, d.Split.Seed = shares[0], shares[1], shares[2], rapid.Uint64().Draw(rt, "seed")
		load := func(lines []string, d config.Data) *data.Corpus {
			c, err := tryLoad(t, map[string]string{"f": "text,label,article\n" + strings.Join(lines, "\n")}, d)
			if err != nil {
				rt.Fatal(err)
			}
			return c
		}
		c := load(lines, d)

		// A partition in which each group is in one part, and no part that is asked for is empty.
		partOf, met := map[string]int{}, map[int]bool{}
		for p, part := range [][]data.Example{datatest.List(t, c.Train), datatest.List(t, c.Valid), datatest.List(t, c.Test)} {
			if len(part) == 0 && shares[p] > 0 {
				rt.Fatalf("part %d is empty", p)
			}
			for _, e := range part {
				if other, known := partOf[e.Group]; known && other != p {
					rt.Fatalf("group %s is in parts %d and %d", e.Group, other, p)
				}
				partOf[e.Group], met[e.Row] = p, true
			}
			if off := math.Abs(float64(len(part)) - shares[p]*float64(len(lines))); off > float64(2*largest) {
				rt.Fatalf("part %d has %d of %d rows, asked are %v; the largest group has %d", p, len(part), len(lines), shares[p], largest)
			}
		}
		if len(met) != len(lines) || len(partOf) != len(sizes) {
			rt.Fatalf("%d of %d rows and %d of %d groups are dealt", len(met), len(lines), len(partOf), len(sizes))
		}
		if n := c.Report.Groups.Groups; n != len(sizes) || len(c.Report.Groups.Shared) > 0 {
			rt.Fatalf("%d groups are reported, some of them shared: %+v", n, c.Report.Groups)
		}

		// Neither the order of the rows nor the names and order of the classes matter.
		slices.Reverse(lines)
		slices.Reverse(d.Labels)
		again := load(lines, d)
		if diff := cmp.Diff(textsOf(t, c.Test), textsOf(t, again.Test)); diff != "" {
			rt.Fatalf("another order changes the test part:\n%s", diff)
		}
	})
}

// TestGroupsAreStratified holds that parts have their shares of rows and of each class where
// groups are small, whatever their sizes and however a class sticks to some of them.
func TestGroupsAreStratified(t *testing.T) {
	var file strings.Builder
	file.WriteString("text,label,article\n")
	rows, positive := 0, 0
	for g := range 400 {
		for k := range 1 + g%9 {
			label := 0
			if g%4 == 0 && k%3 > 0 { // all of class 1 in a quarter of the groups
				label = 1
				positive++
			}
			fmt.Fprintf(&file, "text %d,%d,%d\n", rows, label, g)
			rows++
		}
	}
	d := grouped(config.CSV, "f")
	d.Split.Train, d.Split.Valid, d.Split.Test = 0.8, 0.1, 0.1
	r := mustLoad(t, map[string]string{"f": file.String()}, d).Report
	for p, part := range []data.PartSize{r.Train, r.Valid, r.Test} {
		share := []float64{0.8, 0.1, 0.1}[p]
		if off := math.Abs(float64(part.Rows) - share*float64(rows)); off > 2 {
			t.Errorf("part %d has %d of %d rows", p, part.Rows, rows)
		}
		if off := math.Abs(float64(part.Classes[1]) - share*float64(positive)); off > 3 {
			t.Errorf("part %d has %d of %d rows of the rare class", p, part.Classes[1], positive)
		}
	}
}

func TestGroupsThatCannotBeDivided(t *testing.T) {
	rows := func(groups ...string) map[string]string {
		file := "text,label,article\n"
		for i, g := range groups {
			file += fmt.Sprintf("text %d,%d,%s\n", i, i%2, g)
		}
		return map[string]string{"f": file}
	}
	d := grouped(config.CSV, "f")
	for name, c := range map[string]struct {
		groups []string
		want   string
	}{
		"two groups": {[]string{"a", "b", "a", "b"}, `task "task": split.group: article has 2 different values ("a", "b"), but each of the 3 parts (train, valid, test) needs at least one group: split by something else, give files for a part, or set the share of a part that is not needed to 0`},
		"one group":  {[]string{"a", " a ", "a"}, `task "task": split.group: article is "a" in every row, but each of the 3 parts`},
	} {
		_, err := tryLoad(t, rows(c.groups...), d)
		if !errors.Is(err, data.ErrTooFewGroups) || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: %v\nwant %s", name, err, c.want)
		}
	}
	two := d
	two.Split.Train, two.Split.Valid, two.Split.Test = 0.5, 0, 0.5
	if c := mustLoad(t, rows("a", "b", "a", "b"), two); c.Train.Len() != 2 || c.Test.Len() != 2 {
		t.Errorf("two groups for two parts give %d and %d rows", c.Train.Len(), c.Test.Len())
	}
	two.Split.Group = "artikel"
	if _, err := tryLoad(t, rows("a", "b"), two); !errors.Is(err, data.ErrMissingColumn) || !strings.Contains(err.Error(), `f has no column "artikel": it has "text", "label", "article"`) {
		t.Errorf("a column that is not there: %v", err)
	}

	giant := make([]string, 50)
	for i := range giant {
		giant[i] = "giant"
	}
	c := mustLoad(t, rows(append(giant, "b", "c", "d")...), d)
	if got := [3]int{c.Train.Len(), c.Valid.Len(), c.Test.Len()}; got != [3]int{50, 1, 2} {
		t.Errorf("beside a giant group the parts have %v rows", got)
	}
	want := `  groups     4 of article: 1 in train, 1 in valid, 2 in test; the largest, giant, has 50 rows
  groups     groups are kept whole, so train, valid and test have 94.3%, 1.9%, 3.8% of the rows instead of 60%, 20%, 20%
`
	if got := c.Report.String(); !strings.HasSuffix(got, want) {
		t.Errorf("the report says\n%swant at its end\n%s", got, want)
	}
}

// A row whose group is not known could stand in another part than the rest of its group.
func TestMissingGroups(t *testing.T) {
	for _, c := range []struct {
		format config.Format
		file   string
	}{
		{config.CSV, "text,label,article\na,0,x\nb,1,\nc,1,y\nd,0,  \ne,1,z\n"},
		{config.JSONL, `{"text":"a","label":0,"article":1}
{"text":"b","label":1,"article":null}
{"text":"c","label":1,"article":"2"}
{"text":"d","label":0}
{"text":"e","label":1,"article":["3"]}
{"text":"f","label":1,"article":3}
`},
	} {
		d := grouped(c.format, "f")
		corpus := mustLoad(t, map[string]string{"f": c.file}, d)
		bad := corpus.Report.Bad
		if len(bad) != 1 || bad[0].What != string(data.MissingGroup) || corpus.Train.Len() != 1 || corpus.Valid.Len() != 1 || corpus.Test.Len() != 1 {
			t.Errorf("%s: %v, parts %d %d %d", c.format, bad, corpus.Train.Len(), corpus.Valid.Len(), corpus.Test.Len())
		}
		d.MaxBad = 0
		_, err := tryLoad(t, map[string]string{"f": c.file}, d)
		if !errors.Is(err, data.ErrTooManyBad) || !strings.Contains(err.Error(), `"article" is empty, so the row's group is unknown`) {
			t.Errorf("%s: %v", c.format, err)
		}
	}
	d := grouped(config.JSONL, "f")
	_, err := tryLoad(t, map[string]string{"f": `{"text":"a","label":0,"articel":1}`}, d)
	if !errors.Is(err, data.ErrMissingColumn) || !strings.Contains(err.Error(), `did you mean "articel"?`) {
		t.Errorf("a field that no object has: %v", err)
	}
}

// Groups are whole even where two of them have a text in common; the training row goes then.
func TestATextOfTwoGroups(t *testing.T) {
	file := "text,label,article\n"
	for g := range 30 {
		file += fmt.Sprintf("same,%d,%d\nown %d,%d,%d\n", g%2, g, g, g%2, g)
	}
	d := grouped(config.CSV, "f")
	d.Clean.Dedup = false
	c := mustLoad(t, map[string]string{"f": file}, d)
	for _, e := range datatest.List(t, c.Train) {
		if e.Text == "same" {
			t.Fatalf("row %d of the training part is tested on", e.Row)
		}
	}
	if r := c.Report; r.Overlaps != 18 || r.Shared == 0 || len(r.Groups.Shared) > 0 {
		t.Errorf("overlaps %d, shared %d, groups %+v", r.Overlaps, r.Shared, r.Groups)
	}
}

// Files that are given for a part may have a group in common with another; that is said.
func TestGroupsOfGivenFiles(t *testing.T) {
	d := grouped(config.CSV)
	d.Path, d.Train, d.Test = nil, config.Files{"tr"}, config.Files{"te"}
	train := "text,label,article\n"
	for i := range 40 {
		train += fmt.Sprintf("text %d,%d,%d\n", i, i%2, i/4)
	}
	files := map[string]string{"tr": train, "te": "text,label,article\nt1,0,3\nt2,1,new\nt3,1,3\nt4,0,4\n"}
	d.Split.Valid, d.Split.Test, d.Split.Train = 0, 0.2, 0.8
	c := mustLoad(t, files, d)
	want := []data.SharedGroups{{A: "train", B: "test", Groups: 2, Rows: 3, OfB: 4, Example: "3", InA: "tr:14", InB: "te:2"}}
	if diff := cmp.Diff(want, c.Report.Groups.Shared); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	const line = "  groups     3 of 4 test rows are in a group that is also in train (2 groups; first: 3, tr:14 and te:2): their files were not divided by article\n"
	if got := c.Report.String(); !strings.HasSuffix(got, line) {
		t.Errorf("the report says\n%swant at its end\n%s", got, line)
	}

	// What no file gives is carved by group; limit chooses among the training rows alone.
	d.Split.Valid, d.Split.Train = 0.25, 0.75
	d.Split.Test = 0
	d.Limit = 10
	c = mustLoad(t, files, d)
	if c.Train.Len() != 10 || c.Valid.Len() == 0 || c.Test.Len() != 4 || c.Report.Train.Classes[0] != 5 {
		t.Errorf("parts %d %d %d, classes %v", c.Train.Len(), c.Valid.Len(), c.Test.Len(), c.Report.Train.Classes)
	}
	held := map[string]bool{}
	for _, e := range datatest.List(t, c.Valid) {
		held[e.Group] = true
	}
	for _, e := range datatest.List(t, c.Train) {
		if held[e.Group] {
			t.Errorf("group %s is in train and valid", e.Group)
		}
	}
}

// Phrases stay with their sentence, whichever other phrases and sentences have them too; what
// is short is divided by itself.
func TestContainedTextsStayTogether(t *testing.T) {
	var file strings.Builder
	file.WriteString("text,label,article\n")
	for s := range 60 {
		sentence := fmt.Sprintf("the film number %d is a long and rather sad story of people", s)
		fmt.Fprintf(&file, "%s,%d,a\nThe film number %d is A LONG,1,a\nrather sad story of people number %d,%d,a\nso sad %d,0,a\n", sentence, s%2, s, s, s%2, s)
	}
	for _, part := range [][2]int{{7, 8}, {20, 21}, {21, 22}} { // sentences that a text binds together
		fmt.Fprintf(&file, "the film number %d is a long one and the film number %d is a long one,1,a\n", part[0], part[1])
	}
	d := grouped(config.CSV, "f")
	d.Split.Group, d.Split.Contained = "", true
	c := mustLoad(t, map[string]string{"f": file.String()}, d)
	partOf := map[string]int{}
	for p, part := range [][]data.Example{datatest.List(t, c.Train), datatest.List(t, c.Valid), datatest.List(t, c.Test)} {
		for _, e := range part {
			partOf[strings.ToLower(e.Text)] = p
		}
	}
	plain := func(text string) string { return " " + text + " " }
	for a, p := range partOf {
		for b, q := range partOf {
			if p != q && len(strings.Fields(a)) >= 4 && strings.Contains(plain(b), plain(a)) {
				t.Errorf("%q is in part %d, and stands inside %q of part %d", a, p, b, q)
			}
		}
	}
	// Each sentence with its phrases is one group, but for those that are bound together; the
	// 120 texts without their sentence are groups of one.
	want := `  groups     177 of texts contained in one another: `
	if r := c.Report; r.Groups.Groups != 177 || r.Groups.Largest.Rows != 8 || !strings.Contains(r.String(), want) {
		t.Errorf("groups %+v\n%s", r.Groups, &r)
	}
	if r := c.Report; math.Abs(float64(r.Test.Rows)-0.2*243) > 3 || math.Abs(float64(r.Valid.Rows)-0.2*243) > 3 {
		t.Errorf("parts\n%s", &r)
	}
	d.Limit = 20
	if c = mustLoad(t, map[string]string{"f": file.String()}, d); c.Train.Len() != 20 {
		t.Errorf("limit 20 leaves %d rows", c.Train.Len())
	}
	_, err := tryLoad(t, map[string]string{"f": "text,label\nso sad a film,0\nit is so sad a film,1\n"}, d)
	if !errors.Is(err, data.ErrTooFewGroups) || !strings.Contains(err.Error(), `split.contained: texts contained in one another form only 1 group ("it is so sad a film"), but each of the 3 parts`) {
		t.Errorf("one group alone: %v", err)
	}
}

// Many groups are divided in seconds.
func TestManyGroups(t *testing.T) {
	var file strings.Builder
	file.WriteString("text,label,article\n")
	for i := range 100_000 {
		fmt.Fprintf(&file, "text %d,%d,%d\n", i, i%2, i/2)
	}
	start := time.Now()
	c := mustLoad(t, map[string]string{"f": file.String()}, grouped(config.CSV, "f"))
	if took := time.Since(start); took > 3*time.Minute { // a second or two on a machine that nobody else uses
		t.Errorf("%v for 50,000 groups", took)
	}
	if math.Abs(float64(c.Test.Len())-20_000) > 2 {
		t.Errorf("%d test rows", c.Test.Len())
	}
}

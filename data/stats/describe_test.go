package stats_test

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"image/png"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringmaster/config"
	"ringmaster/data/stats"
)

func describe(t *testing.T, path string) []*stats.Description {
	t.Helper()
	run, err := config.Load(path, config.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var all []*stats.Description
	for _, task := range run.Tasks {
		d, err := stats.Describe(context.Background(), run.BaseDir, task, stats.Options{Phrases: 3})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, d)
	}
	return all
}

func TestLabels(t *testing.T) {
	all := describe(t, "testdata/run.yaml")
	// Two links become one text: that row goes as a duplicate too.
	got := all[0].Labels
	for i := range got {
		got[i].Train, got[i].Valid, got[i].Test = got[i].Train+got[i].Valid+got[i].Test, 0, 0
	}
	want := []stats.LabelRows{
		{Class: "no", Rows: 5, Duplicates: 2, Train: 3},
		{Class: "yes", Rows: 3, Train: 3},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("first (-want +got):\n%s", diff)
	}
	if all[0].Distinct != 6 || all[0].Duplicate == nil || all[0].Duplicate.Line != 4 || all[0].Duplicate.Detail != "the same as small.csv:3" {
		t.Errorf("%d distinct texts, first duplicate %+v", all[0].Distinct, all[0].Duplicate)
	}
	want = []stats.LabelRows{
		{Class: "no", Rows: 4, Overlaps: 1, Train: 2, Test: 1},
		{Class: "yes", Rows: 2, Overlaps: 1, Test: 1},
	}
	if diff := cmp.Diff(want, all[1].Labels); diff != "" {
		t.Errorf("second (-want +got):\n%s", diff)
	}
}

func TestLengthsOfTexts(t *testing.T) {
	got := describe(t, "testdata/run.yaml")[1].All
	// They don't care; Old news; A new day.; Something else: 3, 2, 3, 2 words.
	want := stats.Lengths{Texts: 4, Mean: 2.5, SD: 0.5, Min: 2, P5: 2, P25: 2, P50: 2, P75: 3, P95: 3, P99: 3, Max: 3}
	if diff := cmp.Diff(want, got.Words); diff != "" {
		t.Errorf("words (-want +got):\n%s", diff)
	}
	if s := got.Sentences; s.Mean != 1 || s.Max != 1 {
		t.Errorf("sentences %+v", s)
	}
}

func TestPhrasesOfTexts(t *testing.T) {
	d := describe(t, "testdata/run.yaml")[0]
	want := []stats.PhraseCount{{Phrase: "the great barrier reef", Count: 3, Texts: 3}}
	if diff := cmp.Diff(want, d.All.Phrases); diff != "" {
		t.Errorf("all (-want +got):\n%s", diff)
	}
	want[0].Count, want[0].Texts = 2, 2
	if diff := cmp.Diff(want, d.Classes[1].Phrases); diff != "" {
		t.Errorf("yes (-want +got):\n%s", diff)
	}
	if len(d.Classes[0].Phrases) != 0 {
		t.Errorf("no has %v, though its phrase stands once", d.Classes[0].Phrases)
	}
}

func TestOverlaps(t *testing.T) {
	all := describe(t, "testdata/run.yaml")
	var within, between []stats.Overlap
	for _, o := range stats.Overlaps(all...) {
		if strings.HasPrefix(o.A, "second") {
			within = append(within, o)
		} else {
			between = append(between, o)
		}
	}
	want := []stats.Overlap{{
		A: "second train", B: "second test", Texts: 1, Removed: 1,
		Example: stats.Example{Text: "A new day.", InA: "train.jsonl:2", InB: "test.jsonl:1"},
	}}
	if diff := cmp.Diff(want, within); diff != "" {
		t.Errorf("within (-want +got):\n%s", diff)
	}
	// Which part of the first corpus it is in, its split says.
	if len(between) != 1 || between[0].B != "second train" || between[0].Texts != 1 || between[0].Removed != 0 ||
		between[0].Example != (stats.Example{Text: "They don't care", InA: "small.csv:8", InB: "train.jsonl:1"}) {
		t.Errorf("between: %+v", between)
	}
}

func TestTables(t *testing.T) {
	all := describe(t, "testdata/run.yaml")
	var b bytes.Buffer
	if err := stats.WriteTables(&b, 0, all, stats.Overlaps(all...)); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{
		"first duplicate: small.csv:4 is the same as small.csv:3", "the great barrier reef (3, 3)",
		"second train and second test: 1 (a run leaves 1 out of second train); first: train.jsonl:2 and test.jsonl:1", stats.Method,
	} {
		if !strings.Contains(b.String(), part) {
			t.Errorf("no %q in\n%s", part, b.String())
		}
	}
	var narrow bytes.Buffer
	if err := stats.WriteTables(&narrow, 60, all, stats.Overlaps(all...)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Fields(b.String()), strings.Fields(narrow.String())); diff != "" {
		t.Errorf("words change with the width (-want +got):\n%s", diff)
	}
	_, method, _ := strings.Cut(narrow.String(), "Texts are cleaned")
	for line := range strings.SplitSeq(method, "\n") {
		if len(line) > 60 {
			t.Errorf("%q is wider than 60 columns", line)
		}
	}
}

func TestPictures(t *testing.T) {
	dir := t.TempDir()
	files, err := stats.Plot(dir, describe(t, "testdata/run.yaml")[0])
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 4 {
		t.Fatalf("wrote %v", files)
	}
	for _, path := range files {
		file, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		if strings.HasSuffix(path, ".png") {
			picture, err := png.Decode(file)
			if err != nil || picture.Bounds().Dx() < 500 {
				t.Errorf("%s: %v", path, err)
			}
			continue
		}
		content, err := io.ReadAll(file)
		if err != nil {
			t.Fatal(err)
		}
		decoder := xml.NewDecoder(bytes.NewReader(content))
		for err == nil {
			_, err = decoder.Token()
		}
		if !errors.Is(err, io.EOF) || !bytes.Contains(content, []byte("words per text")) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// The corpora as they are published, by the numbers their publishers give.
func TestPublishedCorpora(t *testing.T) {
	const published = "../../../shared/data"
	if _, err := os.Stat(published); err != nil {
		t.Skipf("SKIPPED: the real corpora are not at %s, so nothing was tried on real text", published)
	}
	d := describe(t, "../../examples/corpora/newsemp.yaml")[0]
	rows := map[string]int{}
	for _, l := range d.Labels {
		rows[l.Class] = l.Rows
	}
	if diff := cmp.Diff(map[string]int{"none": 944, "empathy": 916}, rows); diff != "" || d.Distinct != 1859 {
		t.Errorf("NewsEmp has %d distinct texts, rows (-want +got):\n%s", d.Distinct, diff)
	}
	if d.All.Words.Texts != 1859 || len(stats.Overlaps(d)) != 0 {
		t.Errorf("NewsEmp: %+v, overlaps %v", d.All.Words, stats.Overlaps(d))
	}

	d = describe(t, "../../examples/corpora/goemotions.yaml")[0]
	var train, shared int
	for _, l := range d.Labels {
		train += l.Rows - l.Valid - l.Test
	}
	for _, o := range stats.Overlaps(d) {
		shared += o.Removed
	}
	if train != 26364 || shared != 52 {
		t.Errorf("GoEmotions: %d training rows with a class, want 26364; %d texts of them tested on", train, shared)
	}
	d = describe(t, "../../examples/corpora/semeval-ec.yaml")[0]
	if r := d.Report; r.Train.Rows != 2344 || r.Valid.Rows != 332 || r.Test.Rows != 1280 {
		t.Errorf("SemEval: %d, %d, %d rows", r.Train.Rows, r.Valid.Rows, r.Test.Rows)
	}
}

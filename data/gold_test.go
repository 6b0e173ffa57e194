package data_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringmaster/config"
	"ringmaster/data"
	"ringmaster/data/datatest"
)

// loadKind reads a corpus of one file that is divided half and half.
func loadKind(t *testing.T, kind config.Kind, name, text string, c config.Data) (*data.Corpus, error) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c.Path, c.Text, c.Split, c.Clean.Dedup = config.Files{name}, "text", config.Split{Train: 0.5, Valid: 0.25, Test: 0.25, Seed: 1}, true
	return data.Load(t.Context(), dir, config.Task{Name: "t", Kind: kind, Data: c})
}

// golds are the gold answers of a corpus by text, over all parts.
func golds(t *testing.T, c *data.Corpus) map[string]string {
	all := map[string]string{}
	for _, part := range [][]data.Example{datatest.List(t, c.Train), datatest.List(t, c.Valid), datatest.List(t, c.Test)} {
		for _, e := range part {
			all[e.Text] = data.GoldText(c.Kind, c.Classes, e)
		}
	}
	return all
}

// Two labels are no positive and negative: a text has none, one or both.
func TestTwoLabelsHaveNoPositiveClass(t *testing.T) {
	c, err := loadKind(t, config.KindLabels, "a.csv", "text,joy,fear\none,1,0\ntwo,1,1\nnone,0,0\nagain,0,1\n", config.Data{Format: config.CSV, LabelColumns: []string{"joy", "fear"}})
	if err != nil || c.Report.Positive != nil || strings.Contains(c.Report.String(), "positive") {
		t.Errorf("%v: %v", err, &c.Report)
	}
}

// Labels are read alike from cells with a separator, from 0/1 columns and from lists; a row may have none.
func TestLabelsAreRead(t *testing.T) {
	want := map[string]string{"one": "joy", "two": "joy+fear", "none": "(none)", "again": "fear"}
	labels := config.Labels{{From: "joy", To: "joy"}, {From: "fear", To: "fear"}, {From: "other", To: ""}}
	for name, c := range map[string]struct {
		file, text string
		data       config.Data
	}{
		"separator": {"a.csv", "text,label\none,joy\ntwo,fear|joy\nnone,\nagain,fear|other\ntwo,joy|fear\n",
			config.Data{Format: config.CSV, Label: "label", LabelSeparator: "|", Labels: labels}},
		"columns without a map": {"a.csv", "text,joy,fear\none,1,0\ntwo,1,1\nnone,0,0\nagain,0,1\n",
			config.Data{Format: config.CSV, LabelColumns: []string{"joy", "fear"}}},
		"lists": {"a.jsonl", `{"text":"one","label":["joy"]}
{"text":"two","label":["fear","joy","joy"]}
{"text":"none","label":[]}
{"text":"again","label":["other","fear"]}
`, config.Data{Format: config.JSONL, Label: "label", Labels: labels}},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := loadKind(t, config.KindLabels, c.file, c.text, c.data)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, golds(t, c)); diff != "" {
				t.Error(diff)
			}
			if c.Report.Conflicts != 0 || c.Report.BadTotal() != 0 {
				t.Errorf("%+v", c.Report)
			}
		})
	}
}

// Unknown labels are bad rows; so are cells that hold no number where one is asked for.
func TestBadGoldIsToldWithItsReason(t *testing.T) {
	_, err := loadKind(t, config.KindLabels, "a.csv", "text,label\na,joy\nb,sorrow\n",
		config.Data{Format: config.CSV, Label: "label", Labels: config.Labels{{From: "joy", To: "joy"}, {From: "fear", To: "fear"}}})
	if err == nil || !strings.Contains(err.Error(), `labels has "joy", "fear" and lacks "sorrow"`) {
		t.Error(err)
	}
	_, err = loadKind(t, config.KindValue, "a.csv", "text;rating\na;1.5\nb;2,5\nc;\nd;high\ne;NaN\n", config.Data{Format: config.CSV, Delimiter: ";", Label: "rating"})
	for _, want := range []string{"4 of 5 rows are bad", `a.csv:3: "rating" has "2,5", which is not a number (write a decimal point)`, `a.csv:4: "rating" is empty`, `a.csv:5: "rating" has "high"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no %s in %v", want, err)
		}
	}
}

// Values of all sizes are in each part, and rare labels where there are enough rows of them.
func TestOtherKindsAreStratified(t *testing.T) {
	var values, sets strings.Builder
	values.WriteString("text,v\n")
	sets.WriteString("text,often,rare\n")
	for i := range 200 {
		text := strings.Repeat("x", i+1)
		values.WriteString(text + "," + []string{"-3", "0.5", "1", "7", "1e3"}[i/40] + "\n")
		sets.WriteString(text + "," + []string{"1,0", "1,0", "0,0", "1,1", "1,0"}[i%5] + "\n")
	}
	c, err := loadKind(t, config.KindValue, "v.csv", values.String(), config.Data{Format: config.CSV, Label: "v"})
	if err != nil {
		t.Fatal(err)
	}
	count := func(part []data.Example) map[float64]int {
		n := map[float64]int{}
		for _, e := range part {
			n[e.Value]++
		}
		return n
	}
	if diff := cmp.Diff(map[float64]int{-3: 20, 0.5: 20, 1: 20, 7: 20, 1000: 20}, count(datatest.List(t, c.Train))); diff != "" {
		t.Error(diff)
	}
	if v := c.Report.Train.Values; v == nil || v.Least != -3 || v.Greatest != 1000 || v.Mean != 201.1 {
		t.Errorf("%+v", v)
	}
	c, err = loadKind(t, config.KindLabels, "l.csv", sets.String(), config.Data{Format: config.CSV, LabelColumns: []string{"often", "rare"}})
	if err != nil {
		t.Fatal(err)
	}
	if r := c.Report; r.Train.Classes[1] != 20 || r.Valid.Classes[1] != 10 || r.Test.Classes[1] != 10 || r.Train.None != 20 || r.Valid.None != 10 {
		t.Errorf("train %+v, valid %+v, test %+v", r.Train, r.Valid, r.Test)
	}
}

// Other labels or values of the same rows are another corpus, and duplicates are those that agree in both.
func TestHashKnowsLabelsAndValues(t *testing.T) {
	hashes := map[string]bool{}
	for _, e := range []data.Example{{}, {Set: []int32{}}, {Set: []int32{0}}, {Set: []int32{0, 1}}, {Value: 1}, {Value: 2}} {
		e.Row, e.Text = 1, "a"
		hash, err := data.Hash(datatest.Part(t, e))
		if err != nil {
			t.Fatal(err)
		}
		hashes[hash] = true
	}
	if len(hashes) != 6 {
		t.Errorf("%d hashes of 6 lists", len(hashes))
	}
}

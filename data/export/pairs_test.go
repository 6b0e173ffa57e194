package export_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringmaster/config"
	"ringmaster/data"
	"ringmaster/data/datatest"
	"ringmaster/data/export"
)

// Rows of two texts are written in two columns, which are read back; a group that is one of them is not written twice.
func TestRoundTripOfPairs(t *testing.T) {
	rows := []data.Example{
		{Row: 0, Text: data.JoinTexts("I am sad", `say "more"`), Class: 1, Group: "I am sad"},
		{Row: 1, Text: data.JoinTexts("I am sad", "oh"), Class: 0, Group: "I am sad"},
	}
	for _, format := range []config.Format{config.CSV, config.TSV, config.JSONL} {
		declared := config.Data{Format: format, Text: "post", TextPair: "label", LabelColumns: []string{"joy"}, Split: config.Split{Group: "post"}}
		form, err := export.FormOf(declared, "")
		if err != nil || form.Label != "class" {
			t.Fatal(form, err)
		}
		dir := t.TempDir()
		d, err := export.Whole(dir, form, &data.Corpus{Task: "task", Classes: []string{"no", "yes"}, Train: datatest.Part(t, rows...)})
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(filepath.Join(dir, d.Path[0]))
		if err != nil || strings.Contains(string(text), "\x00") || strings.Count(string(text), "post") > len(rows) {
			t.Errorf("%s is\n%s", format, text)
		}
		corpus, err := data.Load(t.Context(), dir, config.Task{Name: "task", Data: d})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(rows, datatest.List(t, corpus.Train)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", format, diff)
		}
	}
	form := export.Form{Format: config.TSV, Delimiter: '\t', Text: "a", TextPair: "b"}
	if err := form.Write(&bytes.Buffer{}, datatest.Part(t, data.Example{Text: data.JoinTexts("fine", "a\ttab")}), nil); err == nil {
		t.Error("a second text with the delimiter is written")
	}
}

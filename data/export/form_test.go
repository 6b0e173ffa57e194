package export_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringmaster/config"
	"ringmaster/data"
	"ringmaster/data/datatest"
	"ringmaster/data/export"
)

// awkward are texts that a careless writer spoils.
var awkward = []data.Example{
	{Row: 0, Text: `say "hi", he said`, Class: 0},
	{Row: 1, Text: `"quoted"`, Class: 1},
	{Row: 2, Text: "<URL> & <USER>", Class: 1},
	{Row: 3, Text: `\.`, Class: 0},
	{Row: 4, Text: "naïve 😀 \u2028 end", Class: 1},
	{Row: 5, Text: "#no, comment; 'yes'", Class: 0},
}

func TestRoundTrip(t *testing.T) {
	lines := []data.Example{{Row: 6, Text: "two\nlines\n\nand\ttabs", Class: 1}}
	returns := []data.Example{{Row: 7, Text: "CR\r\nLF", Class: 0}}
	classes := []string{"not so", "yes"}
	for format, rows := range map[config.Format][]data.Example{
		config.TSV:   awkward,
		config.CSV:   append(append([]data.Example{}, awkward...), lines...),
		config.JSONL: append(append(append([]data.Example{}, awkward...), lines...), returns...),
	} {
		form, err := export.FormOf(config.Data{Format: format, Text: "the text", Label: "label"}, "")
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := form.Write(&b, datatest.Part(t, rows...), classes); err != nil {
			t.Fatal(format, err)
		}
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "f"), b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		d := form.Declare(classes)
		d.Path = config.Files{"f"}
		corpus, err := data.Load(context.Background(), dir, config.Task{Name: "task", Data: d})
		if err != nil {
			t.Fatalf("%s: %v\n%s", format, err, b.Bytes())
		}
		if diff := cmp.Diff(rows, datatest.List(t, corpus.Train)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", format, diff)
		}
		if diff := cmp.Diff(classes, corpus.Classes); diff != "" {
			t.Errorf("%s (-want +got):\n%s", format, diff)
		}
	}
}

// A corpus that is divided by group keeps the column, so that it can be divided again.
func TestRoundTripOfGroups(t *testing.T) {
	rows := []data.Example{
		{Row: 0, Text: "a", Class: 0, Group: "17"}, {Row: 1, Text: "b", Class: 1, Group: "a b"}, {Row: 2, Text: "c", Class: 1, Group: `"q"`},
	}
	for _, format := range []config.Format{config.CSV, config.TSV, config.JSONL} {
		declared := config.Data{Format: format, Text: "text", LabelColumns: []string{"joy"}, Split: config.Split{Group: "label"}}
		form, err := export.FormOf(declared, "")
		if err != nil || form.Label != "class" {
			t.Fatal(form, err)
		}
		dir := t.TempDir()
		d, err := export.Whole(dir, form, &data.Corpus{Task: "task", Classes: []string{"no", "yes"}, Train: datatest.Part(t, rows...)})
		if err != nil {
			t.Fatal(err)
		}
		corpus, err := data.Load(context.Background(), dir, config.Task{Name: "task", Data: d})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(rows, datatest.List(t, corpus.Train)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", format, diff)
		}
	}
	form := export.Form{Format: config.TSV, Delimiter: '\t', Text: "text", Label: "label", Group: "article"}
	err := form.Write(&bytes.Buffer{}, datatest.Part(t, data.Example{Text: "fine", Group: "a\tb"}), []string{"no"})
	if !errors.Is(err, export.ErrUnwritable) {
		t.Errorf("a group with the delimiter: %v", err)
	}
}

func TestWhatAFormatCannotHold(t *testing.T) {
	for _, c := range []struct {
		format config.Format
		text   string
		class  string
	}{
		{config.TSV, "a\ttab", "yes"},
		{config.TSV, "a\nline", "yes"},
		{config.CSV, "CR\r\nLF", "yes"},
		{config.TSV, "fine", "a\ttab"},
		{config.CSV, "fine", " spaced"},
	} {
		form, err := export.FormOf(config.Data{Format: c.format, Text: "text", Label: "label"}, "")
		if err != nil {
			t.Fatal(err)
		}
		err = form.Write(&bytes.Buffer{}, datatest.Part(t, data.Example{Text: c.text}), []string{c.class})
		if !errors.Is(err, export.ErrUnwritable) {
			t.Errorf("%q as %s gives %v", c.text, c.format, err)
		}
	}
	if _, err := export.FormOf(config.Data{Format: config.CSV, Text: "text"}, "parquet"); !errors.Is(err, export.ErrUnwritable) {
		t.Errorf("got %v", err)
	}
}

func TestFormOf(t *testing.T) {
	got, err := export.FormOf(config.Data{Format: config.TSV, Delimiter: "|", Text: "label", LabelColumns: []string{"joy"}}, "")
	want := export.Form{Format: config.TSV, Delimiter: '|', Text: "label", Label: "class"}
	if err != nil || got != want {
		t.Errorf("got %+v, %v", got, err)
	}
	for _, format := range []config.Format{config.Lines, config.Parquet, config.JSON} {
		got, err = export.FormOf(config.Data{Format: format}, "")
		if want := (export.Form{Format: config.JSONL, Text: "text"}); err != nil || got != want {
			t.Errorf("%s: got %+v, %v", format, got, err)
		}
	}
	got, err = export.FormOf(config.Data{Format: config.TSV, Delimiter: "|", Text: "text", Label: "label"}, config.CSV)
	want = export.Form{Format: config.CSV, Delimiter: ',', Text: "text", Label: "label"}
	if err != nil || got != want {
		t.Errorf("got %+v, %v", got, err)
	}
}

package data_test

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"ringmaster/config"
	"ringmaster/data"
	"ringmaster/data/datatest"
)

// TestPlainText reads documents from plain text, by line and by paragraph, whatever ends
// the lines and the file.
func TestPlainText(t *testing.T) {
	const text = "one, the first\r\n  and its second line \n\n \nthree\n\n\nfour\nand more of it"
	for _, test := range []struct {
		format config.Format
		want   []string
	}{
		{config.Lines, []string{"one, the first", "and its second line", "three", "four", "and more of it"}},
		{config.Paragraphs, []string{"one, the first and its second line", "three", "four and more of it"}},
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "texts.txt"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		corpus, err := data.Load(t.Context(), dir, config.Task{Name: "texts", Data: config.Data{
			Path: config.Files{"texts.txt"}, Format: test.format, Split: config.Split{Train: 1},
		}})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for i, e := range datatest.List(t, corpus.Train) {
			got = append(got, e.Text)
			if e.Row != i || e.Class != 0 {
				t.Errorf("%s: document %d is row %d of class %d", test.format, i, e.Row, e.Class)
			}
		}
		if !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: read %q, want %q", test.format, got, test.want)
		}
	}
}

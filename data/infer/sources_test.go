package infer_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"ringmaster/config"
	"ringmaster/data/infer"
)

type review struct {
	Text  string `parquet:"text"`
	Label int64  `parquet:"label"`
}

// parquetOf is a Parquet file as the datasets library writes it; hidden labels are -1.
func parquetOf(t *testing.T, about string, from, rows int, hidden bool) string {
	t.Helper()
	var b bytes.Buffer
	options := []parquet.WriterOption{}
	if about != "" {
		options = append(options, parquet.KeyValueMetadata("huggingface", about))
	}
	w := parquet.NewGenericWriter[review](&b, options...)
	for i := range rows {
		r := review{sentence(from + i), int64(i % 2)}
		if hidden {
			r.Label = -1
		}
		if _, err := w.Write([]review{r}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// The folder of a data set of the Hugging Face hub: parts in shards, names of classes in three places.
func TestHubFolder(t *testing.T) {
	for name, c := range map[string]struct{ inside, file, content string }{
		"in the Parquet files": {inside: `{"info": {"features": {"text": {"dtype": "string", "_type": "Value"}, "label": {"names": ["neg", "pos"], "_type": "ClassLabel"}}}}`},
		"in dataset_info.json": {file: "dataset_info.json", content: `{"features": {"label": {"names": ["neg", "pos"], "_type": "ClassLabel"}}}`},
		"in README.md": {file: "README.md", content: `---
license: mit
dataset_info:
  features:
  - name: text
    dtype: string
  - name: label
    dtype:
      class_label:
        names:
          '0': neg
          '1': pos
---
# Reviews
`},
	} {
		t.Run(name, func(t *testing.T) {
			files := map[string]string{
				"reviews/data/train-00000-of-00002.parquet":      parquetOf(t, c.inside, 0, 60, false),
				"reviews/data/train-00001-of-00002.parquet":      parquetOf(t, c.inside, 60, 60, false),
				"reviews/data/validation-00000-of-00001.parquet": parquetOf(t, c.inside, 120, 30, false),
				"reviews/data/test-00000-of-00001.parquet":       parquetOf(t, c.inside, 150, 30, true),
			}
			if c.file != "" {
				files["reviews/"+c.file] = c.content
			}
			run, corpora, text := inferred(t, write(t, files), infer.Options{}, "reviews")
			d := run.Tasks[0].Data
			if run.Tasks[0].Name != "reviews" || len(d.Train) != 2 || len(d.Valid) != 1 || len(d.Test) != 0 || strings.Join(d.Labels.Classes(), " ") != "neg pos" {
				t.Errorf("declared %+v\n%s", d, text)
			}
			if !strings.Contains(text, "hidden") || corpora[0].Test.Len() == 0 {
				t.Errorf("the hidden labels, and a test part in their place:\n%s", text)
			}
		})
	}
}

func zipped(t *testing.T, content string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(content)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestCompressed(t *testing.T) {
	dir := write(t, map[string]string{"reviews.csv.gz": zipped(t, table("text,label", 60, func(i int) string { return sentence(i) + []string{",bad", ",good"}[i%2] }))})
	run, corpora, text := inferred(t, dir, infer.Options{}, "reviews.csv.gz")
	if run.Tasks[0].Name != "reviews" || run.Tasks[0].Data.Format != config.CSV || corpora[0].Report.Read != 60 {
		t.Errorf("%s", text)
	}
}

// A large file that is sorted by its label has classes that its beginning lacks. Quoted line breaks make a piece begin
// inside a field.
func TestLargeFileIsSampledAllOver(t *testing.T) {
	const rows = 12_000
	content := table("id,text,label", rows, func(i int) string {
		return fmt.Sprintf("%d,\"%s,\nand then, more of it\",%s", i, sentence(i), []string{"first", "second", "third", "fourth"}[i*4/rows])
	})
	dir := write(t, map[string]string{"large.csv": content})
	run, _, text := inferred(t, dir, infer.Options{Limit: len(content) / 4}, "large.csv")
	d := run.Tasks[0].Data
	if strings.Join(d.Labels.Classes(), " ") != "first fourth second third" || d.Text != "text" {
		t.Errorf("declared %+v", d)
	}
	if !strings.Contains(text, "is large: ") {
		t.Errorf("it is not said that a sample was read:\n%s", text)
	}
}

// Paths of the run file start from its own folder.
func TestPathsFromTheRunFile(t *testing.T) {
	dir := write(t, map[string]string{"data/film.csv": table("text,label", 60, func(i int) string { return sentence(i) + []string{",bad", ",good"}[i%2] })})
	for _, name := range []string{"runs", "tiny"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(filepath.Join(dir, "runs"))
	found, err := infer.Infer(t.Context(), []string{"../data/film.csv"}, infer.Options{Dir: "..", Model: "../tiny", Command: "x"})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(found.Text, "path: data/film.csv\n") || !strings.Contains(found.Text, "base: ./tiny}") {
		t.Errorf("got\n%s", found.Text)
	}
}

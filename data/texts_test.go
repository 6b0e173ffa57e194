package data_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringmaster/config"
	"ringmaster/data"
	"ringmaster/data/parquetfile"
	"ringmaster/data/textfile"
)

// asked reads all texts of a file, as "id text".
func asked(t *testing.T, texts *data.Texts) ([]string, error) {
	t.Helper()
	var all []string
	for {
		text, err := texts.Next()
		if errors.Is(err, io.EOF) {
			return all, texts.Close()
		}
		if err != nil {
			return all, errors.Join(err, texts.Close())
		}
		all = append(all, strings.TrimSpace(string(text.ID)+" "+text.Text))
	}
}

func TestTexts(t *testing.T) {
	table := "id,text,label\n7,\"great film, \"\"lovely\"\"\",1\nb-2,\"two\nlines\",0\n"
	ids := []string{`"7" great film, "lovely"`, "\"b-2\" two\nlines"}
	rows := parquetOf(t, labelled{7, text("a"), 0}, labelled{1 << 60, text("b"), 1})
	for name, c := range map[string]struct {
		name, content string
		of            data.TextsOf
		format        config.Format
		want          []string
	}{
		"lines, each of them":         {"f", "one \n\n  \ntwo\r\nlast", data.TextsOf{}, config.Lines, []string{"one", "", "", "two", "last"}},
		"lines in gzip":               {"f.txt.gz", gzipped(t, "one\ntwo\n"), data.TextsOf{}, config.Lines, []string{"one", "two"}},
		"paragraphs":                  {"f", "one\ntwo\n\n\nthree", data.TextsOf{Format: config.Paragraphs}, config.Paragraphs, []string{"one two", "three"}},
		"csv by its name":             {"f.csv", table, data.TextsOf{ID: "id"}, config.CSV, ids},
		"csv by what is inside":       {"f.CSV.gz", gzipped(t, table), data.TextsOf{ID: "id"}, config.CSV, ids},
		"csv by what it is said":      {"f.txt", table, data.TextsOf{Format: config.CSV, ID: "id"}, config.CSV, ids},
		"another column, delimiter":   {"f.csv", "essay|n\na|1\n", data.TextsOf{Text: "essay", Delimiter: "|"}, config.CSV, []string{"a"}},
		"without a header":            {"f.tsv", "1\t\"a\"\"\n", data.TextsOf{Columns: []string{"n", "text"}, ID: "n"}, config.TSV, []string{`"1" "a""`}},
		"fields to ignore":            {"f.csv", "text\na,b\n", data.TextsOf{ExtraFields: "ignore"}, config.CSV, []string{"a"}},
		"jsonl":                       {"f.jsonl", `{"text":"great film","label":1,"id":1.50}` + "\n" + `{"id":"x<y","text":"b"}`, data.TextsOf{ID: "id"}, config.JSONL, []string{"1.50 great film", `"x<y" b`}},
		"an array":                    {"f.json", `[{"text":"a","id":1},{"text":"b","id":true}]`, data.TextsOf{ID: "id"}, config.JSON, []string{"1 a", "true b"}},
		"Parquet by its name":         {"f.parquet", rows, data.TextsOf{ID: "id"}, config.Parquet, []string{"7 a", "1152921504606846976 b"}},
		"Parquet by itself":           {"part-0", rows, data.TextsOf{ID: "id"}, config.Parquet, []string{"7 a", "1152921504606846976 b"}},
		"lines that are said to be":   {"f", "text,label\n{\"text\":\"a\"}\n", data.TextsOf{Format: config.Lines}, config.Lines, []string{"text,label", `{"text":"a"}`}},
		"lines that look like no CSV": {"f", "Well, text\nok\n", data.TextsOf{}, config.Lines, []string{"Well, text", "ok"}},
		"nothing":                     {"empty.txt", "", data.TextsOf{}, config.Lines, nil},
		"a table of no rows":          {"f.csv", "id,text\n", data.TextsOf{}, config.CSV, nil},
	} {
		path := filepath.Join(write(t, map[string]string{c.name: c.content}), c.name)
		for call, open := range map[string]func() (*data.Texts, error){
			"OpenTexts": func() (*data.Texts, error) { return data.OpenTexts(path, c.name, c.of) },
			"ReadTexts": func() (*data.Texts, error) {
				file, err := os.Open(path)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { file.Close() })
				return data.ReadTexts(file, c.name, c.of)
			},
		} {
			if call == "ReadTexts" && c.format == config.Parquet {
				continue
			}
			texts, err := open()
			if err != nil {
				t.Errorf("%s, %s: %v", call, name, err)
				continue
			}
			if texts.Format() != c.format {
				t.Errorf("%s, %s: read as %s", call, name, texts.Format())
			}
			got, err := asked(t, texts)
			if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
				t.Errorf("%s, %s: %v (-want +got):\n%s", call, name, err, diff)
			}
			if call == "OpenTexts" {
				if texts, err = open(); err != nil {
					t.Fatal(err)
				}
				if err := errors.Join(texts.Check(t.Context()), texts.Close()); err != nil {
					t.Errorf("Check of %s: %v", name, err)
				}
			}
		}
	}
}

// TestTextsThatAreRefused holds that what cannot be read is no text, in the words in which
// a corpus is refused.
func TestTextsThatAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		name, content string
		of            data.TextsOf
		kind          error
		words         string
	}{
		"Latin-1":               {"f", "hope\ncaf\xe9\n", data.TextsOf{}, data.ErrTooManyBad, "f: 1 of 2 rows is bad: 1 invalid UTF-8; first: f:2: the text is not UTF-8; save texts as UTF-8"},
		"Latin-1 in a table":    {"f.csv", "text\ncaf\xe9\n", data.TextsOf{}, data.ErrTooManyBad, `f.csv: 1 of 1 row is bad: 1 invalid UTF-8; first: f.csv:2: "text" is not UTF-8; save texts as UTF-8`},
		"UTF-16":                {"f", "\xff\xfeh\x00\n\x00", data.TextsOf{}, data.ErrEncoding, "the file f is UTF-16: save it as UTF-8"},
		"binary":                {"f", "\x00\x01\x02\x00\x00", data.TextsOf{}, textfile.ErrNotText, "f is not a text file"},
		"gzip cut short":        {"f.gz", gzipped(t, strings.Repeat("hope ", 9))[:15], data.TextsOf{}, textfile.ErrCompressed, "f.gz cannot be decompressed"},
		"a zero byte":           {"f", strings.Repeat("hope\n", 50) + "a\x00\n", data.TextsOf{}, data.ErrTooManyBad, "f:51: the text contains a zero byte"},
		"a header of csv":       {"f.txt.gz", gzipped(t, "text,label\na,1\n"), data.TextsOf{}, data.ErrFormat, "f.txt.gz looks like a table with a header: use --format csv"},
		"a header, no name":     {"f", "text,label\r\na,1\n", data.TextsOf{}, data.ErrFormat, "f looks like a table with a header: use --format csv and --text COLUMN"},
		"a header, tabs":        {"f", "id\t\"Sentence\"\n1\ta\n", data.TextsOf{}, data.ErrFormat, "f looks like a table with a header: use --format tsv"},
		"JSON, no name":         {"f", "{\"a\": \"b\"}\n", data.TextsOf{}, data.ErrFormat, "f looks like JSON: use --format jsonl"},
		"an array, no name":     {"f", "[\n {\"text\": \"b\"}]\n", data.TextsOf{}, data.ErrFormat, "f looks like a JSON array: use --format json"},
		"no such column":        {"f.csv", "essay,label\na,1\n", data.TextsOf{}, data.ErrMissingColumn, `f.csv has no column "text": it has "essay", "label"`},
		"no such id":            {"f.csv", "text,label\na,1\n", data.TextsOf{ID: "id"}, data.ErrMissingColumn, `f.csv has no column "id"`},
		"no such field":         {"f.json", `[{"essay":"a"}]`, data.TextsOf{}, data.ErrMissingColumn, `f.json has no field "text": it has "essay"`},
		"an id that is none":    {"f.jsonl", `{"text":"a","id":[1]}` + "\n" + `{"text":"a","id":1}`, data.TextsOf{ID: "id"}, data.ErrTooManyBad, `f.jsonl:1: the field "id" is not an id`},
		"an empty cell":         {"f.csv", "text,id\na,1\n,2\n", data.TextsOf{}, data.ErrTooManyBad, `f.csv: 1 of 2 rows is bad: 1 missing text; first: f.csv:3: "text" is empty`},
		"a row too short":       {"f.csv", "text,id\na,1\nb\n", data.TextsOf{}, data.ErrTooManyBad, "f.csv:3: 1 field instead of 2"},
		"JSON that is none":     {"f.jsonl", "{\"text\":\"a\"}\nhope\n", data.TextsOf{}, data.ErrTooManyBad, "f.jsonl:2: invalid character"},
		"Parquet that is none":  {"f.parquet", "hope\n", data.TextsOf{}, parquetfile.ErrNotParquet, "f.parquet is not a Parquet file"},
		"Parquet in gzip":       {"f.parquet.gz", gzipped(t, "PAR1"), data.TextsOf{}, textfile.ErrParquet, "f.parquet.gz is a Parquet file"},
		"an unknown format":     {"f", "a\n", data.TextsOf{Format: "xls"}, data.ErrDeclaration, `format "xls" is not one of csv`},
		"an impossible divider": {"f.csv", "text\n", data.TextsOf{Delimiter: "ab"}, data.ErrDeclaration, `delimiter "ab"`},
		"a name of lines":       {"f.txt", "a\n", data.TextsOf{Text: "essay"}, data.ErrFormat, "f.txt is read as lines, which has no columns: set its format"},
		"columns of lines":      {"f", "a\n", data.TextsOf{Format: config.Lines, ID: "id"}, data.ErrFormat, "f is read as lines, which has no columns"},
	} {
		path := filepath.Join(write(t, map[string]string{c.name: c.content}), c.name)
		for _, checked := range []bool{true, false} {
			texts, err := data.OpenTexts(path, c.name, c.of)
			if err == nil && checked {
				err = errors.Join(texts.Check(t.Context()), texts.Close())
			} else if err == nil {
				_, err = asked(t, texts)
			}
			if name == "no such field" && !checked {
				c.kind = data.ErrTooManyBad // that no object has the field is known at the end
			}
			if !errors.Is(err, c.kind) || checked && !strings.Contains(err.Error(), c.words) {
				t.Errorf("%s, checked %v: %v\nwant %s", name, checked, err, c.words)
			}
		}
	}
	if _, err := data.ReadTexts(strings.NewReader("PAR1"), "standard input", data.TextsOf{Format: config.Parquet}); !errors.Is(err, data.ErrFormat) {
		t.Error(err)
	}
}

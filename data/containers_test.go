package data_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"ringmaster/config"
	"ringmaster/data"
	"ringmaster/data/datatest"
	"ringmaster/data/parquetfile"
	"ringmaster/data/textfile"
	"ringmaster/inputfile"
)

func gzipped(t testing.TB, content string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write([]byte(content))
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

type labelled struct {
	ID    int64   `parquet:"id"`
	Text  *string `parquet:"text,optional"`
	Label int32   `parquet:"label"`
}

func parquetOf(t testing.TB, rows ...labelled) string {
	t.Helper()
	var b bytes.Buffer
	if err := parquet.Write(&b, rows); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func text(s string) *string { return &s }

// TestOneCorpusInEveryFormat reads the same rows from every format, compressed and not.
func TestOneCorpusInEveryFormat(t *testing.T) {
	csv := "id,text,label\n1,\"hope, one\",0\n2,café,1\n3,grief,1\n"
	jsonl := `{"id":1,"text":"hope, one","label":0}` + "\n" + `{"id":2,"text":"caf\u00e9","label":"1"}` + "\n\n" + `{"text":"grief","label":1}` + "\n"
	array := `[{"text":"hope, one","label":0},{"text":"caf\u00e9","label":"1","id":null},{"text":"grief","label":1}]`
	want := []data.Example{{Row: 0, Text: "hope, one", Class: 0}, {Row: 1, Text: "café", Class: 1}, {Row: 2, Text: "grief", Class: 1}}
	for name, c := range map[string]struct {
		format  config.Format
		content string
	}{
		"csv":               {config.CSV, csv},
		"csv in gzip":       {config.CSV, gzipped(t, csv)},
		"tsv in gzip":       {config.TSV, gzipped(t, "text\tlabel\nhope, one\t0\ncafé\t1\ngrief\t1\n")},
		"jsonl":             {config.JSONL, jsonl},
		"json by its name":  {config.JSON, jsonl},
		"an array":          {config.JSONL, array},
		"an array as json":  {config.JSON, " \n" + strings.ReplaceAll(array, ",{", ",\n\n{") + "\n"},
		"an array in gzip":  {config.JSON, gzipped(t, array)},
		"an array, indents": {config.JSON, "\xef\xbb\xbf[\n  {\n    \"text\": \"hope, one\",\n    \"label\": 0\n  },\n  {\"text\": \"café\", \"label\": 1},\n  {\"text\": \"grief\", \"label\": 1}\n]\n"},
		"parquet":           {config.Parquet, parquetOf(t, labelled{1, text("hope, one"), 0}, labelled{2, text("café"), 1}, labelled{3, text("grief"), 1})},
	} {
		corpus := mustLoad(t, map[string]string{"f": c.content}, declared(c.format, "f"))
		if diff := cmp.Diff(want, datatest.List(t, corpus.Train)); diff != "" || corpus.Report.Read != 3 {
			t.Errorf("%s: read %d (-want +got):\n%s", name, corpus.Report.Read, diff)
		}
	}
}

// TestGroupsInEveryFormat holds that split.group's column is read wherever there are columns.
func TestGroupsInEveryFormat(t *testing.T) {
	for format, content := range map[config.Format]string{
		config.CSV:     "id,text,label\n7,a,0\n9,b,1\n",
		config.JSON:    `[{"text":"a","label":0,"id":7},{"text":"b","label":1,"id":9}]`,
		config.Parquet: parquetOf(t, labelled{7, text("a"), 0}, labelled{9, text("b"), 1}),
	} {
		d := declared(format, "f")
		d.Split.Group = "id"
		c := mustLoad(t, map[string]string{"f": content}, d)
		if c.Train.Len() != 2 || datatest.List(t, c.Train)[0].Group != "7" || datatest.List(t, c.Train)[1].Group != "9" {
			t.Errorf("%s: %+v", format, datatest.List(t, c.Train))
		}
	}
}

// TestRowsOfArraysAndParquetAreNamed holds that what is bad is named by where it stands.
func TestRowsOfArraysAndParquetAreNamed(t *testing.T) {
	array := "[\n{\"text\": \"a\", \"label\": 0},\n7,\n{\"text\": \"b\",\n \"label\": 5},\n {\"label\": 0}, {\"text\": \"caf\xe9\", \"label\": 0}]"
	c := mustLoad(t, map[string]string{"f": array}, declared(config.JSON, "f"))
	want := []string{
		"f:3: the element is not an object", `f:4: label "5" is not in the map`,
		`f:6: the field "text" is not text`, "f:6: the element is not UTF-8",
	}
	var got []string
	for _, b := range c.Report.BadRows {
		got = append(got, b.String())
	}
	if diff := cmp.Diff(want, got); diff != "" || c.Train.Len() != 1 {
		t.Errorf("(-want +got):\n%s", diff)
	}
	rows := parquetOf(t, labelled{1, text("a"), 0}, labelled{2, nil, 0}, labelled{3, text(" "), 1}, labelled{4, text("b"), 9}, labelled{5, text("caf\xe9"), 1})
	c = mustLoad(t, map[string]string{"f": rows}, declared(config.Parquet, "f"))
	want = []string{`f:2: "text" is empty`, `f:3: "text" is empty`, `f:4: label "9" is not in the map`, `f:5: "text" is not UTF-8`}
	got = nil
	for _, b := range c.Report.BadRows {
		got = append(got, b.String())
	}
	if diff := cmp.Diff(want, got); diff != "" || c.Train.Len() != 1 {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestParquetOfPyarrow reads labels as integers, dictionaries, truth values and lists, as
// pyarrow writes them.
func TestParquetOfPyarrow(t *testing.T) {
	content, err := os.ReadFile("parquetfile/testdata/snappy.parquet")
	if err != nil {
		t.Fatal(err)
	}
	for label, labels := range map[string]config.Labels{
		"label": {{From: "0", To: "a"}, {From: "1", To: "b"}, {From: "2", To: "b"}},
		"name":  {{From: "low", To: "a"}, {From: "mid", To: "b"}, {From: "high", To: "b"}},
		"flag":  {{From: "true", To: "a"}, {From: "false", To: "b"}},
		"tags":  {{From: "t0", To: "a"}, {From: "t1", To: "b"}, {From: "t2", To: "b"}},
	} {
		d := declared(config.Parquet, "f")
		d.Label, d.Labels, d.SeveralLabels = label, labels, "drop"
		c := mustLoad(t, map[string]string{"f": string(content)}, d)
		if c.Report.Read != 120 || c.Report.BadTotal() != 24 || c.Train.Len()+c.Report.DroppedTotal() != 96 || label != "tags" && c.Train.Len() != 96 {
			t.Errorf("%s:\n%s", label, &c.Report)
		}
	}
}

func TestFilesOfAnotherKindAreRefused(t *testing.T) {
	csv := "text,label\na,0\n"
	array := `[{"text":"a","label":0},{"text":"b","label":1}]`
	for name, c := range map[string]struct {
		format  config.Format
		content string
		kind    error
		words   string
	}{
		"csv that is Parquet":    {config.CSV, parquetOf(t, labelled{}), textfile.ErrParquet, "f is a Parquet file, but text is expected: set format to parquet"},
		"Parquet that is csv":    {config.Parquet, csv, parquetfile.ErrNotParquet, "f is not a Parquet file: set format to the file's format"},
		"Parquet that is short":  {config.Parquet, parquetOf(t, labelled{})[:100], parquetfile.ErrDamaged, "cannot be read"},
		"a column Parquet lacks": {config.Parquet, parquetWithout(t), data.ErrMissingColumn, `f has no column "text": it has "texts", "label"; did you mean "texts"?`},
		"UTF-16":                 {config.CSV, "\xff\xfet\x00", data.ErrEncoding, "the file f is UTF-16: save it as UTF-8"},
		"gzip cut short":         {config.CSV, gzipped(t, csv)[:20], textfile.ErrCompressed, "f cannot be decompressed"},
		"xz":                     {config.JSONL, "\xfd7zXZ\x00\x00\x04", textfile.ErrNotText, "compressed by xz, which is not supported"},
		"an array cut short":     {config.JSON, array[:30], data.ErrJSON, "f: the JSON array is not closed: the file is cut short"},
		"an array without end":   {config.JSON, array[:len(array)-1], data.ErrJSON, "f: the JSON array is not closed"},
		"a broken array":         {config.JSON, "[\n" + array[1:24] + "\n}]", data.ErrJSON, "f: the JSON array is broken after element 1, which ends on line 2: invalid character"},
		"two arrays":             {config.JSON, array + "\n" + array, data.ErrJSON, "f:1: there is more after the end of the array"},
		"a field arrays lack":    {config.JSON, strings.ReplaceAll(array, "text", "essay"), data.ErrMissingColumn, `f has no field "text": it has "essay", "label"`},
		"another delimiter":      {config.CSV, "text;label\na;0\n", data.ErrMissingColumn, "if that is several columns, set delimiter to the character between them"},
		"no Parquet, empty":      {config.Parquet, "", parquetfile.ErrNotParquet, "f is not a Parquet file"},
	} {
		_, err := tryLoad(t, map[string]string{"f": c.content}, declared(c.format, "f"))
		if !errors.Is(err, c.kind) || err == nil || !strings.Contains(err.Error(), c.words) || !strings.HasPrefix(err.Error(), `task "task": `) {
			t.Errorf("%s: %v\nwant %s", name, err, c.words)
		}
	}
}

func parquetWithout(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	type row struct {
		Texts string `parquet:"texts"`
		Label int32  `parquet:"label"`
	}
	if err := parquet.Write(&b, []row{{"a", 0}}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestRefusalsAreShort holds that no input, however long, is printed back.
func TestRefusalsAreShort(t *testing.T) {
	long := strings.Repeat("hope and grief, ", 100_000)
	for name, c := range map[string]struct {
		format  config.Format
		content string
	}{
		"a header":           {config.CSV, `"` + long + "\"\na\n"},
		"many columns":       {config.TSV, strings.Repeat("column\t", 100_000) + "\na\n"},
		"a label":            {config.CSV, "text,label\na,\"" + long + "\"\n"},
		"a field":            {config.JSON, `[{"` + long + `":1}]`},
		"a line that is bad": {config.JSONL, long + "\n"},
	} {
		d := declared(c.format, "f")
		d.MaxBad = 0
		_, err := tryLoad(t, map[string]string{"f": c.content}, d)
		if err == nil || len(err.Error()) > 3000 {
			t.Errorf("%s: a refusal of %d bytes: %.300s", name, len(fmt.Sprint(err)), fmt.Sprint(err))
		}
	}
}

// TestPipesAreNoCorpora would hang if a pipe that nobody writes to were opened.
func TestPipesAreNoCorpora(t *testing.T) {
	for _, format := range config.Formats() {
		dir := write(t, map[string]string{"real": "text,label\na,0\n"})
		if err := syscall.Mkfifo(dir+"/pipe", 0o600); err != nil {
			t.Fatal(err)
		}
		d := declared(format, "pipe")
		if format.Plain() {
			d.Text, d.Label, d.Labels = "", "", nil
		}
		_, err := data.Load(t.Context(), dir, config.Task{Name: "task", Data: d})
		if !errors.Is(err, inputfile.ErrNotRegular) || !strings.Contains(err.Error(), "pipe is a pipe, but a regular file is expected") {
			t.Errorf("%s: %v", format, err)
		}
	}
	dir := write(t, map[string]string{"f": "text,label\na,0\n"})
	if err := syscall.Mkfifo(dir+"/names", 0o600); err != nil {
		t.Fatal(err)
	}
	d := declared(config.CSV, "f")
	d.LabelNames = "names"
	if _, err := data.Load(t.Context(), dir, config.Task{Name: "task", Data: d}); !errors.Is(err, inputfile.ErrNotRegular) {
		t.Errorf("label names from a pipe: %v", err)
	}
}

// unlabelled is a declaration of texts alone.
func unlabelled(format config.Format) config.Data {
	d := declared(format, "f")
	d.Label, d.Labels, d.MaxBad = "", nil, 0
	if format.Plain() {
		d.Text = ""
	}
	return d
}

// TestTextsAloneThatAreBad holds that a corpus without labels gets the sentences that one
// with labels gets: it once ended in a panic.
func TestTextsAloneThatAreBad(t *testing.T) {
	const howto = "; save texts as UTF-8 (those in Latin-1 with: iconv -f LATIN1 -t UTF-8)"
	for name, c := range map[string]struct {
		format        config.Format
		content, want string
	}{
		"a byte that is not UTF-8":     {config.Lines, "caf\xe9\nhope\n", `task "task": 1 of 2 rows is bad (50%; max_bad allows 0%): 1 invalid UTF-8; first: f:1: the text is not UTF-8` + howto},
		"the same in a paragraph":      {config.Paragraphs, "hope\ncaf\xe9\n\nb", `task "task": 1 of 2 rows is bad (50%; max_bad allows 0%): 1 invalid UTF-8; first: f:1: the text is not UTF-8` + howto},
		"an empty cell":                {config.CSV, "text,id\nhope one,1\n,2\ngood film,3\n", `task "task": 1 of 3 rows is bad (33.3%; max_bad allows 0%): 1 missing text; first: f:3: "text" is empty`},
		"an empty cell of tsv":         {config.TSV, "text\tid\n\t2\ngood film\t3\n", `task "task": 1 of 2 rows is bad (50%; max_bad allows 0%): 1 missing text; first: f:2: "text" is empty`},
		"a null":                       {config.JSONL, "{\"text\":null}\n{\"text\":\"a\"}\n", `task "task": 1 of 2 rows is bad (50%; max_bad allows 0%): 1 missing text; first: f:1: "text" is empty`},
		"not one good row":             {config.JSON, `[1, 2]`, `task "task": 2 of 2 rows are bad (100%; max_bad allows 0%): 2 invalid JSON; first: f:1: the element is not an object; f:1: the element is not an object`},
		"Parquet with a null":          {config.Parquet, parquetOf(t, labelled{}, labelled{Text: text("a")}), `task "task": 1 of 2 rows is bad (50%; max_bad allows 0%): 1 missing text; first: f:1: "text" is empty`},
		"a zero byte":                  {config.Lines, strings.Repeat("hope and grief\n", 20) + "a\x00b\n", `task "task": 1 of 21 rows is bad (4.76%; max_bad allows 0%): 1 zero byte in the text; first: f:21: the text contains a zero byte`},
		"a gzip file of Latin-1 lines": {config.Lines, gzipped(t, "caf\xe9\n"), `task "task": 1 of 1 row is bad (100%; max_bad allows 0%): 1 invalid UTF-8; first: f:1: the text is not UTF-8` + howto},
	} {
		for call, load := range map[string]func(dir string, task config.Task) error{
			"Load": func(dir string, task config.Task) error { _, err := data.Load(t.Context(), dir, task); return err },
			"LoadCleaned": func(dir string, task config.Task) error {
				_, _, err := data.LoadCleaned(t.Context(), dir, task)
				return err
			},
			"LoadTraced": func(dir string, task config.Task) error {
				_, _, err := data.LoadTraced(t.Context(), dir, task)
				return err
			},
		} {
			err := load(write(t, map[string]string{"f": c.content}), config.Task{Name: "task", Data: unlabelled(c.format)})
			if !errors.Is(err, data.ErrTooManyBad) || err.Error() != c.want {
				t.Errorf("%s, %s:\n%v, want\n%s", call, name, err, c.want)
			}
		}
	}
}

// TestOnlyLineBreaksEndLines holds that a form feed, a vertical tab and the line separators
// of Unicode are characters of a line, as they are for who writes a document a line.
func TestOnlyLineBreaksEndLines(t *testing.T) {
	c := mustLoad(t, map[string]string{"f": "hope one\fgood two\vfilm three\nlast\u2028line\u0085here\n"}, unlabelled(config.Lines))
	want := []data.Example{{Row: 0, Text: "hope one\fgood two\vfilm three"}, {Row: 1, Text: "last\u2028line\u0085here"}}
	if diff := cmp.Diff(want, datatest.List(t, c.Train)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestLabelNamesThatCannotBe(t *testing.T) {
	for content, want := range map[string]string{
		"":              "names of label_names has no names",
		"a\n\nb\n":      "line 2 of names is blank",
		"a\ncaf\xe9\n":  "line 2 of names is not UTF-8",
		"PAR1":          "names is a Parquet file",
		"\xff\xfea\x00": "the file names is UTF-16",
	} {
		d := declared(config.CSV, "f")
		d.LabelNames = "names"
		if _, err := tryLoad(t, map[string]string{"f": "text,label\na,0\n", "names": content}, d); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", content, err, want)
		}
	}
}

// FuzzLoad reads any bytes as any format, with labels and without: it ends in a corpus whose
// report adds up, or in an error, and never in a panic.
func FuzzLoad(f *testing.F) {
	for i, seed := range []string{
		"text,label\na,0\n\"b\n", "text\tlabel\na\t0\n", "{\"text\":\"a\",\"label\":0}\n{", "[{\"text\":\"a\",\"label\":[0,1]},7]",
		parquetOf(f, labelled{Text: text("a")}, labelled{}), "hope\ncaf\xe9\n\n\x00\n", "a\n\nb\nc\n", gzipped(f, "text,label\na,0\n"),
	} {
		for format := range config.Formats() {
			f.Add(seed, uint8(format), i%2 == 0)
		}
	}
	f.Fuzz(func(t *testing.T, content string, format uint8, withLabels bool) {
		formats := config.Formats()
		d := unlabelled(formats[int(format)%len(formats)])
		if withLabels && !d.Format.Plain() {
			d = declared(d.Format, "f")
		}
		d.MaxBad = float64(format%2) / 2
		corpus, err := tryLoad(t, map[string]string{"f": content}, d)
		if err == nil {
			checkSum(t, corpus)
		} else if fmt.Sprint(err) == "" {
			t.Error("an error that says nothing")
		}
	})
}

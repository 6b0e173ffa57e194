package data_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringmaster/config"
	"ringmaster/data"
	"ringmaster/data/datatest"
)

// declared is a declaration with the defaults of a run file, all rows for training.
func declared(format config.Format, files ...string) config.Data {
	return config.Data{
		Path: files, Format: format, Text: "text", Label: "label",
		Labels: config.Labels{{From: "0", To: "no"}, {From: "1", To: "yes"}},
		Split:  config.Split{Train: 1, Seed: 13},
		Clean:  config.Clean{Dedup: true, URLs: true, Users: true},
		MaxBad: 1,
	}
}

// write puts files into a fresh folder. They stand in the tests and not in
// testdata, since what they are about (CR, byte order marks) is invisible there.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func tryLoad(t *testing.T, files map[string]string, d config.Data) (*data.Corpus, error) {
	t.Helper()
	return data.Load(context.Background(), write(t, files), config.Task{Name: "task", Data: d})
}

func mustLoad(t *testing.T, files map[string]string, d config.Data) *data.Corpus {
	t.Helper()
	corpus, err := tryLoad(t, files, d)
	if err != nil {
		t.Fatal(err)
	}
	checkSum(t, corpus)
	return corpus
}

// checkSum holds that a report accounts for every row.
func checkSum(t *testing.T, c *data.Corpus) {
	t.Helper()
	r := c.Report
	sum := r.BadTotal() + r.DroppedTotal() + r.Duplicates + r.Overlaps + r.Limited + c.Train.Len() + c.Valid.Len() + c.Test.Len()
	if r.Read != sum {
		t.Errorf("the report accounts for %d of %d rows", sum, r.Read)
	}
}

// TestReading holds what becomes of single records: the good ones as "row class
// text", the bad and dropped ones as the report names them.
func TestReading(t *testing.T) {
	jsonl := declared(config.JSONL, "f")
	tests := []struct {
		name    string
		file    string
		data    config.Data
		change  func(*config.Data)
		rows    []string
		bad     []string
		dropped []data.Count
	}{
		{
			name: "csv with quotes, CRLF, a byte order mark and no last line end",
			file: "\xef\xbb\xbf\"text\",label,id\r\n\"a, \"\"b\"\"\",0,7\r\nc,1,8",
			data: declared(config.CSV, "f"),
			rows: []string{`0 no a, "b"`, "1 yes c"},
		},
		{
			name: "a bad row after a csv record of several lines is named by its line",
			file: "text,label\n\"one\ntwo\n\nthree\",1\nshort\nlast,0\n",
			data: declared(config.CSV, "f"),
			rows: []string{"0 yes one\ntwo\n\nthree", "2 no last"},
			bad:  []string{"f:6: 1 field instead of 2"},
		},
		{
			name: "a bad csv record of several lines is named by its first line",
			file: "text,label\nfirst,0\n\"one\ntwo\",2\n",
			data: declared(config.CSV, "f"),
			rows: []string{"0 no first"},
			bad:  []string{`f:3: label "2" is not in the map`},
		},
		{
			name: "a quotation that never closes counts as the lines it swallows",
			file: "text,label\ngood,0\n\"open,0\nb,1\nc,1\n",
			data: declared(config.CSV, "f"),
			rows: []string{"0 no good"},
			bad:  []string{`f:3: extraneous or missing " in quoted-field (line 5, column 5) ×3`},
		},
		{
			name: "reading goes on after a stray quotation mark",
			file: "text,label\nsay \"hi\",0\nb,1\n",
			data: declared(config.CSV, "f"),
			rows: []string{"1 yes b"},
			bad:  []string{`f:2: bare " in non-quoted-field (line 2, column 5)`},
		},
		{
			name: "tsv has no quoting; LF and CRLF may mix; blank lines are no records",
			file: "label\ttext\r\n0\t\"a\r\n\r\n1\tb \" c\n2\td\n",
			data: declared(config.TSV, "f"),
			rows: []string{`0 no "a`, `1 yes b " c`},
			bad:  []string{`f:5: label "2" is not in the map`},
		},
		{
			name: "a doubled quotation mark of tsv is two characters",
			file: "text\tlabel\nsay \"\"hi\"\" now\t0\n\"\"\"no\"\"\t1\n\"a \"\"b\"\"\"\t1\n",
			data: declared(config.TSV, "f"),
			rows: []string{`0 no say ""hi"" now`, `1 yes """no""`, `2 yes "a ""b"""`},
		},
		{
			name: "mail addresses are no names, whatever stands before their @",
			file: "text\tlabel\nbob@example.org\t0\nfirst.last@a.b, x_@c.d: é@e.f 7@g.h\t1\n(@you) \"@me\"\t1\n@a @b,@c\t0\n",
			data: declared(config.TSV, "f"),
			rows: []string{"0 no bob@example.org", "1 yes first.last@a.b, x_@c.d: é@e.f 7@g.h", `2 yes (<USER>) "<USER>"`, "3 no <USER> <USER>,<USER>"},
		},
		{
			name:   "any delimiter",
			file:   "text|label\na|0\n",
			data:   declared(config.TSV, "f"),
			change: func(d *config.Data) { d.Delimiter = "|" },
			rows:   []string{"0 no a"},
		},
		{
			name:   "no header",
			file:   "a,0\nb,1\n",
			data:   declared(config.CSV, "f"),
			change: func(d *config.Data) { d.Header, d.Columns = new(bool), []string{"text", "label"} },
			rows:   []string{"0 no a", "1 yes b"},
		},
		{
			name:   "columns beside a header replace its names",
			file:   "label\tcontent\n0\ta\n",
			data:   declared(config.TSV, "f"),
			change: func(d *config.Data) { d.Columns = []string{"label", "text"} },
			rows:   []string{"0 no a"},
		},
		{
			name: "extra fields are an error",
			file: "text,label\na,0,x\nb,1\n",
			data: declared(config.CSV, "f"),
			rows: []string{"1 yes b"},
			bad:  []string{"f:2: 3 fields instead of 2"},
		},
		{
			name:   "extra fields may be ignored, missing ones may not",
			file:   "text,label\na,0,x\nb\n",
			data:   declared(config.CSV, "f"),
			change: func(d *config.Data) { d.ExtraFields = "ignore" },
			rows:   []string{"0 no a"},
			bad:    []string{"f:3: 1 field instead of 2"},
		},
		{
			name:   "texts that are missing, become empty, or are not UTF-8",
			file:   "text,label\n ,0\n#,0\n\"\xff\",0\na,0\n",
			data:   declared(config.CSV, "f"),
			change: func(d *config.Data) { d.Clean.Replace = config.Labels{{From: "#"}} },
			rows:   []string{"3 no a"},
			bad: []string{`f:2: "text" is empty`, "f:3: the text is empty after cleaning",
				`f:4: "text" is not UTF-8`},
		},
		{
			name:    "an empty class drops a row, an empty label is bad",
			file:    "text,label\na,0\nb,neutral\nc,\nd, 1 \n",
			data:    declared(config.CSV, "f"),
			change:  func(d *config.Data) { d.Labels = append(d.Labels, config.Pair{From: "neutral"}) },
			rows:    []string{"0 no a", "3 yes d"},
			bad:     []string{"f:4: the label is empty"},
			dropped: []data.Count{{What: `label "neutral" has no class`, Rows: 1}},
		},
		{
			name: "several labels in a cell; those without a class do not count",
			file: "text\tlabel\na\t0,0b\nb\t0,1\nc\tx,1\nd\tx\ne\tx,y\nf\t\ng\t1,z\nh\t1,x\n",
			data: declared(config.TSV, "f"),
			change: func(d *config.Data) {
				d.LabelSeparator, d.SeveralLabels = ",", "drop"
				d.Labels = append(d.Labels, config.Pair{From: "0b", To: "no"}, config.Pair{From: "x"}, config.Pair{From: "y"})
			},
			rows: []string{"0 no a", "2 yes c", "7 yes h"},
			bad:  []string{`f:8: label "z" is not in the map`},
			dropped: []data.Count{
				{What: `label "x" has no class`, Rows: 1},
				{What: "no label", Rows: 1},
				{What: "several classes", Rows: 1},
				{What: "several labels, none of them with a class", Rows: 1},
			},
		},
		{
			name:   "several classes or none are bad by default",
			file:   "text\tlabel\na\t0,1\nb\t,\nc\t1\n",
			data:   declared(config.TSV, "f"),
			change: func(d *config.Data) { d.LabelSeparator = "," },
			rows:   []string{"2 yes c"},
			bad:    []string{`f:2: "0", "1" are of several classes`, "f:3: it has no label"},
		},
		{
			name: "a column a label",
			file: "text\tno\tyes\na\t1\t0\nb\t0\t1\nc\tNONE\tNONE\n",
			data: declared(config.TSV, "f"),
			change: func(d *config.Data) {
				d.Label, d.LabelColumns = "", []string{"no", "yes"}
				d.Labels = config.Labels{{From: "no", To: "no"}, {From: "yes", To: "yes"}}
			},
			rows: []string{"0 no a", "1 yes b"},
			bad:  []string{`f:4: "no" has "NONE"`},
		},
		{
			name: "jsonl: labels are texts, numbers, booleans or lists",
			file: `{"text":"a","label":"0"}` + "\n" + `{"label":1,"text":"b \u00e9","id":3}` + "\r\n" +
				`{"text":"c","label":true}` + "\n" + `{"text":"d","label":["1",true]}` + "\n",
			data:   jsonl,
			change: func(d *config.Data) { d.Labels = append(d.Labels, config.Pair{From: "true", To: "yes"}) },
			rows:   []string{"0 no a", "1 yes b é", "2 yes c", "3 yes d"},
		},
		{
			name: "jsonl: what can be wrong with a line",
			file: "{\"text\":\"a\",\"label\":0}\n[1]\n{\"text\":\n{\"label\":1}\n{\"text\":null,\"label\":1}\n{\"text\":\"b\"}\n" +
				"{\"text\":\"c\",\"label\":{}}\n{\"text\":\"\xff\",\"label\":1}\nnull\n{\"text\":\"d\",\"label\":null}\n",
			data: jsonl,
			rows: []string{"0 no a"},
			bad: []string{"f:2: the line is not an object", "f:3: unexpected end of JSON input",
				`f:4: the field "text" is not text`, `f:5: "text" is empty`, `f:6: the field "label" is not a label`,
				`f:7: the field "label" is not a label`, "f:8: the line is not UTF-8", "f:9: the line is not an object",
				`f:10: the field "label" is not a label`},
		},
		{
			name:    "cleaning",
			file:    "text\tlabel\n see https://t.co/x?y=1, (www.A.org/b) ok \t0\n@you and a@b.org, .@me:  @@x\t1\nnothing to say\t1\n[ None.]\t1\n",
			data:    declared(config.TSV, "f"),
			change:  func(d *config.Data) { d.Clean.Drop = []string{`^\[`, "(?i)^NOTHING"} },
			rows:    []string{"0 no see <URL>, (<URL>) ok", "1 yes <USER> and a@b.org, .<USER>:  @@x"},
			dropped: []data.Count{{What: `text matches "(?i)^NOTHING"`, Rows: 1}, {What: `text matches "^\\["`, Rows: 1}},
		},
		{
			name:   "cleaning can be turned off",
			file:   "text\tlabel\n http://a.b @c \t0\n",
			data:   declared(config.TSV, "f"),
			change: func(d *config.Data) { d.Clean = config.Clean{} },
			rows:   []string{"0 no http://a.b @c"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if test.change != nil {
				test.change(&test.data)
			}
			c := mustLoad(t, map[string]string{"f": test.file}, test.data)
			var rows, bad []string
			for _, e := range datatest.List(t, c.Train) {
				rows = append(rows, fmt.Sprintf("%d %s %s", e.Row, c.Classes[e.Class], e.Text))
			}
			for _, b := range c.Report.BadRows {
				text := b.String()
				if b.Reason == data.BrokenQuote && b.LastLine > b.Line {
					text += fmt.Sprintf(" ×%d", c.Report.BadTotal())
				}
				bad = append(bad, text)
			}
			if diff := cmp.Diff(test.rows, rows); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.bad, bad); diff != "" {
				t.Errorf("bad rows (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(append([]data.Count{}, test.dropped...), c.Report.Dropped); diff != "" {
				t.Errorf("dropped (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLabelNamesNumberTheLines(t *testing.T) {
	d := declared(config.TSV, "f")
	d.LabelNames, d.LabelSeparator = "names", ","
	d.Labels = config.Labels{{From: "joy", To: "good"}, {From: "anger", To: "bad"}}
	c := mustLoad(t, map[string]string{"names": "anger\r\njoy", "f": "text\tlabel\na\t1\nb\t0\nc\t2\nd\tjoy\n"}, d)
	want := []data.Example{{Row: 0, Text: "a", Class: 0}, {Row: 1, Text: "b", Class: 1}}
	if diff := cmp.Diff(want, datatest.List(t, c.Train)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]data.Count{{What: string(data.UnnamedLabel), Rows: 2}}, c.Report.Bad); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRowsAreNumberedOverFilesInDeclaredOrder(t *testing.T) {
	d := declared(config.CSV)
	d.Path, d.Train, d.Valid, d.Test = nil, []string{"b", "a"}, []string{"v"}, []string{"t"}
	c := mustLoad(t, map[string]string{
		"a": "text,label\na1,0\n", "b": "label,text\n0,b1\n9,bad\n1,b2\n", "v": "text,label\nv1,1\n", "t": "text,label\nt1,1\n",
	}, d)
	got := [][]data.Example{datatest.List(t, c.Train), datatest.List(t, c.Valid), datatest.List(t, c.Test)}
	want := [][]data.Example{
		{{Row: 0, Text: "b1"}, {Row: 2, Text: "b2", Class: 1}, {Row: 3, Text: "a1"}},
		{{Row: 4, Text: "v1", Class: 1}}, {{Row: 5, Text: "t1", Class: 1}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]data.FileRows{{File: "b", Rows: 3}, {File: "a", Rows: 1}, {File: "v", Rows: 1}, {File: "t", Rows: 1}}, c.Report.Files); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDuplicatesConflictsAndOverlaps(t *testing.T) {
	d := declared(config.CSV)
	d.Path, d.Train, d.Valid, d.Test = nil, []string{"tr"}, []string{"v"}, []string{"te"}
	files := map[string]string{
		"tr": "text,label\na,0\n a ,0\na,1\nb,0\nc,0\nheld,0\nheld,1\n",
		"v":  "text,label\nheld,1\nv,0\nv,0\n",
		"te": "text,label\nx,1\nv,1\n",
	}
	c := mustLoad(t, files, d)
	r := c.Report
	if r.Duplicates != 1 || r.Overlaps != 2 || r.Repeats != 1 || r.Shared != 1 {
		t.Errorf("duplicates %d, overlaps %d, repeats %d, shared %d; want 1, 2, 1, 1", r.Duplicates, r.Overlaps, r.Repeats, r.Shared)
	}
	want := []data.Conflict{
		{Text: "a", Rows: []string{"tr:2 no", "tr:4 yes"}},
		{Text: "v", Rows: []string{"v:3 no", "v:4 no", "te:3 yes"}},
	}
	if diff := cmp.Diff(want, r.ConflictTexts); diff != "" {
		t.Errorf("conflicts (-want +got):\n%s", diff)
	}
	if r.Conflicts != 2 || c.Train.Len() != 4 || c.Valid.Len() != 3 || c.Test.Len() != 2 {
		t.Errorf("%d conflicts, sizes %d %d %d; want 2, sizes 4 3 2", r.Conflicts, c.Train.Len(), c.Valid.Len(), c.Test.Len())
	}

	d.Clean.Dedup = false
	c = mustLoad(t, files, d)
	if c.Report.Duplicates != 0 || c.Report.Overlaps != 2 || c.Train.Len() != 5 {
		t.Errorf("without dedup: duplicates %d, overlaps %d, train %d; want 0, 2, 5", c.Report.Duplicates, c.Report.Overlaps, c.Train.Len())
	}
}

// TestErrors holds the kind of each error and the sentence a person reads.
func TestErrors(t *testing.T) {
	many := "text,label\n" + strings.Repeat("a,0\n", 95) + "b,2\nc,2\nd,neutral\ne\nf,2\n"
	tests := []struct {
		name   string
		change func(*config.Data)
		file   string
		kind   error
		want   string
	}{
		{"missing file", func(d *config.Data) { d.Path = []string{"nowhere.csv"} }, "", data.ErrMissingFile,
			`task "task": the file nowhere.csv does not exist (full path: DIR/nowhere.csv)`},
		{"missing column", nil, "Text,lable\na,0\n", data.ErrMissingColumn,
			`task "task": f has no column "text": it has "Text", "lable"; did you mean "Text"?`},
		{"no column is near", nil, "text,klasse\na,0\n", data.ErrMissingColumn,
			`task "task": f has no column "label": it has "text", "klasse"`},
		{"column twice", nil, "text,label,text\na,0,b\n", data.ErrMissingColumn,
			`task "task": f has two columns "text": give all columns distinct names with columns`},
		{"columns that do not fit", func(d *config.Data) { d.Columns = []string{"text", "label"} }, "a,b,c\n", data.ErrMissingColumn,
			`task "task": f has 3 columns ("a", "b", "c"), and columns names 2`},
		{"empty file", nil, "", data.ErrMissingColumn, `task "task": f has no column "text": it has no columns`},
		{"missing field", func(d *config.Data) { d.Format = config.JSONL }, `{"txt":"a","label":0}` + "\n", data.ErrMissingColumn,
			`task "task": f has no field "text": it has "label", "txt"; did you mean "txt"?`},
		{"UTF-16", nil, "\xff\xfet\x00", data.ErrEncoding, `task "task": the file f is UTF-16: save it as UTF-8`},
		{"too many bad rows", func(d *config.Data) { d.MaxBad = 0.04 }, many, data.ErrTooManyBad,
			`task "task": 5 of 100 rows are bad (5%; max_bad allows 4%): 4 label not in the map, 1 wrong number of fields; ` +
				`labels has "0", "1" and lacks "2" (3), "neutral" (1); ` +
				`first: f:97: label "2" is not in the map; f:98: label "2" is not in the map; f:99: label "neutral" is not in the map`},
		{"no rows", nil, "text,label\nb,2\n", data.ErrNoRows,
			`task "task": no training rows are left: of 1 row read, 1 bad, 0 dropped, 0 duplicates, 0 also in validation or test files`},
		{"bad pattern", func(d *config.Data) { d.Clean.Drop = []string{"("} }, "text,label\n", data.ErrDeclaration,
			"task \"task\": the declaration of its data is wrong: clean.drop has \"(\", which is not a regular expression: error parsing regexp: missing closing ): `(`"},
		{"impossible split", func(d *config.Data) { d.Split = config.Split{Test: 1} }, "text,label\na,0\n", data.ErrDeclaration,
			`task "task": the declaration of its data is wrong: split.train is 0, which leaves nothing to train on`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := declared(config.CSV, "f")
			if test.change != nil {
				test.change(&d)
			}
			dir := write(t, map[string]string{"f": test.file})
			_, err := data.Load(context.Background(), dir, config.Task{Name: "task", Data: d})
			if !errors.Is(err, test.kind) {
				t.Fatalf("got %v, want %v", err, test.kind)
			}
			if diff := cmp.Diff(test.want, strings.ReplaceAll(err.Error(), dir, "DIR")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestMaxBadIsAShareThatMayBeReached(t *testing.T) {
	d := declared(config.CSV, "f")
	d.MaxBad = 0.05
	file := "text,label\n" + strings.Repeat("a,0\n", 95) + strings.Repeat("b,2\n", 5)
	c := mustLoad(t, map[string]string{"f": file}, d)
	if c.Report.BadTotal() != 5 {
		t.Errorf("%d bad rows, want 5", c.Report.BadTotal())
	}
}

func TestOnlyTheFirstBadRowsAreNamed(t *testing.T) {
	c := mustLoad(t, map[string]string{"f": "text,label\na,0\n" + strings.Repeat("b,2\n", 50)}, declared(config.CSV, "f"))
	if n := len(c.Report.BadRows); n != 20 || c.Report.BadTotal() != 50 {
		t.Errorf("%d of %d bad rows named, want 20 of 50", n, c.Report.BadTotal())
	}
}

func TestLoadStopsWhenCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	dir := write(t, map[string]string{"f": "text,label\na,0\n"})
	_, err := data.Load(ctx, dir, config.Task{Name: "task", Data: declared(config.CSV, "f")})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}

func TestReportReads(t *testing.T) {
	d := declared(config.CSV)
	d.Path, d.Train, d.Test, d.Limit = nil, []string{"a", "b"}, []string{"t"}, 3
	c := mustLoad(t, map[string]string{
		"a": "text,label\na,0\na,0\na,1\nb,1\nc,2\n", "b": "text,label\nd,1\ne,0\nf,0\nt,1\n", "t": "text,label\nt,1\n",
	}, d)
	want := `task: 10 rows read (a 5, b 4, t 1)
  bad        1: 1 label not in the map; first: a:6: label "2" is not in the map
  duplicates 1 removed
  overlaps   1 training row removed whose text is in the validation or test part
  conflicts  1 text with several classes; first: a:2 no, a:4 yes
  limited    3 training rows left out
  train      3 (no 1, yes 2)
  valid      0 (no 0, yes 0)
  test       1 (no 0, yes 1)
  positive   yes: it has the higher numeric label, 1
  warning    class "no" has no rows in test (train 1 of 3, valid 0 of 0, test 0 of 1): it is not evaluated there
`
	if diff := cmp.Diff(want, c.Report.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestHashTellsExamplesApart(t *testing.T) {
	base := []data.Example{{Row: 1, Text: "ab", Class: 0}, {Row: 2, Text: "c", Class: 1}}
	hash := func(examples ...data.Example) string {
		h, err := data.Hash(datatest.Part(t, examples...))
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	seen := map[string]string{hash(base...): "base"}
	for name, examples := range map[string][]data.Example{
		"row":      {{Row: 3, Text: "ab", Class: 0}, {Row: 2, Text: "c", Class: 1}},
		"class":    {{Row: 1, Text: "ab", Class: 1}, {Row: 2, Text: "c", Class: 1}},
		"text":     {{Row: 1, Text: "ac", Class: 0}, {Row: 2, Text: "c", Class: 1}},
		"boundary": {{Row: 1, Text: "a", Class: 0}, {Row: 2, Text: "bc", Class: 1}},
		"order":    {{Row: 2, Text: "c", Class: 1}, {Row: 1, Text: "ab", Class: 0}},
		"shorter":  base[:1],
		"empty":    nil,
	} {
		h := hash(examples...)
		if other, met := seen[h]; met {
			t.Errorf("%s and %s have the same hash", name, other)
		}
		seen[h] = name
	}
	// As Python's hashlib has it of 1, 0, 2, ab, 2, 1, 1, c, numbers as unsigned 64 bits: caches are known by it.
	if got := hash(base...); got != "9cc676569d2f9d7768370561dea88b658ebfee53ff0c624ac7c78775a6a58e41" {
		t.Errorf("the hash is %s", got)
	}
}

package job

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"ringmaster/config"
	"ringmaster/data"
	"ringmaster/data/datatest"
	"ringmaster/model/softmax"
	"ringmaster/run/directory"
)

// asked is a task of four training rows, whose texts are cleaned.
func asked(t *testing.T) *Task {
	t.Helper()
	task := &Task{Task: config.Task{Name: "mood", Data: config.Data{Clean: config.Clean{Users: true}}}}
	task.Corpus = &data.Corpus{Classes: []string{"sad", "glad"}}
	var rows []data.Example
	for i, text := range []string{"<USER> is here", "so, \"glad\"", "rain", "sun"} {
		rows = append(rows, data.Example{Row: 10 + i, Text: text, Class: i % 2})
	}
	task.Corpus.Train = datatest.Part(t, rows...)
	return task
}

// answered reads a file of answers and matches it with the task.
func answered(t *testing.T, name, text string, unanswered config.Unanswered) (*Answers, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	a, err := readAnswers(path, name, config.KindClasses, []string{"sad", "glad"}, unanswered)
	if err == nil {
		err = a.match(asked(t), func(string, ...any) {})
	}
	return a, err
}

// Answers are found by a row's number, and by its text as it was before and after cleaning, in any of the formats.
func TestAnswersOfEachFormat(t *testing.T) {
	want := []float64{0.25, 0.9, 0, 1}
	for name, text := range map[string]string{
		"a.csv": "text,glad,sad\n@you is here,0.25,0.75\n\"so, \"\"glad\"\"\",0.9,0.1\nrain,0,1\nsun,1,0\n",
		"b.tsv": "row\tsad\tglad\n10\t0.75\t0.25\n11\t0.1\t0.9\n12\t1\t0\n13\t0\t1\n",
		"c.jsonl": `{"text": "@you is here", "probabilities": {"sad": 0.75, "glad": 0.25}}
{"text": "so, \"glad\"", "sad": 0.1, "glad": 0.9}

{"row": 12, "sad": 1, "glad": 0}
{"row": 13, "sad": 0.0, "glad": 1.0}`,
	} {
		a, err := answered(t, name, text, "")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for i, e := range datatest.List(t, asked(t).Corpus.Train) {
			logits := a.logits[directory.RowKeyOf(e.Text)]
			if got := softmax.Of(logits)[1]; math.Abs(got-want[i]) > 2e-7 {
				t.Errorf("%s, row %d: %v, want %v", name, e.Row, got, want[i])
			}
		}
	}
}

func TestAnswersThatAreRefused(t *testing.T) {
	const rest = "rain,0.5,0.5\nsun,0.5,0.5\n"
	for text, want := range map[string]string{
		"text,sad\nrain,1\n":                   "no column for the probability of the class glad",
		"words,sad,glad\nrain,1,0\n":           "no column text or row",
		"text,sad,glad\nrain,0.5,0.6\n" + rest: "a.csv:2: impossible answer: the probabilities add up to 1.1",
		"text,sad,glad\nrain,-1,2\n":           "the probability of sad is -1",
		"text,sad,glad\nrain,much,0\n":         "is not a number",
		"text,sad,glad\nrain,NaN,1\n":          "the probability of sad is NaN",
		"row,sad,glad\nfirst,1,0\n":            "is not a whole number",
		"text,sad,glad\nrain,1,0\nrain,0,1\n":  "a.csv:3: the same text or row has another answer",
		"text,sad,glad\n" + rest:               "no answer for 2 of the 4 training rows of task mood, the first of which is row 10",
		"text,sad,glad\nsnow,1,0\n":            "an answer for none of the 4",
	} {
		if _, err := answered(t, "a.csv", text, ""); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	a, err := answered(t, "a.csv", "text,sad,glad\n"+rest, config.UnansweredGold)
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range datatest.List(t, asked(t).Corpus.Train)[:2] {
		if p := softmax.Of(a.logits[directory.RowKeyOf(e.Text)]); math.Abs(p[i]-1) > 1e-6 {
			t.Errorf("row %d, which has no answer: %v", e.Row, p)
		}
	}
}

// Another file, or another rule, is another teacher.
func TestAnswersAreKnownByTheirContent(t *testing.T) {
	keys := map[string]bool{}
	for _, p := range []string{"0.5", "0.25"} {
		for _, rule := range []config.Unanswered{"", config.UnansweredGold} {
			a, err := answered(t, "a.csv", fmt.Sprintf("row,sad,glad\n10,%s,%s\n11,1,0\n12,1,0\n13,1,0\n", p, map[string]string{"0.5": "0.5", "0.25": "0.75"}[p]), rule)
			if err != nil {
				t.Fatal(err)
			}
			keys[a.Key()] = true
		}
	}
	if len(keys) != 4 {
		t.Errorf("keys %v", keys)
	}
}

// Answers of kind labels have a probability for each label, which need not add up to 1, and those of kind value a number.
func TestAnswersOfEachKind(t *testing.T) {
	for _, c := range []struct {
		kind   config.Kind
		labels config.Labels
		text   string
		want   [][]float64
		says   string
	}{
		{config.KindLabels, config.Labels{{From: "sad", To: "sad"}, {From: "glad", To: "glad"}}, "row,sad,glad\n10,0.75,0.5\n11,0,0\n12,1,1\n",
			[][]float64{{0.75, 0.5}, {0, 0}, {1, 1}, {0, 1}}, ""},
		{config.KindLabels, config.Labels{{From: "sad", To: "sad"}, {From: "glad", To: "glad"}}, "row,sad,glad\n10,0.75,1.5\n", nil, "the probability of glad is 1.5"},
		{config.KindLabels, config.Labels{{From: "sad", To: "sad"}, {From: "glad", To: "glad"}}, "row,sad\n10,1\n", nil, "no column for the probability of the label glad"},
		{config.KindValue, nil, "row,degree\n10,4.25\n11,-1\n12,0\n", [][]float64{{4.25}, {-1}, {0}, {6.5}}, ""},
		{config.KindValue, nil, "row,degree\n10,Inf\n", nil, "the value degree is +Inf"},
		{config.KindValue, nil, "row,empathy\n10,1\n", nil, "no column for the value degree: it has row, empathy"},
	} {
		task := asked(t)
		task.Kind, task.Data.Label, task.Data.Labels = c.kind, "degree", c.labels
		task.Corpus.Classes = task.Outputs()
		rows := datatest.List(t, task.Corpus.Train)
		rows[3].Set, rows[3].Value = []int32{1}, 6.5 // has no answer
		task.Corpus.Train = datatest.Part(t, rows...)
		path := filepath.Join(t.TempDir(), "a.csv")
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		a, err := readAnswers(path, "a.csv", c.kind, task.Outputs(), config.UnansweredGold)
		if err == nil {
			err = a.match(task, func(string, ...any) {})
		}
		if c.says != "" {
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%s: %v, want %q", c.kind, err, c.says)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.kind, err)
			continue
		}
		for i, e := range datatest.List(t, task.Corpus.Train) {
			got := task.Meaning().Teach(a.logits[directory.RowKeyOf(e.Text)])
			for k, p := range c.want[i] {
				if math.Abs(got[k]-p) > 2e-7 {
					t.Errorf("%s, row %d: %v, want %v", c.kind, e.Row, got, c.want[i])
				}
			}
		}
	}
}

// A text has one answer: of rows with one text, and of texts that cleaning makes equal, it is the mean, whatever the order of a map;
// rows without an answer do not displace one, and of several labels they stand for the share of each.
func TestAnswersToOneText(t *testing.T) {
	for name, c := range map[string]struct {
		rows   []data.Example
		answer string
		glad   float64
		means  bool
	}{
		"two rows":              {[]data.Example{{Row: 10, Text: "rain"}, {Row: 11, Text: "rain", Class: 1}}, "row,sad,glad\n10,0.75,0.25\n11,0.25,0.75\n", 0.5, true},
		"two rows alike":        {[]data.Example{{Row: 10, Text: "rain"}, {Row: 11, Text: "rain", Class: 1}}, "row,sad,glad\n10,0.75,0.25\n11,0.75,0.25\n", 0.25, false},
		"equal when cleaned":    {[]data.Example{{Row: 10, Text: "<USER> hi"}}, "text,sad,glad\n@a hi,0.9,0.1\n@b hi,0.5,0.5\n@c hi,0.1,0.9\n", 0.5, true},
		"itself above those":    {[]data.Example{{Row: 10, Text: "<USER> hi"}}, "text,sad,glad\n@a hi,0.9,0.1\n<USER> hi,0.25,0.75\n", 0.75, false},
		"one without an answer": {[]data.Example{{Row: 10, Text: "rain"}, {Row: 11, Text: "rain", Class: 1}}, "row,sad,glad\n10,0.75,0.25\n", 0.25, false},
		"two labels":            {[]data.Example{{Row: 9, Text: "sun"}, {Row: 10, Text: "rain"}, {Row: 11, Text: "rain", Class: 1}}, "row,sad,glad\n9,0.75,0.25\n", 0.5, true},
	} {
		task := asked(t)
		task.Corpus.Train = datatest.Part(t, c.rows...)
		path := filepath.Join(t.TempDir(), "a.csv")
		if err := os.WriteFile(path, []byte(c.answer), 0o600); err != nil {
			t.Fatal(err)
		}
		a, err := readAnswers(path, "a.csv", config.KindClasses, []string{"sad", "glad"}, config.UnansweredGold)
		if err != nil {
			t.Fatal(name, err)
		}
		said := ""
		if err := a.match(task, func(format string, args ...any) { said += fmt.Sprintf(format, args...) + "\n" }); err != nil {
			t.Fatal(name, err)
		}
		last := c.rows[len(c.rows)-1].Text
		if got := softmax.Of(a.logits[directory.RowKeyOf(last)])[1]; math.Abs(got-c.glad) > 2e-7 {
			t.Errorf("%s: glad %v, want %v", name, got, c.glad)
		}
		if tells := strings.Contains(said, "several answers"); tells != c.means || strings.HasSuffix(a.Key(), "means") != c.means {
			t.Errorf("%s: it says %q, and the key is %s", name, said, a.Key())
		}
	}
}

// Answers are read as corpora are: a TSV without quotation marks, a JSON array, a compressed file, a Parquet file.
func TestAnswersAreReadAsCorporaAre(t *testing.T) {
	for name, text := range map[string]string{
		"a.tsv":  "text\tsad\tglad\n@you is here\t0.75\t0.25\nso, \"glad\"\t0.1\t0.9\nrain\t1\t0\n\nsun\t0\t1\n",
		"b.json": `[{"text": "@you is here", "sad": 0.75, "glad": 0.25}, {"row": 11, "sad": 0.1, "glad": 0.9},` + "\n" + `{"row": null, "text": "rain", "sad": 1, "glad": 0}, {"row": 13, "sad": 0, "glad": 1}]`,
	} {
		a, err := answered(t, name, text, "")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want := []float64{0.25, 0.9, 0, 1}
		for i, e := range datatest.List(t, asked(t).Corpus.Train) {
			logits := a.logits[directory.RowKeyOf(e.Text)]
			if got := softmax.Of(logits)[1]; math.Abs(got-want[i]) > 2e-7 {
				t.Errorf("%s, row %d: %v, want %v", name, i, got, want[i])
			}
		}
	}
	type row struct {
		Text string  `parquet:"text"`
		Sad  float32 `parquet:"sad"`
		Glad float64 `parquet:"glad"`
		Note []int64 `parquet:"note"`
	}
	path := filepath.Join(t.TempDir(), "a.parquet")
	err := parquet.WriteFile(path, []row{{"rain", 1, 0, nil}, {"sun", 0.25, 0.75, []int64{1, 2}}})
	if err != nil {
		t.Fatal(err)
	}
	a, err := readAnswers(path, "a.parquet", config.KindClasses, []string{"sad", "glad"}, "")
	if err != nil || !slices.Equal(a.byText["sun"], []float64{0.25, 0.75}) || len(a.texts) != 2 {
		t.Errorf("%+v, %v", a, err)
	}
	quoted := "text\tsad\tglad\n\"so\" he said\t0.5\t0.5\n\"rain\t1\t0\nsun\t0\t1\n" // a quotation mark is a character
	if a, err := answered(t, "c.tsv", quoted, config.UnansweredGold); err != nil || len(a.texts) != 3 || a.texts[1] != `"rain` {
		t.Errorf("%+v, %v", a, err)
	}
	for name, c := range map[string][2]string{
		"d.csv":  {"text,sad,glad\nhe said \"so\",0.5,0.5\n", "d.csv:2: bare"},
		"e.csv":  {"text,sad,glad\nrain,0.5\n", "e.csv:2: wrong number of fields"},
		"f.tsv":  {"text\tsad\tglad\nrain\t0.5\n", "f.tsv:2: it has 2 fields, and the header has 3"},
		"g.json": {`[{"row": 10, "sad": 1, "glad": 0}`, "g.json, element 1: the JSON array is not closed"},
		"h.csv":  {"", "h.csv is empty"},
		"i.csv":  {"text,sad,glad,sad\nrain,1,0,0\n", "i.csv has two columns sad"},
		"j.json": {`[7]`, "j.json, element 1: it is no JSON object"},
	} {
		if _, err := answered(t, name, c[0], ""); err == nil || !strings.Contains(err.Error(), c[1]) {
			t.Errorf("%s: %v, want %q", name, err, c[1])
		}
	}
}

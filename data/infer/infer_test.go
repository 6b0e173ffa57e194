package infer_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ringmaster/config"
	"ringmaster/data"
	"ringmaster/data/infer"
	"ringmaster/data/textfile"
)

// write writes files into a new folder.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// inferred looks at files of a folder, loads what is written as a run does, and reads its corpora.
func inferred(t *testing.T, dir string, o infer.Options, names ...string) (run *config.Run, corpora []*data.Corpus, text string) {
	t.Helper()
	for i := range names {
		names[i] = filepath.Join(dir, names[i])
	}
	o.Dir, o.Model, o.Command = dir, "minilm", "ringmaster config init"
	found, err := infer.Infer(context.Background(), names, o)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "written.yaml")
	if err := os.WriteFile(path, []byte(found.Text), 0o600); err != nil {
		t.Fatal(err)
	}
	run, err = config.Load(path, config.LoadOptions{})
	if err != nil {
		t.Fatalf("%v\n%s", err, found.Text)
	}
	for _, task := range run.Tasks {
		corpus, err := data.Load(context.Background(), run.BaseDir, task)
		if err != nil {
			t.Fatalf("%v\n%s", err, found.Text)
		}
		corpora = append(corpora, corpus)
	}
	return run, corpora, found.Text
}

func refused(t *testing.T, dir string, o infer.Options, kind error, says string, names ...string) {
	t.Helper()
	for i := range names {
		names[i] = filepath.Join(dir, names[i])
	}
	o.Dir, o.Model = dir, "minilm"
	_, err := infer.Infer(context.Background(), names, o)
	if !errors.Is(err, kind) || !strings.Contains(fmt.Sprint(err), says) {
		t.Errorf("got %v, want %v saying %q", err, kind, says)
	}
}

// sentence is a text that differs in every row.
func sentence(i int) string {
	subjects := []string{"the nurse", "my neighbour", "a tired driver", "our teacher", "the old singer", "somebody", "her brother"}
	verbs := []string{"remembers", "forgot", "explained", "dreads", "welcomes", "counted", "lost"}
	objects := []string{"the last train", "a long winter", "every open window", "the quiet harbour", "two broken cups", "that summer"}
	return fmt.Sprintf("%s %s %s on day %d", subjects[i%7], verbs[i/7%7], objects[i/49%6], i)
}

// table writes rows that a function gives, a header first.
func table(header string, rows int, row func(i int) string) string {
	var b strings.Builder
	if header != "" {
		b.WriteString(header + "\n")
	}
	for i := range rows {
		b.WriteString(row(i) + "\n")
	}
	return b.String()
}

// As NewsEmp: quoted, two binary columns beside their ratings, essays that answer an article.
func TestEssaysThatAnswerArticles(t *testing.T) {
	dir := write(t, map[string]string{"messages.csv": table(`"message_id","article_id","empathy","distress","empathy_bin","distress_bin","essay"`, 300, func(i int) string {
		return fmt.Sprintf(`"R_%d","%d","%.3f","%.3f","%d","%d","%s, he said, and ""no"""`, i, i/5, 1+float64(i%61)/10, 1+float64(i%53)/10, i%2, i/2%2, sentence(i))
	})})
	run, corpora, text := inferred(t, dir, infer.Options{}, "messages.csv")
	d := run.Tasks[0].Data
	if d.Text != "essay" || d.Label != "empathy_bin" || d.Split.Group != "article_id" || d.Format != config.CSV {
		t.Errorf("declared %+v", d)
	}
	if !strings.Contains(text, "distress_bin") || !strings.Contains(text, `"0": "0" # 150 rows (50%)`) {
		t.Errorf("the comments lack the other column, or counts:\n%s", text)
	}
	if c := corpora[0]; c.Train.Len()+c.Valid.Len()+c.Test.Len() != 300 {
		t.Errorf("rows are lost: %s", &c.Report)
	}
}

// As SST-2: tabs, CRLF, parts whose headers differ, phrases that training texts contain.
func TestPhrasesOfSentences(t *testing.T) {
	train := table("label\tsentence\r", 200, func(i int) string { return fmt.Sprintf("%d\t%s\r", i%2, sentence(i)) })
	for i := range 200 {
		words := strings.Fields(sentence(i))
		train += fmt.Sprintf("%d\t%s\r\n", i%2, strings.Join(words[2:], " "))
	}
	dir := write(t, map[string]string{
		"glue/train.tsv": train,
		"glue/dev.tsv":   table("label\tcontent", 40, func(i int) string { return fmt.Sprintf("%d\t\"so they say %s", i%2, sentence(1000+i)) }),
	})
	run, _, text := inferred(t, dir, infer.Options{}, "glue/train.tsv", "glue/dev.tsv")
	d := run.Tasks[0].Data
	if run.Tasks[0].Name != "glue" || len(d.Train) != 1 || len(d.Valid) != 1 || d.Text != "sentence" || !d.Split.Contained || d.Format != config.TSV {
		t.Errorf("declared %+v\n%s", d, text)
	}
}

// As GoEmotions: no header, numbers of names in another file, several in a cell.
func TestNumbersOfNames(t *testing.T) {
	part := func(from, rows int) string {
		return table("", rows, func(i int) string {
			labels := fmt.Sprint((from + i) % 4)
			if i%5 == 0 {
				labels += fmt.Sprint(",", (from+i+1)%4)
			}
			return fmt.Sprintf("%s\t%s\ted%dx", sentence(from+i), labels, from+i)
		})
	}
	dir := write(t, map[string]string{
		"go/train.tsv": part(0, 200), "go/dev.tsv": part(200, 40), "go/test.tsv": part(240, 40),
		"go/labels.txt": "joy\nanger\nfear\nneutral\n",
	})
	run, corpora, text := inferred(t, dir, infer.Options{}, "go")
	d := run.Tasks[0].Data
	if len(run.Tasks) != 1 || *d.Header || d.LabelSeparator != "," || d.LabelNames == "" || strings.Join(d.Labels.Classes(), " ") != "joy anger fear neutral" {
		t.Errorf("declared %+v\n%s", d, text)
	}
	if corpora[0].Valid.Len() == 0 || corpora[0].Test.Len() == 0 {
		t.Errorf("parts are missing: %s", &corpora[0].Report)
	}
}

// As SemEval E-c: 0/1 columns, a test file without labels beside one with them.
func TestZeroOneColumnsAndHiddenLabels(t *testing.T) {
	part := func(from, rows int, hidden bool) string {
		return table("ID\tTweet\tanger\tjoy\tsadness\ttrust", rows, func(i int) string {
			bits := []string{"0", "0", "0", "0"}
			bits[i%4] = "1"
			if hidden {
				bits = []string{"NONE", "NONE", "NONE", "NONE"}
			}
			return fmt.Sprintf("2018-En-%d\t%s\t%s", from+i, sentence(from+i), strings.Join(bits, "\t"))
		})
	}
	dir := write(t, map[string]string{
		"ec/E-c-En-train.txt": part(0, 200, false), "ec/E-c-En-dev.txt": part(200, 40, false),
		"ec/E-c-En-test.txt": part(240, 40, true), "ec/E-c-En-test-gold.txt": part(240, 40, false),
	})
	run, corpora, text := inferred(t, dir, infer.Options{}, "ec")
	d := run.Tasks[0].Data
	if len(run.Tasks) != 1 || strings.Join(d.LabelColumns, " ") != "anger joy sadness trust" || len(d.Test) != 1 || !strings.HasSuffix(d.Test[0], "test-gold.txt") {
		t.Errorf("declared %+v\n%s", d, text)
	}
	if !strings.Contains(text, "E-c-En-test.txt is left out") || corpora[0].Test.Len() != 40 {
		t.Errorf("the file without labels:\n%s", text)
	}
}

// As ISEAR: another delimiter, one at the end of lines, many columns of numbers, rows whose text has the delimiter.
func TestSurveyWithManyColumns(t *testing.T) {
	emotions := []string{"joy", "fear", "anger", "shame"}
	dir := write(t, map[string]string{"isear.csv": table("ID|CITY|SEX|AGE|EMOT|EXP1|EXP2|MOVE|Field1|MYKEY|SIT|", 400, func(i int) string {
		text := sentence(i)
		if i%50 == 7 {
			text += " | and then"
		}
		return fmt.Sprintf("%d|%d|%d|%d|%d|%d|%d|%d|%s|%d|%s|", 11000+i/4, i%3, i%2, 18+i%9, 1+i%4, i%2, i/2%2, i/3%2, emotions[i%4], 99000+i, text)
	})})
	run, _, text := inferred(t, dir, infer.Options{}, "isear.csv")
	d := run.Tasks[0].Data
	if d.Delimiter != "|" || d.Text != "SIT" || d.Label != "Field1" || d.Split.Group != "ID" || d.MaxBad < 0.02 {
		t.Errorf("declared %+v\n%s", d, text)
	}
}

// As EmpatheticDialogues: a folder of files of one kind, no label: to pretrain on.
func TestFolderToPretrainOn(t *testing.T) {
	files := map[string]string{}
	for k, name := range []string{"afraid", "angry", "proud"} {
		files["talk/"+name+".csv"] = table("Dialog_ID,Type,Actor,Text", 60, func(i int) string {
			return fmt.Sprintf("hit:%d_%d,%s,%s,%s", k, i/4, []string{"situation", "utterance"}[min(i%4, 1)], []string{"none", "speaker", "listener"}[i%3], sentence(100*k+i))
		})
	}
	dir := write(t, files)
	refused(t, dir, infer.Options{}, infer.ErrNoLabel, "--label", "talk")
	run, corpora, text := inferred(t, dir, infer.Options{Method: config.MaskedLM}, "talk")
	d := run.Tasks[0].Data
	if len(run.Tasks) != 1 || run.Tasks[0].Name != "talk" || len(d.Path) != 3 || d.Text != "Text" || d.Split.Group != "Dialog_ID" || corpora[0].Train.Len() == 0 {
		t.Errorf("declared %+v\n%s", d, text)
	}
}

// Files of different columns are a task each.
func TestATaskAFile(t *testing.T) {
	dir := write(t, map[string]string{
		"film.csv": table("text,label", 60, func(i int) string { return sentence(i) + []string{",bad", ",good"}[i%2] }),
		"mail.jsonl": table("", 60, func(i int) string {
			return fmt.Sprintf(`{"id": %d, "body": %q, "spam": %t, "meta": {"a": 1}}`, i, sentence(500+i), i%3 == 0)
		}),
	})
	run, _, text := inferred(t, dir, infer.Options{}, "film.csv", "mail.jsonl")
	if run.Method != config.DistillAnn || len(run.Tasks) != 2 || !run.Tasks[0].Target || run.Tasks[1].Target || run.Tasks[1].Data.Label != "spam" || run.Tasks[1].Data.Text != "body" {
		t.Errorf("%s", text)
	}
}

// A column may say which part a row belongs to.
func TestColumnOfParts(t *testing.T) {
	dir := write(t, map[string]string{"all.csv": table("split,text,label", 100, func(i int) string {
		return []string{"train", "train", "train", "train", "train", "train", "train", "val", "test", "test"}[i%10] + "," + sentence(i) + []string{",no", ",yes"}[i/10%2]
	})})
	run, corpora, text := inferred(t, dir, infer.Options{}, "all.csv")
	if c := corpora[0]; run.Tasks[0].Data.Part != "split" || c.Train.Len() != 70 || c.Valid.Len() != 10 || c.Test.Len() != 20 {
		t.Errorf("%s%s", text, &c.Report)
	}
}

func TestOddTables(t *testing.T) {
	plain := func(i int) string { return sentence(i) + []string{",bad", ",good"}[i%2] }
	for name, c := range map[string]struct {
		file, content string
		label         string
		rows          int
	}{
		"byte order mark":  {"a.csv", "\ufeff" + table("text,label", 60, plain), "label", 60},
		"semicolons":       {"a.csv", table("id;text;label", 60, func(i int) string { return fmt.Sprintf("%d;%s, indeed;%s", i, sentence(i), []string{"x", "y"}[i%2]) }), "label", 60},
		"no header":        {"a.csv", table("", 60, plain), "label", 60},
		"labels first":     {"a.csv", table("", 60, func(i int) string { return []string{"ham", "spam"}[i%2] + "," + sentence(i) }), "label", 60},
		"labels as floats": {"a.csv", table("text,label", 60, func(i int) string { return sentence(i) + []string{",0.0", ",1.0"}[i%2] }), "label", 60},
		"quoted newlines":  {"a.csv", table("text,label", 60, func(i int) string { return "\"" + sentence(i) + "\nand, more\"," + []string{"x", "y"}[i%2] }), "label", 60},
		"empty cells":      {"a.csv", table("text,label", 60, func(i int) string { return sentence(i) + []string{",bad", ",good", ","}[i%3] }), "label", 40},
		"row numbers":      {"a.csv", table(",text,stars", 60, func(i int) string { return fmt.Sprintf("%d,%s,%d", i, sentence(i), 1+i%5) }), "stars", 60},
		"an array":         {"a.json", "[" + strings.TrimSuffix(table("", 60, func(i int) string { return fmt.Sprintf(`{"text": %q, "label": %d},`, sentence(i), i%3) }), ",\n") + "]", "label", 60},
		"lists of labels": {"a.jsonl", table("", 60, func(i int) string {
			return fmt.Sprintf(`{"text": %q, "labels": ["%s"]}`, sentence(i), []string{"x", "y"}[i%2])
		}), "labels", 60},
		"quotes in tabs": {"a.tsv", table("text\tlabel", 60, func(i int) string { return "\"so\" " + sentence(i) + "\t" + []string{"x", "y"}[i%2] }), "label", 60},
	} {
		t.Run(name, func(t *testing.T) {
			dir := write(t, map[string]string{c.file: c.content})
			run, corpora, text := inferred(t, dir, infer.Options{}, c.file)
			d, k := run.Tasks[0].Data, corpora[0]
			if n := k.Train.Len() + k.Valid.Len() + k.Test.Len(); d.Label != c.label || n != c.rows || d.Text != "text" {
				t.Errorf("label %q, %d rows:\n%s%s", d.Label, n, text, &k.Report)
			}
			if name == "labels as floats" && strings.Join(d.Labels.Classes(), " ") != "0 1" {
				t.Errorf("classes %q", d.Labels.Classes())
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	labels := func(label func(i int) string) string {
		return table("text,label", 60, func(i int) string { return sentence(i) + "," + label(i) })
	}
	for name, c := range map[string]struct {
		file, content string
		o             infer.Options
		kind          error
		says          string
	}{
		"Latin-1":      {"a.csv", labels(func(i int) string { return "caf\xe9" }), infer.Options{}, textfile.ErrEncoding, "Latin-1"},
		"one class":    {"a.csv", labels(func(int) string { return "x" }), infer.Options{Label: []string{"label"}}, infer.ErrColumn, "one value"},
		"no label":     {"a.csv", labels(func(i int) string { return fmt.Sprint("n", i) }), infer.Options{}, infer.ErrNoLabel, "label (a different text in every row"},
		"no column":    {"a.csv", labels(func(i int) string { return "x" }), infer.Options{Label: []string{"lable"}}, infer.ErrColumn, `"text", "label"`},
		"fastText":     {"a.txt", table("", 60, func(i int) string { return fmt.Sprintf("__label__%d %s", i%2, sentence(i)) }), infer.Options{}, infer.ErrNoLabel, "sed"},
		"plain text":   {"a.txt", table("", 60, sentence), infer.Options{}, infer.ErrNoLabel, "mlm"},
		"numbers only": {"a.csv", table("a,b", 60, func(i int) string { return fmt.Sprint(i, ",", i%2) }), infer.Options{}, infer.ErrNoText, "--text"},
		"one object":   {"a.json", `{"text": {"0": "a"}, "label": {"0": 1}}`, infer.Options{}, infer.ErrUnsuitable, "orient"},
		"empty":        {"a.csv", "", infer.Options{}, infer.ErrUnsuitable, "empty"},
		"arrow":        {"d/data-00000-of-00001.arrow", "ARROW1", infer.Options{}, infer.ErrUnsuitable, "to_parquet"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := write(t, map[string]string{c.file: c.content})
			refused(t, dir, c.o, c.kind, c.says, strings.SplitN(c.file, "/", 2)[0])
		})
	}
}

// A column that was named, or columns of two texts, may have nothing in them in any row: a sentence says so.
func TestNothingInAnyRow(t *testing.T) {
	dir := write(t, map[string]string{
		"hidden.csv":        table("text,label", 60, func(i int) string { return sentence(i) + ",-1" }),
		"dataset_info.json": `{"features": {"label": {"names": ["neg", "pos"], "_type": "ClassLabel"}}}`,
		"lists.jsonl":       table("", 60, func(i int) string { return fmt.Sprintf(`{"text": %q, "tags": []}`, sentence(i)) }),
		"halves.csv": table("premise,hypothesis,label", 60, func(i int) string {
			return []string{sentence(i) + ",", "," + sentence(i)}[i/2%2] + fmt.Sprint(",", []string{"yes", "no"}[i%2])
		}),
	})
	refused(t, dir, infer.Options{Label: []string{"label"}}, infer.ErrColumn, "hidden labels alone", "hidden.csv")
	refused(t, dir, infer.Options{Label: []string{"tags"}}, infer.ErrColumn, "no label in any row", "lists.jsonl")
	refused(t, dir, infer.Options{}, infer.ErrNoText, `both of "premise" and "hypothesis"`, "halves.csv")
}

// A header may have a name twice, or columns without a name that have nothing, as spreadsheets write them: it is a header all the same.
func TestHeadersOfNamesThatAreNotDistinct(t *testing.T) {
	word := func(i int) string { return []string{"yes", "no"}[i%2] }
	dir := write(t, map[string]string{
		"twice.csv": table("text,text,label", 60, func(i int) string { return sentence(i) + "," + fmt.Sprint("id", i) + "," + word(i) }),
		"empty.csv": table("text,label,,", 60, func(i int) string { return sentence(i) + "," + word(i) + ",," }),
		"gap.csv":   table("text,,label", 60, func(i int) string { return sentence(i) + ",," + word(i) }),
		"rows.csv":  table("the end of it all,,yes", 60, func(i int) string { return sentence(i) + ",," + word(i) }),
	})
	for name, rows := range map[string]int{"twice.csv": 60, "empty.csv": 60, "gap.csv": 60, "rows.csv": 61} {
		run, corpora, text := inferred(t, dir, infer.Options{}, name)
		d, c := run.Tasks[0].Data, corpora[0]
		if d.Text != "text" || d.Label != "label" || len(c.Classes) != 2 || c.Report.Read != rows || c.Report.BadTotal() > 0 {
			t.Errorf("%s: %s\n%s", name, &c.Report, text)
		}
	}
}

// A file that is named twice, or lies in a folder that is named too, is one.
func TestAFileThatIsNamedTwice(t *testing.T) {
	dir := write(t, map[string]string{"film.csv": table("text,label", 60, func(i int) string { return sentence(i) + []string{",bad", ",good"}[i%2] })})
	if err := os.Symlink("film.csv", filepath.Join(dir, "other.csv")); err != nil {
		t.Fatal(err)
	}
	for _, names := range [][]string{{"film.csv", "film.csv"}, {"film.csv", "other.csv"}, {".", "film.csv"}, {"."}} {
		if run, _, text := inferred(t, dir, infer.Options{}, names...); len(run.Tasks) != 1 || len(run.Tasks[0].Data.Path) != 1 {
			t.Errorf("%v:\n%s", names, text)
		}
	}
}

package e2e

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// answer is a line of predict, as another program reads it.
type answer struct {
	ID            any                `json:"id"`
	Task          string             `json:"task"`
	Label         string             `json:"label"`
	Probabilities map[string]float64 `json:"probabilities"`
}

func answers(t *testing.T, out string) []answer {
	t.Helper()
	var list []answer
	for line := range strings.Lines(out) {
		var a answer
		if err := json.Unmarshal([]byte(line), &a); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		list = append(list, a)
	}
	return list
}

// check checks one answer by itself.
func (a answer) check(t *testing.T, task string, classes ...string) {
	t.Helper()
	sum, best := 0.0, ""
	for class, p := range a.Probabilities {
		if !slices.Contains(classes, class) || p < 0 {
			t.Errorf("probability %v of %q; the classes are %v", p, class, classes)
		}
		if sum += p; p > a.Probabilities[best] {
			best = class
		}
	}
	if a.Task != task || a.Label != best || len(a.Probabilities) != len(classes) || math.Abs(sum-1) > 1e-9 {
		t.Errorf("answer %+v: want task %s, %d classes, a sum of 1 (is %v), label %s", a, task, len(classes), sum, best)
	}
}

// texts are more than one batch of lines, of many lengths; one is empty, one longer than
// the model's positions, the last has no newline.
func texts() []string {
	list := []string{"", strings.Repeat("never again ", 60)}
	for i := range 98 {
		list = append(list, fmt.Sprintf("%s we hear you, number %d", strings.Repeat("so ", i%9), i))
	}
	return list
}

func TestPredictAnswersEachLineInOrder(t *testing.T) {
	d, r := finishedRun(t)
	lines := texts()
	p := d.runWith(t, strings.Join(lines, "\n"), d.ringmaster, "predict", "--model", r.Model())
	p.exits(t, 0)
	if want := "1 of 100 texts was cut at "; strings.Count(p.stderr.String(), want) != 1 {
		t.Errorf("no %q, or more than once, on stderr:\n%s", want, p.stderr.String())
	}
	all := answers(t, p.stdout.String())
	if len(all) != len(lines) {
		t.Fatalf("%d answers to %d lines", len(all), len(lines))
	}
	distinct := map[float64]bool{}
	for _, a := range all {
		a.check(t, "empathy", "none", "empathy")
		distinct[a.Probabilities["none"]] = true
	}
	if len(distinct) < 90 {
		t.Fatalf("%d different answers to %d different texts: order cannot be told", len(distinct), len(lines))
	}
	// Each line asked by itself, from the last: its answer must be the one at its place.
	backwards := slices.Clone(lines)
	slices.Reverse(backwards)
	q := d.runWith(t, strings.Join(backwards, "\n")+"\n", d.ringmaster, "predict", "--model", r.Model())
	q.exits(t, 0)
	for i, a := range answers(t, q.stdout.String()) {
		if b := all[len(all)-1-i]; math.Abs(a.Probabilities["none"]-b.Probabilities["none"]) > 1e-5 {
			t.Errorf("%q: %v forwards, %v backwards", backwards[i], b, a)
		}
	}
}

func TestPredictReadsFilesAndAsksAnotherTasksHead(t *testing.T) {
	d, r := finishedRun(t)
	one, two := filepath.Join(t.TempDir(), "one"), filepath.Join(t.TempDir(), "two")
	writeFile(t, one, "fear in the dark\nwe shout\n")
	writeFile(t, two, "a smile\n")
	p := d.run(t, d.ringmaster, "predict", "--model", r.Model(), "--task", "emotion", one, two)
	p.exits(t, 0)
	all := answers(t, p.stdout.String())
	if len(all) != 3 {
		t.Fatalf("%d answers to 3 lines", len(all))
	}
	for _, a := range all {
		a.check(t, "emotion", "joy", "fear", "anger")
	}
}

// TestPredictReadsWhatTrainingReads asks about the same texts in several formats: the answers
// are those to the texts as lines, with their ids where they are asked for.
func TestPredictReadsWhatTrainingReads(t *testing.T) {
	d, r := finishedRun(t)
	dir := t.TempDir()
	at := func(name, content string) string {
		writeFile(t, filepath.Join(dir, name), content)
		return filepath.Join(dir, name)
	}
	lines := d.run(t, d.ringmaster, "predict", "--model", r.Model(), at("lines.txt", "we hear you, all\nfear in the dark\n"))
	lines.exits(t, 0)
	want := answers(t, lines.stdout.String())
	for name, args := range map[string][]string{
		"csv":     {"--id", "n", at("a.csv", "n,text,label\n7,\"we hear you, all\",1\nx,fear in the dark,0\n")},
		"tsv":     {"--text", "essay", "--id", "n", at("a.tsv", "essay\tn\nwe hear you, all\t7\nfear in the dark\tx\n")},
		"jsonl":   {"--id", "n", at("a.jsonl", `{"text":"we hear you, all","n":7}`+"\n"+`{"n":"x","text":"fear in the dark"}`)},
		"array":   {"--id", "n", at("a.json", `[{"text":"we hear you, all","n":7},{"n":"x","text":"fear in the dark"}]`)},
		"gzip":    {at("a.txt.gz", gzipped(t, "we hear you, all\nfear in the dark\n"))},
		"columns": {"--format", "csv", "--columns", "n,text", "--delimiter", "|", at("a.txt", "7|we hear you, all\nx|fear in the dark\n")},
	} {
		p := d.run(t, d.ringmaster, append([]string{"predict", "--model", r.Model()}, args...)...)
		p.exits(t, 0)
		got := answers(t, p.stdout.String())
		if len(got) != 2 {
			t.Errorf("%s: %d answers to 2 texts", name, len(got))
			continue
		}
		for i := range got {
			if math.Abs(got[i].Probabilities["none"]-want[i].Probabilities["none"]) > 1e-5 {
				t.Errorf("%s: %+v, want %+v", name, got[i], want[i])
			}
		}
		if slices.Contains(args, "--id") && (fmt.Sprint(got[0].ID) != "7" || fmt.Sprint(got[1].ID) != "x") {
			t.Errorf("%s: ids %v and %v, want 7 and x", name, got[0].ID, got[1].ID)
		} else if !slices.Contains(args, "--id") && strings.Contains(p.stdout.String(), `"id"`) {
			t.Errorf("%s: ids that nobody asked for:\n%s", name, &p.stdout)
		}
	}
	all := d.runWith(t, "i am so sorry\n", d.ringmaster, "predict", "--model", r.Model(), "--all-tasks")
	all.exits(t, 0)
	tasks := map[string]bool{}
	for _, a := range answers(t, all.stdout.String()) {
		tasks[a.Task] = true
	}
	if len(tasks) != 3 {
		t.Errorf("all tasks: answers of %v", tasks)
	}
}

func gzipped(t *testing.T, content string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write([]byte(content))
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestPredictRefusesWhatIsNoText holds that files and streams that are no texts are not
// answered as if they were.
func TestPredictRefusesWhatIsNoText(t *testing.T) {
	d, r := finishedRun(t)
	dir := t.TempDir()
	for name, c := range map[string]struct{ file, content, words string }{
		"Latin-1":        {"a.txt", "hope\ncaf\xe9\n", "a.txt:2: the text is not UTF-8; save texts as UTF-8"},
		"UTF-16":         {"b.txt", "\xff\xfeh\x00i\x00", "is UTF-16: save it as UTF-8"},
		"gzip cut short": {"c.gz", gzipped(t, strings.Repeat("hope ", 99))[:20], "c.gz cannot be decompressed"},
		"binary":         {"d", "\x00\x01\x02\x00\x00\n", "is not a text file"},
		"a column":       {"e.csv", "essay,label\na,1\n", `has no column "text": it has "essay", "label": use --text to name the column or field with the text`},
		"a header":       {"f", "text,label\na,1\n", "looks like a table with a header: use --format csv"},
		"JSON":           {"g", "{\"text\": \"a\"}\n", "looks like JSON: use --format jsonl"},
		"xz":             {"h.xz", "\xfd7zXZ\x00\x00\x04", "is compressed by xz, which is not supported"},
	} {
		path := filepath.Join(dir, c.file)
		writeFile(t, path, c.content)
		p := d.run(t, d.ringmaster, "predict", "--model", r.Model(), path)
		p.exits(t, 2)
		p.complains(t, 1, c.words)
		if out := p.stdout.String(); out != "" {
			t.Errorf("%s: it is answered %s", name, out)
		}
	}
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	p := d.run(t, d.ringmaster, "predict", "--model", r.Model(), pipe)
	p.exits(t, 2)
	p.complains(t, 1, "pipe is a pipe, but a regular file is expected")
	p = d.runWith(t, "text,label\na,1\n", d.ringmaster, "predict", "--model", r.Model())
	p.exits(t, 2)
	p.complains(t, 1, "standard input looks like a table with a header")
}

// TestPredictEndsWhileItWaits has nobody write anything.
func TestPredictEndsWhileItWaits(t *testing.T) {
	d, r := finishedRun(t)
	p := d.start(t, d.ringmaster, "predict", "--model", r.Model())
	if _, err := io.WriteString(p.in, "i am here\n"); err != nil {
		t.Fatal(err)
	}
	p.await(t, "answer", func() bool { return strings.Contains(p.stdout.String(), "\n") })
	p.signal(t, syscall.SIGINT)
	p.wait(t, patience)
}

func TestPredictAnswersBeforeTheNextQuestion(t *testing.T) {
	d, r := finishedRun(t)
	p := d.start(t, d.ringmaster, "predict", "--model", r.Model())
	for i := range 3 {
		if _, err := io.WriteString(p.in, "i am so sorry to hear that\n"); err != nil {
			t.Fatal(err)
		}
		p.await(t, fmt.Sprintf("answer %d", i+1), func() bool { return strings.Count(p.stdout.String(), "\n") == i+1 })
	}
	if err := p.in.Close(); err != nil {
		t.Fatal(err)
	}
	p.wait(t, patience)
	p.exits(t, 0)
	if n := len(answers(t, p.stdout.String())); n != 3 {
		t.Errorf("%d answers to 3 lines", n)
	}
}

func TestPredictRefusesWhatItCannotAnswerFrom(t *testing.T) {
	d, r := finishedRun(t)
	for name, c := range map[string]struct{ args, want []string }{
		"unknown task":         {[]string{"--model", r.Model(), "--task", "irony"}, []string{"irony", "empathy", "sentiment", "emotion"}},
		"an encoder, no heads": {[]string{"--model", d.at("model")}, []string{"no classification head"}},
		"no such folder":       {[]string{"--model", d.at("nowhere")}, []string{"nowhere"}},
		"no model named":       {nil, []string{"--model"}},
		"no such file":         {[]string{"--model", r.Model(), d.at("no-texts")}, []string{"no-texts"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := d.runWith(t, "hello\n", d.ringmaster, append([]string{"predict"}, c.args...)...)
			p.exits(t, 2)
			p.complains(t, 1, c.want...)
		})
	}
}

package report_test

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"ringmaster/config"
	"ringmaster/data"
	"ringmaster/reproduce"
	"ringmaster/reproduce/experiments"
	"ringmaster/reproduce/report"
	"ringmaster/reproduce/reproducetest"
	"ringmaster/run/directory"
)

const runFile = `model: {base: ./model}
method: mt
tasks:
  - name: empathy
    target: true
    data: {path: synthetic_empathy.csv, format: csv, text: text, label: label, labels: {"0": none, "1": empathy}, split: {seed: 5}}
  - name: emotion
    data: {path: emotion.csv, format: csv, text: text, label: label, labels: {"0": joy, "1": fear}, limit: 50}
train: {epochs: 2, batch: 8, lr: 1e-4, seed: 10}
`

// nasty is in every text of the target: it must not become markup.
const nasty = `<script>alert("x")</script> *stars* & [link](x)`

// folder lays out a run file and its corpora.
func folder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	files := map[string]string{"run.yaml": runFile}
	for name, text := range map[string]string{"synthetic_empathy.csv": nasty, "emotion.csv": "moods"} {
		b := strings.Builder{}
		b.WriteString("text,label\n")
		for i := range 200 {
			fmt.Fprintf(&b, "\"%s number %d.\",%d\n", strings.ReplaceAll(text, `"`, `""`), i, i%2)
		}
		files[name] = b.String()
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "model"), 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

// answer has the helped rows best on validation rows.
func answer(run *config.Run, part directory.Part, row data.Example) bool {
	if run.Method == config.Single {
		return row.Row/2%3 != 0
	}
	return part == directory.Valid || row.Row/2%5 != 0
}

// experiment runs two rows over two seeds.
func experiment(t *testing.T, dir string) string {
	t.Helper()
	table, err := experiments.Find("newsemp")
	if err != nil {
		t.Fatal(err)
	}
	if table, err = table.Pick([]string{"single", "mt-emotion", "kd-annealed-emotion", "cnn"}); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "runs", "table")
	plan, err := reproduce.NewPlan(t.Context(), reproduce.Options{
		Table: table, File: "run.yaml", Seeds: 2, Runs: filepath.Join(dir, "runs"), Dir: out,
		Load: func(set ...string) (*config.Run, error) {
			for _, s := range set {
				if strings.HasPrefix(s, "model.arch") {
					return nil, fmt.Errorf("%w: not in this test", experiments.ErrNotMade)
				}
			}
			return config.Load(filepath.Join(dir, "run.yaml"), config.LoadOptions{Set: set})
		},
		Prepare:   reproducetest.Prepare,
		Engine:    reproducetest.Engine(answer),
		Published: experiments.Published{"newsemp": {"single": {F1: 42.1}}},
		Notify:    func(string, ...any) {},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := plan.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	return out
}

// write makes the page of a directory and reads both files back.
func write(t *testing.T, dir string) (page *report.Page, html, markdown string) {
	t.Helper()
	page, err := report.Of(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := report.WriteFiles(dir, page); err != nil {
		t.Fatal(err)
	}
	var texts [2]string
	h, m := report.Files(dir)
	for i, path := range []string{h, m} {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		texts[i] = string(raw)
	}
	return page, texts[0], texts[1]
}

var (
	outside = regexp.MustCompile(`(?i)(src|href|url\(|@import)\s*=?\s*["'(]?\s*(https?:)?//|<script|<link|<img|<iframe`)
	drawing = regexp.MustCompile(`(?s)<svg.*?</svg>`)
)

// wellFormed says that a page needs nothing else, and that its drawings are XML.
func wellFormed(t *testing.T, html string) {
	t.Helper()
	if found := outside.FindString(html); found != "" {
		t.Errorf("the page has %q", found)
	}
	drawings := drawing.FindAllString(html, -1)
	if len(drawings) < 2 {
		t.Errorf("%d drawings", len(drawings))
	}
	for _, d := range drawings {
		if strings.Contains(d, "NaN") || strings.Contains(d, "Inf") {
			t.Errorf("a drawing of no numbers: %s", d)
		}
		for decoder := xml.NewDecoder(strings.NewReader(d)); ; {
			_, err := decoder.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Errorf("%v in %s", err, d)
				break
			}
		}
	}
}

func TestPageOfAnExperiment(t *testing.T) {
	dir := folder(t)
	out := experiment(t, dir)
	page, html, markdown := write(t, out)
	wellFormed(t, html)
	if len(page.Warnings) > 0 {
		t.Errorf("warnings %q", page.Warnings)
	}
	for _, want := range []string{
		"the paper uses BERT", "EmoNet", "synthetic", "training rows (limited)", "Row cnn is left out",
		"42.1", "p, Holm", "KD, annealed: emotion", "λ, the weight of the gold labels", "misclassified by 2 of 2 seeds",
	} {
		if !strings.Contains(html, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for name, text := range map[string]string{"HTML": html, "Markdown": markdown} {
		if strings.Contains(text, "<script>") {
			t.Errorf("a text became markup in %s", name)
		}
		differs, results := strings.Index(text, "Differences from the paper"), strings.Index(text, "Results")
		if differs < 0 || differs > results {
			t.Errorf("%s: what differs is at %d, the results at %d", name, differs, results)
		}
	}
	if !strings.Contains(html, "&lt;script&gt;") || !strings.Contains(markdown, `&lt;script>alert("x")&lt;/script> \*stars\*`) {
		t.Error("a text of the worst mistakes is not there")
	}
}

func TestMistakesAreTheSurestOfTestRows(t *testing.T) {
	dir := folder(t)
	out := experiment(t, dir)
	page, _, _ := write(t, out)
	mistakes := page.Sections[len(page.Sections)-1].Mistakes
	if len(mistakes) < 3 {
		t.Fatalf("%d mistakes", len(mistakes))
	}
	for i, m := range mistakes {
		if m.Row/2%5 != 0 || m.Gold == m.Predicted {
			t.Errorf("row %d was read right, or %s is %s", m.Row, m.Gold, m.Predicted)
		}
		if !strings.Contains(m.Text, fmt.Sprintf("number %d.", m.Row)) {
			t.Errorf("row %d has the text %q", m.Row, m.Text)
		}
		if i > 0 && m.Probability < mistakes[i-1].Probability {
			t.Errorf("mistake %d is surer than the one before", i)
		}
	}
}

func TestPageOfARun(t *testing.T) {
	dir := folder(t)
	experiment(t, dir)
	cells, err := filepath.Glob(filepath.Join(dir, "runs", "cells", "kd-annealed-emotion-seed10-*"))
	if err != nil || len(cells) != 1 {
		t.Fatal(cells, err)
	}
	page, html, markdown := write(t, cells[0])
	wellFormed(t, html)
	if len(page.Warnings) > 0 || !strings.Contains(page.Subtitle, "kd-annealed") {
		t.Errorf("%q, warnings %q", page.Subtitle, page.Warnings)
	}
	for _, want := range []string{"| empathy | test |", "student: loss, in nats", "student: λ"} {
		if !strings.Contains(markdown, want) {
			t.Errorf("Markdown lacks %q", want)
		}
	}
}

// What the start of a run said of its corpora is on its page.
func TestPageTellsOfCorpora(t *testing.T) {
	dir := folder(t)
	experiment(t, dir)
	cells, err := filepath.Glob(filepath.Join(dir, "runs", "cells", "single-seed10-*"))
	if err != nil || len(cells) != 1 {
		t.Fatal(cells, err)
	}
	corpora := directory.Layout(cells[0]).Corpora()
	content := `[{"task": "empathy", "report": {"train": {"rows": 1487}, "valid": {"rows": 186}, "test": {"rows": 187}},
		"leaks": [{"held": "train", "tested": "test", "rows": 187, "long": 180, "looked": 100, "contained": {"rows": 80}, "near": {"rows": 3}}],
		"length": {"unit": "tokens", "max_length": 128, "texts": 1860, "cut": 308, "p50": 88, "p99": 184, "max": 201}}]`
	if err := os.WriteFile(corpora, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	_, _, markdown := write(t, cells[0])
	for _, want := range []string{
		"| empathy | 1487 | 186 | 187 | 308 of 1860 (16.6%) | 88 tokens | 184 | 201 |",
		"| empathy test | 100 of 180 | train | 80 | 3 | 83.0% |",
	} {
		if !strings.Contains(markdown, want) {
			t.Errorf("no %q in\n%s", want, markdown)
		}
	}
	if err := os.WriteFile(corpora, []byte("[{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if page, _, _ := write(t, cells[0]); len(page.Warnings) != 1 || !strings.Contains(page.Warnings[0], "corpora cannot be shown") {
		t.Errorf("a damaged corpora.json: %q", page.Warnings)
	}
}

func TestWhatCannotBeReadIsSaid(t *testing.T) {
	dir := folder(t)
	out := experiment(t, dir)
	if err := os.Rename(filepath.Join(dir, "synthetic_empathy.csv"), filepath.Join(dir, "elsewhere.csv")); err != nil {
		t.Fatal(err)
	}
	page, html, _ := write(t, out)
	if len(page.Warnings) != 1 || !strings.Contains(page.Warnings[0], "texts of empathy cannot be shown") || !strings.Contains(html, "the text could not be read") {
		t.Errorf("corpus gone: %q", page.Warnings)
	}
	// Another corpus in its place must not lend its texts.
	other := strings.Repeat("something,0\nelse,1\n", 3)
	if err := os.WriteFile(filepath.Join(dir, "synthetic_empathy.csv"), []byte("text,label\n"+other), 0o600); err != nil {
		t.Fatal(err)
	}
	page, _, _ = write(t, out)
	if len(page.Warnings) != 1 || !strings.Contains(page.Warnings[0], "has changed since training") {
		t.Errorf("another corpus: %q", page.Warnings)
	}
	cells, _ := filepath.Glob(filepath.Join(dir, "runs", "cells", "*"))
	for _, file := range []string{"predictions.jsonl", "metrics.json"} {
		if err := os.Remove(filepath.Join(cells[0], file)); err != nil {
			t.Fatal(err)
		}
		page, _, _ = write(t, cells[0])
		if len(page.Warnings) != 1 {
			t.Errorf("without %s: %q", file, page.Warnings)
		}
	}
	if _, err := report.Of(t.Context(), dir); !errors.Is(err, report.ErrNothingThere) {
		t.Error(err)
	}
}

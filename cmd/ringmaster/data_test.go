package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// sampleRun is the run file of the project's own sample.
const sampleRun = "../../examples/sample.yaml"

// expect runs the program and holds its exit code; it returns what it wrote.
func expect(t *testing.T, code int, args ...string) (out, errors string) {
	t.Helper()
	p := ringmaster(t, args...)
	if got := p.run(t); got != code {
		t.Fatalf("ringmaster %s ends with %d, want %d:\n%s", strings.Join(args, " "), got, code, p.errors.String())
	}
	return p.out.String(), p.errors.String()
}

// file writes one into a fresh folder.
func file(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func contains(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("no %q in\n%s", part, text)
		}
	}
}

func TestDataStats(t *testing.T) {
	plots := filepath.Join(t.TempDir(), "plots")
	out, _ := expect(t, 0, "data", "stats", sampleRun, "--json", "--plots", plots, "--task", "empathy")
	var got struct {
		Corpora []struct {
			Name   string
			Labels []struct {
				Class string
				Rows  int
			}
			All struct{ Words struct{ Texts, Max int } }
		}
		Method string
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Corpora) != 1 || got.Corpora[0].Name != "empathy" || len(got.Corpora[0].Labels) != 2 ||
		got.Corpora[0].Labels[0].Rows+got.Corpora[0].Labels[1].Rows != 1200 || got.Corpora[0].All.Words.Max == 0 || got.Method == "" {
		t.Errorf("got %+v", got)
	}
	for _, name := range []string{"empathy-words.svg", "empathy-words.png", "empathy-words-by-class.svg", "empathy-words-by-class.png"} {
		if _, err := os.Stat(filepath.Join(plots, name)); err != nil {
			t.Error(err)
		}
	}

	out, _ = expect(t, 0, "data", "stats", sampleRun)
	contains(t, out, "empathy: 1200 rows read", "texts by label", "noun phrases", "UAX #29")
	out, _ = expect(t, 0, "data", "stats", "--help")
	contains(t, out, "UAX #29", "data stats examples/sample.yaml")

	_, errors := expect(t, exitWrongUse, "data", "stats", sampleRun, "--task", "joy")
	contains(t, errors, `has no task "joy": it has empathy, sentiment, emotion`)
	expect(t, exitWrongUse, "data", "stats")
	expect(t, exitWrongUse, "data", "stats", "nowhere.yaml")
	expect(t, exitWrongUse, "data", "stats", sampleRun, "--phrases", "-1")
}

func TestDataFilter(t *testing.T) {
	lexicon := file(t, "lexicon.txt", "\"heal\",6\n\"said\",5\n\"aid\",2\n")
	texts := file(t, "texts.txt", "Heal, cancer!\nHeal\nsaid cancer\naid cancer\n")
	out, errors := expect(t, 0, "data", "filter", "--lexicon", lexicon, "--top", "2", "--deny", "said", "--require", "flu,cancer", texts)
	if out != "Heal, cancer!\n" {
		t.Errorf("kept %q", out)
	}
	contains(t, errors, "1 word looked for", "4 texts: 1 kept, 2 without a chosen word, 1 without a required one", "words, by kept texts: heal 1")

	words := file(t, "words.txt", "cancer\n\nflu\n")
	kept := filepath.Join(t.TempDir(), "kept.csv")
	table := file(t, "texts.csv", "id,body\n1,\"said, flu\"\n2,none\n")
	out, _ = expect(t, 0, "data", "filter", "--lexicon", lexicon, "--require", words, "--column", "body", "--out", kept, "--json", table)
	var report struct{ Texts, Kept int }
	if err := json.Unmarshal([]byte(out), &report); err != nil || report.Texts != 2 || report.Kept != 1 {
		t.Errorf("report %+v, %v", report, err)
	}
	if content, err := os.ReadFile(kept); err != nil || string(content) != "id,body\n1,\"said, flu\"\n" {
		t.Errorf("kept %q, %v", content, err)
	}

	out, _ = expect(t, 0, "data", "filter", "--lexicon", lexicon, "--allow", "postman", "--task", "empathy", sampleRun)
	contains(t, out, "text,empathy\n", "postman")

	out, _ = expect(t, 0, "data", "filter", "--help")
	contains(t, out, "--require cancer tweets.txt")
	for wrong, args := range map[string][]string{
		"needs --lexicon":       {texts},
		"no column \"text\"":    {"--lexicon", lexicon, table},
		"say which one":         {"--lexicon", lexicon, sampleRun},
		"is no number":          {"--lexicon", table, texts},
		"nowhere.txt":           {"--lexicon", lexicon, "--deny", "nowhere.txt", texts},
		"missing":               {"--lexicon", lexicon, "missing"},
		"filter them apart":     {"--lexicon", lexicon, texts, table},
		"no word is left":       {"--lexicon", lexicon, "--deny", "heal,said,aid", texts},
		"is not lines, csv":     {"--lexicon", lexicon, "--format", "xml", texts},
		"requires at least 1 a": {"--lexicon", lexicon},
	} {
		_, errors := expect(t, exitWrongUse, append([]string{"data", "filter"}, args...)...)
		contains(t, errors, wrong)
	}
}

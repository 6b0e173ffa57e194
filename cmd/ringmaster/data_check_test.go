package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ringmaster/model/weights/tinybert"
)

// leakyRun is a run file over a corpus whose test file has phrases of its training file, and
// one essay that is long.
func leakyRun(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := tinybert.Write(filepath.Join(dir, "tiny"), tinybert.Config(8)); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"train.csv": "text,label,article\nThe film is so sad and so awful,0,1\nso good,1,1\nso sad,0,2\n" + strings.Repeat("so sad and so ", 6) + "good,1,3\n",
		"test.csv":  "text,label,article\nso sad and so awful,0,2\nnews of a good film,1,4\n",
		"run.yaml": `model: {base: ./tiny}
tasks:
  - name: film
    target: true
    data: {train: train.csv, test: test.csv, format: csv, text: text, label: label, labels: {"0": no, "1": yes}, split: {train: 1, group: article}}
train: {max_length: 12}
`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "run.yaml")
}

func TestDataCheckTellsOfGroupsLeaksAndLengths(t *testing.T) {
	run := leakyRun(t)
	out, _ := expect(t, 0, "data", "check", run)
	contains(t, out,
		"groups     1 of 2 test rows is of a group that train has too (1 group; first: 2, train.csv:4 and test.csv:2)",
		"leaks      1 of 2 test texts of 4 words and more (50.0%) stands inside a train text",
		`test.csv:2 "so sad and so awful" is in train.csv:2 "The film is so sad and so awful"`,
		"warning: scores on such texts are too high.",
		"length     1 of 6 texts (16.7%) is cut at train.max_length, 12 tokens: a max_length of 27 would hold all whole",
	)
	out, _ = expect(t, 0, "data", "check", run, "--json")
	var got struct {
		Groups struct{ Column string }
		Leaks  []struct{ Contained struct{ Rows int } }
		Length struct{ Cut, P99 int }
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil || got.Groups.Column != "article" || len(got.Leaks) != 1 || got.Leaks[0].Contained.Rows != 1 || got.Length.Cut != 1 || got.Length.P99 != 27 {
		t.Errorf("%+v %v", got, err)
	}
	out, _ = expect(t, 0, "data", "stats", run)
	contains(t, out, "leaks      1 of 2 test texts", "length     1 of 6 texts", "words, sentences and tokens per text", " tokens ")

	// Another task that the student learns may have the target's test texts too.
	text, err := os.ReadFile(run)
	if err != nil {
		t.Fatal(err)
	}
	again := strings.Replace(string(text), "train: {max", `  - name: again
    data: {path: test.csv, format: csv, text: text, label: label, labels: {"0": no, "1": yes}, split: {train: 1}}
train: {max`, 1)
	if err := os.WriteFile(run, []byte(again), 0o600); err != nil {
		t.Fatal(err)
	}
	out, _ = expect(t, 0, "data", "check", run, "--set", "method=mt")
	contains(t, out, "leaks      2 of 2 test texts of 4 words and more (100.0%) stand inside a train text of again")
	if out, _ = expect(t, 0, "data", "check", run, "--set", "method=single"); strings.Contains(out, "text of again") {
		t.Errorf("a task that the student does not learn is looked into:\n%s", out)
	}

	// A baseline reads words.
	out, _ = expect(t, 0, "data", "check", run, "--set", "model.base=", "--set", "model.arch=cnn")
	contains(t, out, "length     1 of 6 texts (16.7%) is cut at train.max_length, 12 words: a max_length of 25 would hold all whole")
}

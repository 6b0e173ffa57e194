package main

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringmaster/config"
	"ringmaster/data"
)

// rowOf is an example without its number, which depends on the files.
type rowOf struct{ Text, Class string }

// rowsOf are the three parts of every corpus that a run file declares, as a run has them.
func rowsOf(t *testing.T, path string) map[string][3][]rowOf {
	t.Helper()
	run, err := config.Load(path, config.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][3][]rowOf{}
	for _, task := range run.Tasks {
		corpus, err := data.Load(context.Background(), run.BaseDir, task)
		if err != nil {
			t.Fatal(err)
		}
		var parts [3][]rowOf
		for i, examples := range [][]data.Example{corpus.Train, corpus.Valid, corpus.Test} {
			for _, e := range examples {
				parts[i] = append(parts[i], rowOf{e.Text, corpus.Classes[e.Class]})
			}
		}
		all[task.Name] = parts
	}
	return all
}

// checkExports holds that what split and clean write is read back to the same parts.
func checkExports(t *testing.T, path string) {
	t.Helper()
	want := rowsOf(t, path)
	for _, command := range []string{"split", "clean"} {
		out := filepath.Join(t.TempDir(), "out")
		expect(t, 0, "data", command, path, "--out", out)
		moved := filepath.Join(t.TempDir(), "elsewhere") // the folder is whole by itself
		if err := os.Rename(out, moved); err != nil {
			t.Fatal(err)
		}
		got := rowsOf(t, filepath.Join(moved, filepath.Base(path)))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s of %s changes the parts (-run +read back):\n%.2000s", command, path, diff)
		}
	}
}

func TestExportsAreReadBack(t *testing.T) {
	checkExports(t, sampleRun)
	checkExports(t, "testdata/corpora/run.yaml")
}

func TestExportsOfTextsAloneAreReadBack(t *testing.T) {
	checkExports(t, textsRun(t, "a.txt", "hope, always\n\"so\" long\nno way\tout\n", "format: lines, split: {train: 0.7, valid: 0.3, test: 0}"))
	checkExports(t, textsRun(t, "a.csv", "essay,id\n\"hope, always\",1\n\"\"\"so\"\" long\",2\n", "format: csv, text: essay"))
}

func TestExportsOfPublishedCorporaAreReadBack(t *testing.T) {
	const published = "../../../shared/data"
	if _, err := os.Stat(published); err != nil {
		t.Skipf("SKIPPED: the real corpora are not at %s, so nothing was tried on real text", published)
	}
	for _, name := range []string{"newsemp", "sst2", "goemotions", "semeval-ec", "isear"} {
		checkExports(t, "../../examples/corpora/"+name+".yaml")
	}
}

func TestDataClean(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	report, _ := expect(t, 0, "data", "clean", "testdata/corpora/run.yaml", "--task", "tweets", "--out", out)
	contains(t, report,
		"tweets: 12 rows read, 10 written, 2 left out; 3 texts changed",
		"links replaced by <URL> (2): tweets.csv:2, tweets.csv:3",
		"names replaced by <USER> (1): tweets.csv:4",
		"rows dropped, text matches \"^RT \" (1): tweets.csv:6",
		"duplicates (1): tweets.csv:3 (the same as tweets.csv:2)",
	)
	content, err := os.ReadFile(filepath.Join(out, "tweets.csv"))
	if err != nil {
		t.Fatal(err)
	}
	if want := "body,mood\nso sad <URL>,low\n\"<USER> said \"\"no\"\"\n, twice\",low\n"; !strings.HasPrefix(string(content), want) {
		t.Errorf("wrote\n%s\nwant it to begin with\n%s", content, want)
	}
	run, err := config.Load(filepath.Join(out, "run.yaml"), config.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if run.Method != config.Single || len(run.Tasks) != 1 || !run.Tasks[0].Target {
		t.Errorf("a run of one task is written as %s of %d tasks", run.Method, len(run.Tasks))
	}
	changes, err := os.Open(filepath.Join(out, "tweets.changes.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer changes.Close()
	n := 0
	for lines := bufio.NewScanner(changes); lines.Scan(); n++ {
		var change struct {
			File string
			Line int
		}
		if err := json.Unmarshal(lines.Bytes(), &change); err != nil || change.File != "tweets.csv" || change.Line < 2 {
			t.Errorf("%s: %v", lines.Bytes(), err)
		}
	}
	if n != 5 {
		t.Errorf("%d rows are named, want 3 changed and 2 left out", n)
	}

	asJSON, _ := expect(t, 0, "data", "clean", "testdata/corpora/run.yaml", "--task", "tweets", "--json", "--format", "jsonl", "--out", filepath.Join(t.TempDir(), "out"))
	var got struct{ Read, Written int }
	if err := json.Unmarshal([]byte(asJSON), &got); err != nil || got.Read != 12 || got.Written != 10 {
		t.Errorf("%s: %v", asJSON, err)
	}
}

func TestExportsThatCannotBe(t *testing.T) {
	full := filepath.Dir(file(t, "precious.txt", "mine"))
	fresh := filepath.Join(t.TempDir(), "out")
	for _, command := range []string{"split", "clean"} {
		for wrong, args := range map[string][]string{
			"--out":                   {sampleRun},
			"holds something already": {sampleRun, "--out", full},
			"cannot be a folder":      {sampleRun, "--out", filepath.Join(full, "precious.txt")},
			"has no task":             {sampleRun, "--task", "joy", "--out", fresh},
			"is not csv, tsv":         {sampleRun, "--format", "xml", "--out", fresh},
			"write jsonl":             {"testdata/corpora/run.yaml", "--format", "tsv", "--out", fresh},
			"accepts 1 arg":           {"--out", fresh},
		} {
			_, errors := expect(t, exitWrongUse, append([]string{"data", command}, args...)...)
			contains(t, errors, wrong)
		}
		help, _ := expect(t, 0, "data", command, "--help")
		contains(t, help, "ringmaster data "+command+" examples/sample.yaml")
	}
	if _, err := os.Stat(fresh); !os.IsNotExist(err) {
		t.Errorf("a failure leaves the folder: %v", err)
	}
	if content, err := os.ReadFile(filepath.Join(full, "precious.txt")); err != nil || string(content) != "mine" {
		t.Errorf("what was there is gone: %q, %v", content, err)
	}
}

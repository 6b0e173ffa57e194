package main

import (
	"context"
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
		for i, examples := range [][]data.Example{datatest.List(t, corpus.Train), datatest.List(t, corpus.Valid), datatest.List(t, corpus.Test)} {
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

// Written rows have classes in place of labels, and classes say nothing of which one was positive: that is written besides. Levels
// whose order the written file would change are refused.
func TestExportsKeepWhatFollowsFromTheLabels(t *testing.T) {
	rows := "text,label\n"
	for i := range 60 {
		rows += fmt.Sprintf("some words about number %d,%d\n", i, i%3)
	}
	run := func(kind, labels string) string {
		path := file(t, "rows.csv", rows)
		run := "model: {base: minilm}\nmethod: single\ntasks:\n  - name: mood\n    target: true\n" + kind +
			"    data: {path: rows.csv, format: csv, text: text, label: label, labels: " + labels + "}\n"
		if err := os.WriteFile(filepath.Join(filepath.Dir(path), "run.yaml"), []byte(run), 0o600); err != nil {
			t.Fatal(err)
		}
		return filepath.Join(filepath.Dir(path), "run.yaml")
	}
	for _, command := range []string{"split", "clean"} {
		for labels, positive := range map[string]string{
			`{"0": bad, "1": good, "2": bad}`: "bad", `{"0": good, "1": good, "2": bad}`: "bad", `{"0": "7", "1": "7", "2": "3"}`: "3",
		} {
			out := filepath.Join(t.TempDir(), "out")
			expect(t, 0, "data", command, run("", labels), "--out", out)
			written, err := config.Load(filepath.Join(out, "run.yaml"), config.LoadOptions{})
			if err != nil {
				t.Fatal(err)
			}
			corpus, err := data.Load(t.Context(), written.BaseDir, written.Tasks[0])
			if err != nil {
				t.Fatal(err)
			}
			if got := corpus.Report.Positive; got == nil || got.Class != positive {
				t.Errorf("%s of labels %s: the positive class is %v, want %s", command, labels, got, positive)
			}
		}
		_, said := expect(t, 2, "data", command, run("    kind: ordered\n", `{"0": "30", "1": "20", "2": "10"}`), "--out", filepath.Join(t.TempDir(), "out"))
		if !strings.Contains(said, "levels (30, 20, 10)") {
			t.Errorf("%s: %s", command, said)
		}
	}
}

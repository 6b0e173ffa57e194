package main

import (
	"context"
	"os"
	"path/filepath"
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

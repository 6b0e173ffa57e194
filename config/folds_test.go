package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFoldsAndParts(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a.csv", "b.csv"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("text,label\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	load := func(data string) (*Run, error) {
		path := filepath.Join(dir, "run.yaml")
		text := "model: {base: minilm}\ntasks:\n  - name: film\n    target: true\n    data: {" + data + ", format: csv, text: text, label: label, labels: {\"0\": no, \"1\": yes}}\n"
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return Load(path, LoadOptions{})
	}
	run, err := load("path: a.csv, split: {folds: 5}")
	if err != nil {
		t.Fatal(err)
	}
	if s := run.Tasks[0].Data.Split; s.Folds != 5 || s.Fold != 1 || s.Train != 0.8 {
		t.Errorf("split %+v", s)
	}
	for data, says := range map[string]string{
		"path: a.csv, split: {fold: 2}":                       "set folds as well",
		"path: a.csv, split: {folds: 1}":                      "1 is not from 2 to",
		"path: a.csv, split: {folds: 3, fold: 4}":             "4 is not from 1 to 3",
		"train: a.csv, test: b.csv, split: {folds: 3}":        "test lists files of test rows",
		"path: a.csv, part: which, split: {folds: 3}":         "part says where each belongs",
		"train: a.csv, part: which":                           "it divides the rows of path",
		"path: a.csv, part: label":                            "already the column of the text or label",
		"path: a.csv, columns: [text, label, x], part: which": "columns has no which",
	} {
		if _, err := load(data); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: got %v, want %q", data, err, says)
		}
	}
}

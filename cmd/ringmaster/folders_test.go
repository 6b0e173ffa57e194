package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A folder that cannot be is wrong use, told by its flag before anything is read; so is a device in place of a file, which stays.
func TestPathsThatCannotBeWritten(t *testing.T) {
	rows := file(t, "rows.csv", "text,label\ngrief of mine,0\nhope,1\n")
	dir := filepath.Dir(rows)
	run := filepath.Join(dir, "run.yaml")
	if err := os.WriteFile(run, []byte("model: {base: minilm}\nmethod: single\ntasks:\n  - name: mood\n    target: true\n    data: {path: gone.csv, format: csv, text: text, label: label, labels: {\"0\": no, \"1\": yes}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for link, to := range map[string]string{"null.csv": os.DevNull, "nowhere": "gone"} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{rows, filepath.Join(rows, "deeper", "still"), filepath.Join(dir, "nowhere")} {
		for _, args := range [][]string{
			{"train", run, "--run-dir", path}, {"train", run, "--runs", path}, {"pretrain", run, "--run-dir", path}, {"coordinator", run, "--run-dir", path},
			{"compare", run, "--dir", path}, {"compare", run, "--runs", path}, {"search", run, "--space", "train.lr=1e-3", "--dir", path},
			{"data", "stats", run, "--plots", path}, {"data", "split", run, "--out", path}, {"data", "clean", run, "--out", path},
		} {
			if _, said := expect(t, 2, args...); !strings.Contains(said, args[len(args)-2]+" "+path+" cannot be a folder") {
				t.Errorf("%v: %s", args, said)
			}
		}
	}
	expect(t, 2, "data", "filter", "--lexicon", "table8", "--out", filepath.Join(dir, "null.csv"), rows)
	expect(t, 2, "config", "init", rows, "--force", "-o", filepath.Join(dir, "null.csv"))
	if to, err := os.Readlink(filepath.Join(dir, "null.csv")); err != nil || to != os.DevNull {
		t.Errorf("null.csv leads to %q now, %v", to, err)
	}
}

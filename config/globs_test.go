package config

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestPatterns(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a[b]*") // a folder's own name is no pattern
	if err := os.MkdirAll(filepath.Join(dir, "data", "folder.csv"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"data/b.csv", "data/a.csv", "data/c.csv.gz", "data/[odd].csv", "test.csv"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("text,label\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("data/a.csv", filepath.Join(dir, "other.csv")); err != nil {
		t.Fatal(err)
	}
	load := func(files string) (*Run, error) {
		path := filepath.Join(dir, "run.yaml")
		text := "model: {base: minilm}\ntasks:\n  - name: film\n    target: true\n    data: {" + files + ", format: csv, text: text, label: label, labels: {\"0\": no, \"1\": yes}}\n"
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return Load(path, LoadOptions{})
	}
	for files, want := range map[string][]string{
		`path: "data/?.csv"`:                {"data/a.csv", "data/b.csv"},
		`path: ["data/*.csv*"]`:             {"data/[odd].csv", "data/a.csv", "data/b.csv", "data/c.csv.gz"},
		`path: "data/[odd].csv"`:            {"data/[odd].csv"},
		`path: [test.csv, "data/[ab].csv"]`: {"test.csv", "data/a.csv", "data/b.csv"},
	} {
		run, err := load(files)
		if err != nil {
			t.Errorf("%s: %v", files, err)
		} else if got := []string(run.Tasks[0].Data.Path); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", files, got, want)
		}
	}
	for files, says := range map[string]string{
		`path: "data/x*.csv"`:                             "tasks.film.data.path: the pattern data/x*.csv matches no file (paths start from the run file's folder)",
		`path: "data/**/x.csv"`:                           "** does not go through folders",
		`path: "data/[a.csv"`:                             "a [ is not closed",
		`path: ["data/a.csv", "data/*.csv"]`:              "data/a.csv is already listed under path",
		`train: ["data/*.csv"], test: ["data/a.csv"]`:     "data/a.csv is already listed under train",
		`path: [test.csv, "./test.csv"]`:                  "./test.csv is already listed under path as test.csv",
		`train: [data/a.csv], test: [data/../data/a.csv]`: "data/../data/a.csv is already listed under train as data/a.csv",
		`train: [data/a.csv], test: [other.csv]`:          "other.csv is already listed under train as data/a.csv",
		`path: "s3://bucket/data/*.csv"`:                  "list the addresses",
		`path: "data/fold*.csv"`:                          "matches no file",
	} {
		if _, err := load(files); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: got %v, want %q", files, err, says)
		}
	}
}

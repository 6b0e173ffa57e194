package deploy

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ringmaster/config"
)

// Files of the same name stay apart, one that is named twice is sent once, and the run file finds
// all of them.
func TestPackedRunFindsItsFiles(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("a/train.csv", "of a")
	write("b/train.csv", "of b")
	write("names é.txt", "names")
	run := &config.Run{BaseDir: dir, Model: config.Model{Arch: config.CNN}, Tasks: []config.Task{
		{Name: "a", Data: config.Data{Train: config.Files{"a/train.csv"}, Test: config.Files{"a/train.csv"}, LabelNames: "names é.txt"}},
		{Name: "b", Data: config.Data{Path: config.Files{filepath.Join(dir, "b/train.csv")}}},
	}}
	packed, inputs, err := Pack(run)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, in := range inputs {
		found[InputDir+"/"+in.Key] = string(in.Content)
	}
	a, b := packed.Tasks[0].Data, packed.Tasks[1].Data
	if found[a.Train[0]] != "of a" || a.Test[0] != a.Train[0] || found[b.Path[0]] != "of b" || found[a.LabelNames] != "names" || len(inputs) != 3 {
		t.Errorf("%v for %v and %v", found, a, b)
	}
	if run.Tasks[0].Data.Train[0] != "a/train.csv" {
		t.Error("the run was changed")
	}
}

func TestWhatCannotBePacked(t *testing.T) {
	dir := t.TempDir()
	large := filepath.Join(dir, "large.csv")
	if err := os.WriteFile(large, []byte(strings.Repeat("x", inputLimit+1)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{large, filepath.Join(dir, "missing.csv")} {
		run := &config.Run{Tasks: []config.Task{{Data: config.Data{Path: config.Files{name}}}}}
		if _, _, err := Pack(run); !errors.Is(err, ErrInput) || !strings.Contains(err.Error(), filepath.Base(name)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

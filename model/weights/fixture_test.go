package weights

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// copyFolder copies a folder of testdata, for a test to spoil.
func copyFolder(t *testing.T, name string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), name)
	if err := os.CopyFS(dir, os.DirFS(testFolder(name))); err != nil {
		t.Fatal(err)
	}
	return dir
}

// editConfig changes a folder's config.json.
func editConfig(t *testing.T, dir string, edit func(map[string]any)) {
	t.Helper()
	path := filepath.Join(dir, "config.json")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var config map[string]any
	if err := json.Unmarshal(text, &config); err != nil {
		t.Fatal(err)
	}
	edit(config)
	if text, err = json.Marshal(config); err != nil {
		t.Fatal(err)
	}
	put(t, path, string(text))
}

// editTensors rewrites model.safetensors of a copy of classifier-f32.
func editTensors(t *testing.T, dir string, edit func(map[string]Tensor)) {
	t.Helper()
	f := open(t, dir)
	tensors := load(t, f)
	heads, err := f.Heads()
	if err != nil {
		t.Fatal(err)
	}
	tensors[classifierWeight], tensors[classifierBias] = heads[0].Weight, heads[0].Bias
	edit(tensors)
	for name, tensor := range tensors {
		tensors[name] = rename(tensor, name)
	}
	path := filepath.Join(dir, safetensorsFile)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := writeTensors(path, slices.Collect(maps.Values(tensors))); err != nil {
		t.Fatal(err)
	}
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// smallModel is a whole model in memory with numbers that all differ.
func smallModel(t *testing.T) WriteSpec {
	t.Helper()
	f := open(t, testFolder("classifier-f32"))
	head := func(task string, target bool, classes ...string) Head {
		n := int64(len(classes))
		h := Head{Task: task, Classes: classes, Target: target}
		h.Weight = Tensor{Shape: []int64{n, 8}, Data: make([]float32, n*8)}
		h.Bias = Tensor{Shape: []int64{n}, Data: make([]float32, n)}
		for i := range h.Weight.Data {
			h.Weight.Data[i] = float32(i)/7 + float32(len(task))
		}
		for i := range h.Bias.Data {
			h.Bias.Data[i] = float32(i) - float32(len(task))
		}
		return h
	}
	return WriteSpec{
		Config:    f.Config,
		Tensors:   slices.Collect(maps.Values(load(t, f))),
		Tokenizer: f.Dir,
		Heads: []Head{
			head("sentiment", false, "negative", "positive"),
			head("empathy", true, "none", "empathy"),
			head("emotion/plutchik", false, "joy", "fear", "anger"),
		},
	}
}

// bertOf is a folder's configuration, which is a BERT's.
func bertOf(t interface{ Fatalf(string, ...any) }, f *Folder) BertConfig {
	config, ok := f.Config.(BertConfig)
	if !ok {
		t.Fatalf("%s holds a %T, want a BERT", f.Dir, f.Config)
	}
	return config
}

// change edits a spec's configuration, which is a BERT's.
func (s *WriteSpec) change(edit func(*BertConfig)) {
	config := s.Config.(BertConfig)
	edit(&config)
	s.Config = config
}

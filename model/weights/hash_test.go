package weights

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func hashOf(t *testing.T, dir string) string {
	t.Helper()
	sum, err := open(t, dir).Hash()
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

func TestHashIsOfContentOnly(t *testing.T) {
	dir := copyFolder(t, "classifier-f32")
	old := time.Unix(1, 0)
	if err := os.Chtimes(filepath.Join(dir, safetensorsFile), old, old); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, "README.md"), "notes")
	if hashOf(t, dir) != hashOf(t, testFolder("classifier-f32")) {
		t.Error("place, times or other files changed the hash")
	}
	if hashOf(t, testFolder("pickle-zip")) != hashOf(t, testFolder("pickle-legacy")) {
		t.Error("the same tensors in another format have another hash")
	}
}

func TestHashSeesEveryChange(t *testing.T) {
	spec := smallModel(t)
	seen := map[string]string{hashOf(t, write(t, spec).Dir): "nothing"}
	for name, change := range map[string]func(*WriteSpec){
		"a number of the encoder": func(s *WriteSpec) { s.Tensors[3].Data[0]++ },
		"a number of a head":      func(s *WriteSpec) { s.Heads[2].Weight.Data[5]++ },
		"a bias of a head":        func(s *WriteSpec) { s.Heads[0].Bias.Data[1]++ },
		"a task's name":           func(s *WriteSpec) { s.Heads[0].Task = "mood" },
		"a class":                 func(s *WriteSpec) { s.Heads[0].Classes[1] = "good" },
		"the classes' order":      func(s *WriteSpec) { s.Heads[0].Classes[0], s.Heads[0].Classes[1] = "positive", "negative" },
		"the target":              func(s *WriteSpec) { s.Heads[0].Target, s.Heads[1].Target = true, false },
		"the config":              func(s *WriteSpec) { s.change(func(c *BertConfig) { c.LayerNormEps = 1e-5 }) },
	} {
		spec := smallModel(t)
		change(&spec)
		sum := hashOf(t, write(t, spec).Dir)
		if same, ok := seen[sum]; ok {
			t.Errorf("changing %s gives the hash of changing %s", name, same)
		}
		seen[sum] = name
	}
}

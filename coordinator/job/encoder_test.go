package job

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"ringmaster/data/tokens"
	"ringmaster/model/weights/tinybert"
)

// TestOpenModelWantsARowForEachToken: a vocabulary larger than the model is refused when the folder is opened.
func TestOpenModelWantsARowForEachToken(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "model")
	if err := tinybert.Write(dir, tinybert.Config(8)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := OpenModel(dir); err != nil {
		t.Fatal(err)
	}
	vocabulary, err := os.ReadFile(filepath.Join(dir, "vocab.txt"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "vocab.txt"), append(vocabulary, "extra\n"...), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, _, err := OpenModel(dir); !errors.Is(err, tokens.ErrMisfit) {
		t.Errorf("got %v, want ErrMisfit", err)
	}
}

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ringmaster/model/weights"
	"ringmaster/model/weights/tinybert"
)

// width of the tiny BERT.
const width = 32

// writeBert writes a tiny BERT of random weights as a Hugging Face folder.
func writeBert(t *testing.T, dir string, heads ...weights.Head) {
	t.Helper()
	if err := tinybert.Write(dir, tinybert.Config(width), heads...); err != nil {
		t.Fatal(err)
	}
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// replaceIn changes the one place in a file where old stands.
func replaceIn(t *testing.T, path, old, new string) {
	t.Helper()
	text := readFile(t, path)
	if n := strings.Count(text, old); n != 1 {
		t.Fatalf("%s has %q %d times, want once", path, old, n)
	}
	writeFile(t, path, strings.Replace(text, old, new, 1))
}

package infer_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ringmaster/data/infer"
)

// A folder may be a link, and have links: to files, as in the cache of the Hugging Face hub, to folders, and to itself.
func TestLinkedFolders(t *testing.T) {
	row := func(i int) string { return sentence(i) + "," + []string{"joy", "fear"}[i%2] }
	dir := write(t, map[string]string{
		"blobs/0a1b":        table("text,label", 90, row),
		"elsewhere/dev.csv": table("text,label", 30, func(i int) string { return row(i + 90) }),
		"real/readme.txt":   "about",
	})
	for name, to := range map[string]string{"mine": "real", "elsewhere/train.csv": "../blobs/0a1b", "real/data": "../elsewhere", "real/again": "."} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	_, corpora, text := inferred(t, dir, infer.Options{}, "mine")
	if len(corpora) != 1 || corpora[0].Train.Len() < 80 || corpora[0].Valid.Len() != 30 || !strings.Contains(text, "mine/data/train.csv") {
		t.Errorf("%d corpora of\n%s", len(corpora), text)
	}
}

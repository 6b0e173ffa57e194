package coordinator

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ringmaster/run/directory"
)

// damage is what may become of a file or folder.
type damage func(t *testing.T, b *testRun, path string)

var damages = map[string]damage{
	"missing": func(t *testing.T, _ *testRun, path string) {
		if err := os.RemoveAll(path); err != nil {
			t.Fatal(err)
		}
	},
	"empty": func(t *testing.T, _ *testRun, path string) { eachFile(t, path, func([]byte) []byte { return nil }) },
	"torn": func(t *testing.T, _ *testRun, path string) {
		eachFile(t, path, func(text []byte) []byte { return text[:max(0, len(text)-7)] })
	},
	"flipped": func(t *testing.T, _ *testRun, path string) {
		eachFile(t, path, func(text []byte) []byte {
			if len(text) > 0 {
				text[len(text)/2] ^= 4
			}
			return text
		})
	},
	"older": func(t *testing.T, b *testRun, path string) { replaceBy(t, b, path, earlySteps) },
	"newer": func(t *testing.T, b *testRun, path string) { replaceBy(t, b, path, newestSteps) },
}

// eachFile changes a file, or all files of a folder.
func eachFile(t *testing.T, path string, change func([]byte) []byte) {
	t.Helper()
	err := filepath.WalkDir(path, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(path, change(text), 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// replaceBy puts what stood there at another moment in a file's place.
func replaceBy(t *testing.T, b *testRun, path string, moment int) {
	t.Helper()
	name, err := filepath.Rel(b.path, path)
	if err != nil {
		t.Fatal(err)
	}
	from := filepath.Join(b.at(moment), name)
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(from); err == nil && info.IsDir() {
		copyTree(t, from, path)
		return
	}
	text, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
}

// wholeFiles are the contents of the files that a resume may replace.
func wholeFiles(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, name := range []string{"events.jsonl", "ledger.jsonl", "record.log"} {
		if text, err := os.ReadFile(filepath.Join(dir, name)); err == nil {
			all[name] = string(text)
		}
	}
	return all
}

// lostNothing checks that every whole line that was there is still somewhere in the directory.
func (b *testRun) lostNothing(before map[string]string) {
	b.t.Helper()
	for name, text := range before {
		found := map[string]bool{}
		there, err := filepath.Glob(filepath.Join(b.path, name+"*"))
		if err != nil {
			b.t.Fatal(err)
		}
		for _, path := range there {
			now, err := os.ReadFile(path)
			if err != nil {
				b.t.Fatal(err)
			}
			for line := range strings.Lines(string(now)) {
				found[line] = true
			}
		}
		for line := range strings.Lines(text) {
			if strings.HasSuffix(line, "\n") && !found[line] {
				b.t.Errorf("a line of %s is gone: %.120s", name, line)
			}
		}
	}
}

var errNothingToMend = errors.New("nothing to mend")

// resumeRun opens a run once more, and says what is to be mended.
func resumeRun(path string) error {
	d, err := directory.Resume(path)
	if err != nil {
		return err
	}
	err = errNothingToMend
	if d.Mended() != nil {
		err = fmt.Errorf("mended again: %q", d.Mended())
	}
	return errors.Join(err, d.Close())
}

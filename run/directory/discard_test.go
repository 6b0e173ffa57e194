package directory

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func there(t *testing.T, path string) bool {
	t.Helper()
	_, err := os.Lstat(path)
	return err == nil
}

// What was made for a run that could not be begun is gone; what was there before is not.
func TestDiscardLeavesNothingOfARunThatDidNotBegin(t *testing.T) {
	base := t.TempDir()
	kept := filepath.Join(base, "kept")
	if err := os.Mkdir(kept, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, create := range map[string]func() (*Dir, error){
		"a new one":       func() (*Dir, error) { return Create(filepath.Join(base, "a", "b")) },
		"one among runs":  func() (*Dir, error) { return CreateUnder(filepath.Join(base, "runs"), time.Now(), "x") },
		"one in a folder": func() (*Dir, error) { return Create(kept) },
	} {
		d, err := create()
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(string(d.Layout), "coordinator.log"), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := d.Discard(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if there(t, filepath.Join(base, "a")) || there(t, filepath.Join(base, "runs")) || !there(t, kept) {
			t.Errorf("%s: it is not as it was before", name)
		}
	}
	if entries, err := os.ReadDir(kept); err != nil || len(entries) > 0 {
		t.Errorf("%v is left in the folder that was there (%v)", entries, err)
	}
}

func TestDiscardKeepsWhatARunHasDone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run")
	d, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Record(Entry{Opened: &Opened{Run: "r"}}); err != nil {
		t.Fatal(err)
	}
	if err := d.Commit(Event{Stage: "student"}, LedgerEntry{Stage: "student"}); err != nil {
		t.Fatal(err)
	}
	if err := d.Discard(); err != nil {
		t.Fatal(err)
	}
	again, err := Resume(path)
	if err != nil {
		t.Fatalf("a run with a step is gone: %v", err)
	}
	if err := again.Discard(); err != nil || !there(t, filepath.Join(path, "events.jsonl")) {
		t.Errorf("a run that was resumed is gone (%v)", err)
	}
}

//go:build linux

package chaos

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// line is an event of a step, committed so many seconds after an hour.
func line(step int) string {
	at := time.Date(2026, 1, 2, 3, 0, step, 0, time.UTC)
	return fmt.Sprintf(`{"stage":"student","step":%d,"generation":1,"world":3,"time":%q}`, step, at.Format(time.RFC3339Nano))
}

func TestAGrowingLogIsFollowedLineByLine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.jsonl")
	w := &watch{path: path}
	look := func(text string, want int) {
		t.Helper()
		if text != "" {
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.look(); err != nil {
			t.Fatal(err)
		}
		if w.steps() != want || want > 0 && w.last().Step != want-1 {
			t.Fatalf("%d steps, the last is %d, after %q; want %d", w.steps(), w.last().Step, text, want)
		}
	}
	look("", 0) // there is no log yet
	look(line(0)+"\n", 1)
	look(line(0)+"\n"+line(1)+"\n"+line(2)[:20], 2)
	look(line(0)+"\n"+line(1)+"\n"+line(2)+"\n", 3)
	moment := time.Date(2026, 1, 2, 3, 0, 0, 500, time.UTC)
	if n, commits := w.since(moment), w.commits(moment); n != 2 || len(commits) != 2 || commits[0].Second() != 1 {
		t.Errorf("%d steps since the first, committed %v", n, commits)
	}
	look(line(0)+"\n", 1) // the run went on from a checkpoint
	look("", 1)
	look(line(0)+"\n"+line(1)+"\n"+line(2)+"\n", 3)
	again := strings.Replace(line(1), "03:00:01", "03:00:31.25", 1) // longer than what was read, when it is looked at
	look(line(0)+"\n"+again+"\n"+strings.Replace(line(2), "03:00:02", "03:00:32", 1)+"\n"+line(3)+"\n", 4)
	if len(w.backs) != 2 || w.backs[0] != 2 || w.backs[1] != 2 {
		t.Errorf("steps were taken back by %v, want twice 2", w.backs)
	}
	if err := os.WriteFile(path, []byte(line(0)+"\nnonsense\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := w.look(); err == nil {
		t.Error("a line that is none passes")
	}
}

// A log that is lost, and made again with lines that say so, takes nothing back.
func TestALostLogIsRemembered(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.jsonl")
	w := &watch{path: path}
	whole := line(0) + "\n" + line(1) + "\n"
	lost := `{"stage":"student","step":0,"lost":true}` + "\n" + `{"stage":"student","step":1,"lost":true}` + "\n"
	for _, text := range []string{whole, "", lost, lost + line(2) + "\n"} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := w.look(); err != nil {
			t.Fatal(err)
		}
	}
	if w.steps() != 3 || w.events[1].Lost || w.events[1].World != 3 || len(w.backs) != 0 {
		t.Errorf("there are %+v, and %v were taken back", w.events, w.backs)
	}
}

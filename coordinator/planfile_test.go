package coordinator

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ringmaster/run/directory"
)

// A run goes on with the rows that it began with alone: a text or a label that was changed in its file, in any part, is a refusal
// that loses nothing, and the run goes on when the file is as it was.
func TestARunIsNotResumedWithOtherTextsOrLabels(t *testing.T) {
	t.Parallel()
	s := takeSnapshots(t)
	file := filepath.Join(s.b.dir, "a.tsv")
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(whole), "\n")
	for _, plan := range []string{"plan.json as it was", "no plan.json"} {
		b := s.damaged(t, plan, midSteps)
		if plan == "no plan.json" {
			if err := os.Remove(directory.Layout(b.path).Plan()); err != nil {
				t.Fatal(err)
			}
		}
		before := wholeFiles(t, b.path)
		for at := 1; at < 40; at += 6 {
			for _, change := range []func(string) string{
				func(line string) string { return line + " and more of them" },
				func(line string) string { return map[string]string{"0": "1", "1": "0"}[line[:1]] + line[1:] },
			} {
				changed := strings.Join(append(append(append([]string{}, lines[:at]...), change(lines[at])), lines[at+1:]...), "\n")
				if err := os.WriteFile(file, []byte(changed), 0o600); err != nil {
					t.Fatal(err)
				}
				err := b.tryStart(1, true)
				if err == nil {
					err = b.end(late)
				}
				if !errors.Is(err, ErrCannotResume) || !strings.Contains(err.Error(), "task first") {
					t.Errorf("%s, line %d is %q: %v", plan, at+1, change(lines[at]), err)
				}
			}
		}
		if err := os.WriteFile(file, whole, 0o600); err != nil {
			t.Fatal(err)
		}
		if from := b.resumes(); from != 10 || b.modelState() != stateOf(testSteps) {
			t.Errorf("%s: with the files as they were it goes on from step %d", plan, from)
		}
		b.lostNothing(before)
	}
}

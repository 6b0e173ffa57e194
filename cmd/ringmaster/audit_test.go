package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringmaster/run/audit"
)

// recordedRun is a copy of what a run of three tasks and twenty steps on two workers
// left; the corpora and the model it names are nowhere.
func recordedRun(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "run")
	if err := os.CopyFS(dir, os.DirFS("../../run/audit/testdata/recorded")); err != nil {
		t.Fatal(err)
	}
	return dir
}

// rewrite replaces a file of a run by what change makes of it.
func rewrite(t *testing.T, dir, name string, change func(text string) string) {
	t.Helper()
	path := filepath.Join(dir, name)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	after := change(string(before))
	if after == string(before) {
		t.Fatalf("%s is as it was", name)
	}
	if err := os.WriteFile(path, []byte(after), 0o644); err != nil {
		t.Fatal(err)
	}
}

func verdictOf(t *testing.T, p *program) audit.Verdict {
	t.Helper()
	var v audit.Verdict
	if err := json.Unmarshal(p.out.Bytes(), &v); err != nil {
		t.Fatalf("%v: %s%s", err, p.out.String(), p.errors.String())
	}
	return v
}

func TestAuditPassesARecordedRun(t *testing.T) {
	dir := recordedRun(t)
	p := ringmaster(t, "audit", "--json", dir)
	// What a resolved file says is not to be changed by where it is read.
	p.Env = append(p.Env, "RINGMASTER_TRAIN_SEED=2")
	if code := p.run(t); code != 0 {
		t.Errorf("exit code %d: %s", code, p.errors.String())
	}
	want := `{"ok":true,"problems":[],"steps":20,"examples":{"emotion":208,"empathy":231,"sentiment":201},"finished":true}` + "\n"
	if got := p.out.String(); got != want {
		t.Errorf("said %s, want %s", got, want)
	}
	p = ringmaster(t, "audit", dir)
	if code := p.run(t); code != 0 || !strings.Contains(p.out.String(), "20 steps; examples: emotion 208, empathy 231, sentiment 201\nall is as planned") {
		t.Errorf("exit code %d: %s%s", code, p.out.String(), p.errors.String())
	}
}

func TestAuditTellsWhatIsWrong(t *testing.T) {
	lines := func(text string) []string { return slices.Collect(strings.Lines(text)) }
	for name, c := range map[string]struct {
		file   string
		change func(text string) string
		want   string
	}{
		"a torn line": {"ledger.jsonl", func(s string) string { return s[:len(s)-9] }, "ledger.jsonl is torn: its last line, line 20, is not whole"},
		"a line that is no JSON": {"events.jsonl", func(s string) string {
			return strings.Replace(s, `{"stage":"student","step":4,`, `{"stage":"student","step":4;`, 1)
		}, "events.jsonl cannot be read after line 4"},
		"the last line gone": {"ledger.jsonl", func(s string) string {
			return strings.Join(lines(s)[:19], "")
		}, "ledger.jsonl ends too early: its last step of student is 18, the run's is 19"},
		"a learning rate":        {"events.jsonl", func(s string) string { return strings.Replace(s, `"lr":0.0001,`, `"lr":0.00011,`, 1) }, "step 1 of student: the learning rate is 0.00011, the plan has 0.0001"},
		"a run that is finished": {"checkpoints/step-20/progress.json", func(s string) string { return strings.Replace(s, "20", "21", 1) }, "a checkpoint speaks of 21 steps of student"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := recordedRun(t)
			rewrite(t, dir, c.file, c.change)
			p := ringmaster(t, "audit", "--json", dir)
			if code := p.run(t); code != exitFailed {
				t.Errorf("exit code %d: %s", code, p.errors.String())
			}
			v := verdictOf(t, p)
			if v.OK || !slices.ContainsFunc(v.Problems, func(p string) bool { return strings.Contains(p, c.want) }) {
				t.Errorf("%+v, want %q", v, c.want)
			}
		})
	}
}

func TestAuditTellsTwentyProblemsAndCountsTheRest(t *testing.T) {
	dir := recordedRun(t)
	rewrite(t, dir, "events.jsonl", func(s string) string {
		return strings.ReplaceAll(strings.ReplaceAll(s, `"lambda":1`, `"lambda":0.5`), `"total":20`, `"total":21`)
	})
	p := ringmaster(t, "audit", dir)
	if code := p.run(t); code != exitFailed {
		t.Errorf("exit code %d", code)
	}
	if got := strings.Count(p.out.String(), "of student:"); got != 20 {
		t.Errorf("%d problems are told, want 20", got)
	}
	if !strings.Contains(p.out.String(), "and 20 more; --json lists them all\n") {
		t.Error(p.out.String())
	}
	p = ringmaster(t, "audit", "--json", dir)
	p.run(t)
	if v := verdictOf(t, p); len(v.Problems) != 40 {
		t.Errorf("%d problems as JSON, want 40", len(v.Problems))
	}
}

func TestWhatCannotBeAuditedIsWrongUse(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(t *testing.T, dir string)
		want  string
	}{
		"no directory":     {func(t *testing.T, dir string) { remove(t, dir) }, "directory holds no run"},
		"no plan":          {func(t *testing.T, dir string) { remove(t, filepath.Join(dir, "plan.json")) }, "plan.json is missing: it lists each task's training rows"},
		"no ledger":        {func(t *testing.T, dir string) { remove(t, filepath.Join(dir, "ledger.jsonl")) }, "ledger.jsonl: no such file"},
		"no events":        {func(t *testing.T, dir string) { remove(t, filepath.Join(dir, "events.jsonl")) }, "events.jsonl: no such file"},
		"no configuration": {func(t *testing.T, dir string) { remove(t, filepath.Join(dir, "config.yaml")) }, "config.yaml"},
		"a damaged plan": {func(t *testing.T, dir string) {
			rewrite(t, dir, "plan.json", func(s string) string { return s[:100] })
		}, "plan.json: damaged"},
		"a plan without a task": {func(t *testing.T, dir string) {
			rewrite(t, dir, "plan.json", func(s string) string { return strings.Replace(s, `"emotion"`, `"emotions"`, 1) })
		}, "the training rows of task emotion are not known"},
		"a key that is none": {func(t *testing.T, dir string) {
			rewrite(t, dir, "config.yaml", func(s string) string { return strings.Replace(s, "batch:", "bach:", 1) })
		}, "config.yaml:"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := recordedRun(t)
			c.spoil(t, dir)
			p := ringmaster(t, "audit", "--json", dir)
			if code := p.run(t); code != exitWrongUse || !strings.Contains(p.errors.String(), c.want) {
				t.Errorf("exit code %d, want %d: %s", code, exitWrongUse, p.errors.String())
			}
			if diff := cmp.Diff("", p.out.String()); diff != "" {
				t.Errorf("on standard output: %s", diff)
			}
		})
	}
	for _, args := range [][]string{{"audit"}, {"audit", "a", "b"}, {"audit", "--jsn", "a"}} {
		if code := ringmaster(t, args...).run(t); code != exitWrongUse {
			t.Errorf("%q: exit code %d", args, code)
		}
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
}

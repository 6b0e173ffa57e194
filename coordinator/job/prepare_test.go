package job

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ringmaster/config"
	"ringmaster/model/weights/tinybert"
)

// tinyRun is a run file of a tiny model and one corpus, set out with these keys of a task.
func tinyRun(t *testing.T, rows, task string, set ...string) *config.Run {
	t.Helper()
	dir := t.TempDir()
	if err := tinybert.Write(filepath.Join(dir, "tiny"), tinybert.Config(8)); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"rows.csv": "text,label\n" + rows,
		"run.yaml": "model: {base: ./tiny}\nmethod: single\ntrain: {max_length: 32}\ntasks:\n  - name: mood\n    target: true\n    " + task + "\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run, err := config.Load(filepath.Join(dir, "run.yaml"), config.LoadOptions{Set: set})
	if err != nil {
		t.Fatal(err)
	}
	return run
}

func silent(string, ...any) {}

func contentsOf(t *testing.T, j *Job) map[string]string {
	t.Helper()
	contents, err := j.Contents()
	if err != nil {
		t.Fatal(err)
	}
	return contents
}

// Numbers that float32 cannot hold, or tell apart, are refused before training, and not found in scores that are not finite after it.
func TestValuesThatAModelCannotGive(t *testing.T) {
	rows := func(value func(i int) string) string {
		var b strings.Builder
		for i := range 40 {
			fmt.Fprintf(&b, "words about number %d,%s\n", i, value(i))
		}
		return b.String()
	}
	const task = `{kind: value, data: {path: rows.csv, format: csv, text: text, label: label}}`
	for name, c := range map[string]struct {
		value func(i int) string
		says  string
	}{
		"years":      {func(i int) string { return fmt.Sprint(1980 + i) }, ""},
		"small":      {func(i int) string { return fmt.Sprintf("%de-30", i) }, ""},
		"large":      {func(i int) string { return fmt.Sprintf("%de30", i) }, ""},
		"too large":  {func(i int) string { return fmt.Sprintf("%de40", i+1) }, "too large"},
		"too small":  {func(i int) string { return fmt.Sprintf("%de-200", i) }, "differ too little"},
		"timestamps": {func(i int) string { return fmt.Sprint(1700000000000 + i) }, "differ too little"},
	} {
		run := tinyRun(t, rows(c.value), strings.NewReplacer("{kind", "kind", "}}", "}", ", data", "\n    data").Replace(task))
		_, err := New(t.Context(), run, t.TempDir(), silent)
		if c.says == "" && err != nil || c.says != "" && (!errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), c.says)) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
}

const twoClasses = `data: {path: rows.csv, format: csv, text: text, label: label, labels: {"0": no, "1": yes}}`

func twoClassRows() string {
	var b strings.Builder
	for i := range 40 {
		fmt.Fprintf(&b, "words about number %d,%d\n", i, i%2)
	}
	return b.String()
}

// Token ids that cannot be kept are no reason not to run.
func TestAFolderOfTokenIDsThatCannotBeUsed(t *testing.T) {
	occupied := filepath.Join(t.TempDir(), "cache")
	if err := os.WriteFile(occupied, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	withoutWrites := t.TempDir()
	if err := os.Mkdir(filepath.Join(withoutWrites, "tokens"), 0o500); err != nil {
		t.Fatal(err)
	}
	run := tinyRun(t, twoClassRows(), twoClasses)
	want, err := New(t.Context(), run, t.TempDir(), silent)
	if err != nil {
		t.Fatal(err)
	}
	for _, cache := range []string{occupied, withoutWrites} {
		if cache == withoutWrites && os.Geteuid() == 0 {
			continue // whom no mode stops
		}
		said := 0
		got, err := New(t.Context(), run, cache, func(format string, args ...any) {
			if strings.HasPrefix(fmt.Sprintf(format, args...), "token ids are not kept") {
				said++
			}
		})
		if err != nil || said != 1 || fmt.Sprint(contentsOf(t, got)) != fmt.Sprint(contentsOf(t, want)) {
			t.Errorf("%s: %v, told %d times", cache, err, said)
		}
	}
}

// A job under other numbers is refused for what it trains as a new one is.
func TestAJobUnderOtherNumbersIsChecked(t *testing.T) {
	run := tinyRun(t, twoClassRows(), twoClasses)
	j, err := New(t.Context(), run, t.TempDir(), silent)
	if err != nil {
		t.Fatal(err)
	}
	for freeze, fine := range map[config.Freeze]bool{"embeddings": true, "1": true, "99": false} {
		other := *run
		other.Train.Freeze = freeze
		if _, err := j.With(&other); fine && err != nil || !fine && !errors.Is(err, ErrRefused) {
			t.Errorf("freeze %s: %v", freeze, err)
		}
	}
}

// The contents of a job are those of its rows: a text, a label or a value that is another shows, and nothing else.
func TestContents(t *testing.T) {
	contents := func(rows, task string, set ...string) string {
		j, err := New(t.Context(), tinyRun(t, rows, task, set...), t.TempDir(), silent)
		if err != nil {
			t.Fatal(err)
		}
		return contentsOf(t, j)["mood"]
	}
	rows := twoClassRows()
	before := contents(rows, twoClasses)
	if again := contents(rows, twoClasses, "train.lr=1e-3", "train.epochs=9"); again != before {
		t.Error("numbers of the training change the contents")
	}
	const value = "kind: value\n    data: {path: rows.csv, format: csv, text: text, label: label, split: {seed: 3}}"
	numbers := contents(rows, value)
	for name, other := range map[string]string{
		"a text":        strings.Replace(rows, "number 7,", "film 7,", 1),
		"a label":       strings.Replace(rows, "number 7,1", "number 7,0", 1),
		"the last text": strings.Replace(rows, "number 39,", "film 39,", 1),
	} {
		if contents(other, twoClasses) == before || contents(other, value) == numbers {
			t.Errorf("%s does not show", name)
		}
	}
	if contents(strings.Replace(rows, "number 7,1", "number 7,1.5", 1), value) == numbers {
		t.Error("a value does not show")
	}
}

package job

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringmaster/config"
	"ringmaster/data/length"
	"ringmaster/model/weights/tinybert"
	"ringmaster/run/directory"
)

// The start of a run says how many texts are cut, and which test texts training has; the run
// directory keeps it, and rows are cut as before.
func TestARunTellsOfItsCorpora(t *testing.T) {
	job, notes := jobOf(t, `method: mt
tasks:
  - name: film
    target: true
    data: {train: train.csv, test: test.csv, format: csv, text: text, label: label, labels: {"0": no, "1": yes}, split: {train: 1}}
  - name: short
    data: {path: short.csv, format: csv, text: text, label: label, labels: {"0": no, "1": yes}, split: {train: 1}}
  - name: again
    data: {path: again.csv, format: csv, text: text, label: label, labels: {"0": no, "1": yes}, split: {train: 1}}
train: {max_length: 8}
`)
	for _, want := range []string{
		"leaks      1 of 2 test texts of 4 or more words (50.0%) is contained in a train text",
		`test.csv:2 "so sad and so awful" is in train.csv:2`,
		"film: 1 of 6 texts (16.7%) is cut at train.max_length, 8 tokens: a max_length of ",
		"short: no text of 4 is cut: the longest has ",
		"film:\n  leaks      1 of 2 test texts of 4 or more words (50.0%) is contained in a train text of again\n",
	} {
		if !strings.Contains(notes, want) {
			t.Errorf("no %q in\n%s", want, notes)
		}
	}
	longest := 0
	for i := range job.Tasks[0].Train.Len() {
		longest = max(longest, job.Tasks[0].Train.Size(i))
	}
	if longest != 8 {
		t.Errorf("the longest row has %d ids", longest)
	}

	dir, err := directory.Create(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := dir.Close(); err != nil {
			t.Error(err)
		}
	}()
	if err := dir.WriteCorpora(job.Described()); err != nil {
		t.Fatal(err)
	}
	kept, err := dir.ReadCorpora()
	if err != nil || len(kept) != 3 {
		t.Fatal(kept, err)
	}
	if diff := cmp.Diff(job.Tasks[0].Leaks.Pairs, kept[0].Leaks); diff != "" || kept[0].Report.Train.Rows != 4 {
		t.Errorf("%+v, leaks (-want +got):\n%s", kept[0], diff)
	}
	want := length.Report{Task: "film", Unit: "tokens", MaxLength: 8, Texts: 6, Cut: 1}
	got := *kept[0].Length
	got.P50, got.P95, got.P99, got.Max, got.Positions = 0, 0, 0, 0, 0 // they depend on the tiny vocabulary
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A pretraining joins texts and cuts none; it looks for held-out texts in training texts too.
func TestAPretrainingTellsOfItsCorpora(t *testing.T) {
	job, notes := jobOf(t, `method: mlm
tasks:
  - name: film
    data: {train: train.csv, test: test.csv, format: csv, text: text, split: {train: 1}}
train: {max_length: 8}
`)
	for _, want := range []string{"(50.0%) is contained in a train text", "film: no text is cut: they are joined into "} {
		if !strings.Contains(notes, want) {
			t.Errorf("no %q in\n%s", want, notes)
		}
	}
	if c := job.Described(); len(c) != 1 || c[0].Task != "film" || c[0].Length != nil {
		t.Errorf("%+v", c)
	}
}

// A target that only tests is held against what is learnt in its place.
func TestAnAdaptationTellsOfItsCorpora(t *testing.T) {
	_, notes := jobOf(t, `train: {max_length: 8}
source: film
tasks:
  - name: other
    target: true
    data: {train: short.csv, test: test.csv, format: csv, text: text, label: label, labels: {"0": no, "1": yes}, split: {train: 1}}
  - name: film
    data: {train: train.csv, valid: short.csv, format: csv, text: text, label: label, labels: {"0": no, "1": yes}, split: {train: 1}}
`)
	if want := "1 of 2 test texts of 4 or more words (50.0%) is contained in a train text of film"; !strings.Contains(notes, want) {
		t.Errorf("no %q in\n%s", want, notes)
	}
}

// jobOf prepares the job of a run file, whose model is tiny, over small corpora.
func jobOf(t *testing.T, text string) (*Job, string) {
	t.Helper()
	dir := t.TempDir()
	if err := tinybert.Write(filepath.Join(dir, "tiny"), tinybert.Config(8)); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"train.csv": "text,label\n\"The film is so sad and so awful, I am sorry to say.\",0\nso good,1\nso sad,0\nI am so sorry,1\n",
		"test.csv":  "text,label\nso sad and so awful,0\nnews of a good film,1\n",
		"again.csv": "text,label\nso sad and so awful,1\nwe hear so good news,0\n",
		"short.csv": "text,label\nsad,0\ngood,1\nsorry,0\nlong,1\n",
		"run.yaml":  "model: {base: ./tiny}\n" + text,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run, err := config.Load(filepath.Join(dir, "run.yaml"), config.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var notes strings.Builder
	job, err := New(t.Context(), run, t.TempDir(), func(format string, args ...any) { fmt.Fprintf(&notes, format+"\n", args...) })
	if err != nil {
		t.Fatal(err)
	}
	return job, notes.String()
}

package job

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ringmaster/config"
	"ringmaster/data/tokens"
	"ringmaster/data/vectors"
	"ringmaster/model/weights"
)

// baselineJob prepares a job over two small corpora whose words tell where they are from.
func baselineJob(t *testing.T, cache string, set ...string) (*Job, []string, error) {
	t.Helper()
	dir := t.TempDir()
	rows := func(word string) string {
		text := "label\ttext\n"
		for i := range 12 {
			text += fmt.Sprintf("%d\tsome %s here and %s%d\n", i%2, word, word, i)
		}
		return text
	}
	for name, text := range map[string]string{
		"train.tsv": rows("alpha"), "valid.tsv": rows("beta"), "test.tsv": rows("gamma"), "other.tsv": rows("delta"),
		"vectors.txt": "alpha 1 2 3\nsome 4 5 6\nHERE 7 8 9\ngamma 1 1 1\n",
		"run.yaml": `model: {arch: lstm, vectors: vectors.txt}
method: single
tasks:
  - {name: a, target: true, data: {train: train.tsv, valid: valid.tsv, test: test.tsv, format: tsv, text: text, label: label, labels: {"0": no, "1": yes}}}
  - {name: b, data: {train: other.tsv, format: tsv, text: text, label: label, labels: {"0": no, "1": yes}, split: {train: 1}}}
`} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	run, err := config.Load(filepath.Join(dir, "run.yaml"), config.LoadOptions{Set: set})
	if err != nil {
		t.Fatal(err)
	}
	var notes []string
	job, err := New(t.Context(), run, cache, func(format string, args ...any) { notes = append(notes, fmt.Sprintf(format, args...)) })
	return job, notes, err
}

func mustPrepare(t *testing.T, cache string, set ...string) (*Job, string) {
	t.Helper()
	job, notes, err := baselineJob(t, cache, set...)
	if err != nil {
		t.Fatal(err)
	}
	return job, strings.Join(notes, "\n")
}

// The words are those of the training rows of the run's tasks; their vectors the file's.
func TestABaselineBeginsWithTheTrainingRowsWords(t *testing.T) {
	job, notes := mustPrepare(t, t.TempDir())
	list := job.Tokenizer.(*tokens.WordList).Words()
	for word, want := range map[string]bool{"alpha": true, "alpha7": true, "beta": false, "gamma": false, "delta": false} {
		if slices.Contains(list, word) != want {
			t.Errorf("%s is in the list: %v, want %v", word, !want, want)
		}
	}
	if !strings.Contains(notes, "3 of the 16 words") || !strings.Contains(notes, "lstm baseline") {
		t.Errorf("it says\n%s", notes)
	}
	loaded, err := job.Base.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	matrix := loaded[weights.WordVectors]
	row := func(word string) string {
		at := slices.Index(list, word)
		return fmt.Sprint(matrix.Data[3*at : 3*at+3])
	}
	for word, want := range map[string]string{"alpha": "[1 2 3]", "here": "[7 8 9]", tokens.PadWord: "[0 0 0]", tokens.UnknownWord: "[0 0 0]"} {
		if got := row(word); got != want {
			t.Errorf("%s has the vector %s, want %s", word, got, want)
		}
	}
	if row("alpha1") == row("alpha2") || row("alpha1") == "[0 0 0]" {
		t.Errorf("words without a vector have %s and %s", row("alpha1"), row("alpha2"))
	}
	// some alpha here and alphaN; in a test row alpha is gamma, which nobody knows.
	some, unknown := int32(slices.Index(list, "some")), int32(1)
	for i := range job.Tasks[0].Test.Len() {
		r, err := job.Tasks[0].Test.At(i)
		if err != nil {
			t.Fatal(err)
		}
		if len(r.IDs) != 5 || r.IDs[0] != some || r.IDs[1] != unknown || r.IDs[4] != unknown {
			t.Errorf("a test row is %v", r.IDs)
		}
	}
}

// The same run gives the same folder to the bit, wherever it is prepared; another seed,
// file or dimension another.
func TestABaselinesFolderIsDecidedByItsRun(t *testing.T) {
	for _, source := range []string{"model.vectors=vectors.txt", "model.vectors=train"} {
		cache := t.TempDir()
		first, _ := mustPrepare(t, cache, source)
		again, _ := mustPrepare(t, t.TempDir(), source)
		kept, notes := mustPrepare(t, cache, source)
		if first.BaseHash != again.BaseHash || first.BaseHash != kept.BaseHash || first.Base.Dir != kept.Base.Dir {
			t.Errorf("%s: hashes %s, %s, %s", source, first.BaseHash, again.BaseHash, kept.BaseHash)
		}
		if strings.Contains(notes, "training word vectors") || strings.Contains(notes, "words of the training rows") {
			t.Errorf("%s: what was there is made again:\n%s", source, notes)
		}
		seeded, _ := mustPrepare(t, cache, source, "train.seed=5")
		other, _ := mustPrepare(t, cache, source, "model.arch=bilstm")
		if seeded.BaseHash == first.BaseHash || other.BaseHash == first.BaseHash {
			t.Errorf("%s: another seed or system gives the same folder", source)
		}
	}
}

// Vectors are trained on all declared corpora, also those the method leaves out.
func TestVectorsAreTrainedOnAllCorpora(t *testing.T) {
	job, notes := mustPrepare(t, t.TempDir(), "model.vectors=train", "model.dim=5")
	if !strings.Contains(notes, "training word vectors on 24 texts") {
		t.Errorf("it says\n%s", notes)
	}
	if got := job.Base.Config.Sizes().WordWidth; got != 5 {
		t.Errorf("the vectors have %d numbers, want 5", got)
	}
	if job.Run.Model.Arch != config.LSTM || len(job.Tasks) != 1 {
		t.Errorf("%d tasks", len(job.Tasks))
	}
}

func TestABaselineThatCannotBeMadeIsRefused(t *testing.T) {
	if _, _, err := baselineJob(t, t.TempDir(), "model.dim=4"); !errors.Is(err, ErrRefused) || !errors.Is(err, vectors.ErrDim) {
		t.Errorf("got %v, want ErrDim refused", err)
	}
}

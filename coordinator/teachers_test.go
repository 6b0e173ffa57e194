package coordinator

import (
	"path/filepath"
	"testing"

	"ringmaster/config"
	"ringmaster/coordinator/job"
	"ringmaster/data"
	"ringmaster/data/tokens"
	"ringmaster/model/weights/tinybert"
)

// Logits are kept by the length that texts were cut to, besides the teacher's own weights.
func TestATeachersLogitsAreKeptByLength(t *testing.T) {
	dir := t.TempDir()
	if err := tinybert.Write(filepath.Join(dir, "teacher"), tinybert.Config(32)); err != nil {
		t.Fatal(err)
	}
	path := func(length int) string {
		run := config.Defaults()
		run.Train.MaxLength = length
		of := &setup{job: &job.Job{Run: &run, Tokenizer: &tokens.Tokenizer{}}, opts: Options{TeacherDir: filepath.Join(dir, "teachers")}}
		teacher := &teacher{dir: filepath.Join(dir, "teacher"), task: &job.Task{Corpus: &data.Corpus{Classes: []string{"a", "b"}}}}
		if err := (&teacherLogits{setup: of, of: teacher}).open(); err != nil {
			t.Fatal(err)
		}
		return teacher.logits.Path()
	}
	if again := path(32); path(32) != again || path(33) == again {
		t.Error("logits of texts that were cut at 32 tokens are taken for those of 33")
	}
}

package coordinator

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"ringmaster/config"
	"ringmaster/coordinator/plan"
	"ringmaster/data"
	"ringmaster/data/tokens"
)

// A teacher that learnt in another precision is another teacher, and is not taken for it.
func TestATeachersKeyKnowsItsPrecision(t *testing.T) {
	key := func(p config.Precision) string {
		run := config.Defaults()
		run.Train.Precision = p
		r := &running{job: &Job{Run: &run, Tokenizer: &tokens.Tokenizer{}}}
		k, err := r.teacherKey(&Task{Corpus: &data.Corpus{}}, plan.Settings{})
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	full, again, half := key(config.Float32), key(config.Float32), key(config.BFloat16)
	if full != again || full == half {
		t.Error("the key of a teacher does not follow its precision")
	}
}

// Rows that are kept together make other parts: another teacher, and another cell of a table.
func TestKeysKnowHowRowsAreGrouped(t *testing.T) {
	file := "text,label,article\n"
	for i := range 60 {
		file += fmt.Sprintf("text %d,%d,%d\n", i, i%2, i/6)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "f.csv"), []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	run := config.Defaults()
	keys := func(group string) [2]string {
		d := config.Data{
			Path: config.Files{"f.csv"}, Format: config.CSV, Text: "text", Label: "label", Labels: config.Labels{{From: "0", To: "no"}, {From: "1", To: "yes"}},
			Split: config.Split{Train: 0.8, Valid: 0.1, Test: 0.1, Seed: 13, Group: group},
		}
		corpus, err := data.Load(context.Background(), dir, config.Task{Name: "task", Data: d})
		if err != nil {
			t.Fatal(err)
		}
		job := &Job{Run: &run, Tokenizer: &tokens.Tokenizer{}, Tasks: []*Task{{Corpus: corpus}}}
		teacher, err := (&running{job: job}).teacherKey(job.Tasks[0], plan.Settings{})
		if err != nil {
			t.Fatal(err)
		}
		cell, err := job.Identity()
		if err != nil {
			t.Fatal(err)
		}
		return [2]string{teacher, cell}
	}
	singly, together := keys(""), keys("article")
	if keys("article") != together || singly[0] == together[0] || singly[1] == together[1] {
		t.Errorf("keys %v without groups, %v with", singly, together)
	}
}

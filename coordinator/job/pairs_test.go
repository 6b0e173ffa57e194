package job

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"ringmaster/config"
	"ringmaster/data"
	"ringmaster/data/datatest"
	"ringmaster/data/tokens"
	"ringmaster/run/directory"
)

// A teacher with a vocabulary of its own reads both texts of a pair, with its own token types and cut as it cuts.
func TestTeachersReadPairs(t *testing.T) {
	theirs, err := tokens.OpenFolder("../../data/tokens/testdata/pipelines/deberta-v3")
	if err != nil {
		t.Fatal(err)
	}
	run := config.Defaults()
	run.Train.MaxLength = 9
	j := &Job{Run: &run}
	pair := data.JoinTexts("I feel alone", "tell me more about it")
	task := &Task{Corpus: &data.Corpus{Train: datatest.Part(t, data.Example{Text: pair})}, Train: RowsOf([]Row{{IDs: []int32{1, 2, 3}, Second: 2}})}
	own, err := j.TeacherReads(task, Teacher{}, 0)
	if err != nil || !slices.Equal(own.IDs, []int32{1, 2, 3}) || own.Second != 2 {
		t.Errorf("the student's tokens: %+v, %v", own, err)
	}
	read, err := j.TeacherReads(task, Teacher{Tokenizer: theirs}, 0)
	want, cut, _ := tokens.Sequence(theirs, pair, 9)
	if err != nil || !cut || !slices.Equal(read.IDs, want.IDs) || read.Second != want.Second || read.Second == 0 || len(read.IDs) != 9 {
		t.Errorf("got %+v, want %+v; %v", read, want, err)
	}
}

// answersOf reads a file of answers and matches it with a task.
func answersOf(t *testing.T, task *Task, name, text string) (*Answers, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	a, err := readAnswers(path, name, config.KindClasses, task.Corpus.Classes, "")
	if err == nil {
		err = a.match(task, func(string, ...any) {})
	}
	return a, err
}

// Answers that were made elsewhere are found by both texts of a pair, before and after cleaning.
func TestAnswersToPairs(t *testing.T) {
	task := &Task{Task: config.Task{Name: "mood", Data: config.Data{Clean: config.Clean{Users: true}}}}
	task.Corpus = &data.Corpus{Classes: []string{"sad", "glad"}, Train: datatest.Part(t,
		data.Example{Row: 0, Text: data.JoinTexts("<USER> is here", "so")}, data.Example{Row: 1, Text: data.JoinTexts("<USER> is here", "what")},
	)}
	for name, text := range map[string]string{
		"a.csv":   "text,text_pair,sad,glad\n@you is here,what,0.9,0.1\n@you is here,so,0.2,0.8\n",
		"b.jsonl": `{"text": "@you is here", "text_pair": "what", "sad": 0.9, "glad": 0.1}` + "\n" + `{"text": "<USER> is here", "text_pair": "so", "sad": 0.2, "glad": 0.8}` + "\n",
	} {
		a, err := answersOf(t, task, name, text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for i, glad := range []bool{true, false} {
			logits := a.logits[directory.RowKeyOf(datatest.List(t, task.Corpus.Train)[i].Text)]
			if (logits[1] > logits[0]) != glad {
				t.Errorf("%s: row %d has the logits %v", name, i, logits)
			}
		}
	}
	if _, err := answersOf(t, task, "c.jsonl", `{"text": "a", "text_pair": 7, "sad": 1, "glad": 0}`); err == nil {
		t.Error("a second text that is a number is taken")
	}
}

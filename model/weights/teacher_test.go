package weights

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCheckTeacher(t *testing.T) {
	own := write(t, smallModel(t)) // sentiment, empathy, emotion/plutchik
	foreign := open(t, testFolder("classifier-f32"))
	encoder := open(t, testFolder("encoder-f16"))
	for name, test := range map[string]struct {
		folder  *Folder
		task    string
		classes []string
		want    Match
		err     error
		text    string
	}{
		"same order":       {own, "empathy", []string{"none", "empathy"}, Match{Head: 1}, nil, ""},
		"other order":      {own, "sentiment", []string{"positive", "negative"}, Match{Head: 0, Order: []int{1, 0}}, nil, ""},
		"other classes":    {own, "sentiment", []string{"good", "bad"}, Match{}, ErrTeacher, "teacher DIR for task sentiment has the classes negative, positive, but the task has good, bad; make the names agree in the task's labels or in the folder's id2label"},
		"fewer classes":    {own, "emotion/plutchik", []string{"joy", "fear"}, Match{}, ErrTeacher, ""},
		"more classes":     {own, "empathy", []string{"none", "empathy", "x"}, Match{}, ErrTeacher, ""},
		"no head for it":   {own, "irony", []string{"none", "empathy"}, Match{}, ErrTeacher, "teacher DIR has heads for sentiment, empathy, emotion/plutchik, none for task irony"},
		"only head":        {foreign, "empathy", []string{"none", "empathy", "unsure"}, Match{}, nil, ""},
		"only head, moved": {foreign, "empathy", []string{"unsure", "none", "empathy"}, Match{Order: []int{2, 0, 1}}, nil, ""},
		"no head at all":   {encoder, "empathy", []string{"none", "empathy"}, Match{}, ErrNoHeads, "teacher DIR for task empathy has no classification head: it has only an encoder"},
	} {
		got, err := test.folder.CheckTeacher(test.task, "", test.classes)
		if !errors.Is(err, test.err) {
			t.Errorf("%s: got %v, want %v", name, err, test.err)
			continue
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if test.text != "" && strings.ReplaceAll(err.Error(), test.folder.Dir, "DIR") != test.text {
			t.Errorf("%s: text is %q", name, err)
		}
	}
}

func TestReorder(t *testing.T) {
	teacher := []float32{0.1, 0.2, 0.7} // of none, empathy, unsure
	got := Match{Order: []int{2, 0, 1}}.Reorder(teacher)
	if diff := cmp.Diff([]float32{0.7, 0.1, 0.2}, got); diff != "" { // of unsure, none, empathy
		t.Error(diff)
	}
	if diff := cmp.Diff(teacher, Match{}.Reorder(teacher)); diff != "" {
		t.Error(diff)
	}
}

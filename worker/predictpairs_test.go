package worker_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"ringmaster/config"
	"ringmaster/data"
	"ringmaster/worker"
)

// Who answers says whether it reads one text or two, and two where it reads one are refused.
func TestWhoReadsPairs(t *testing.T) {
	recipe := &data.Recipe{MaxLength: 32, Clean: map[string]config.Clean{"empathy": {}, "mood": {}}, Pairs: []string{"empathy"}}
	own, other := predictFolder(t, recipe), predictFolder(t, nil)
	for _, c := range []struct {
		o     worker.PredictOptions
		given bool
		pairs bool
		err   string
	}{
		{worker.PredictOptions{Dir: own}, false, true, ""},
		{worker.PredictOptions{Dir: own}, true, true, ""},
		{worker.PredictOptions{Dir: own, Tasks: []string{"mood"}}, false, false, ""},
		{worker.PredictOptions{Dir: own, Tasks: []string{"mood"}}, true, false, "mood was trained on one text a row: leave out --text-pair"},
		{worker.PredictOptions{Dir: own, All: true}, false, false, "mood was trained on one text a row, and empathy on two"},
		{worker.PredictOptions{Dir: other}, false, false, ""},
		{worker.PredictOptions{Dir: other, All: true}, true, true, ""},
	} {
		pairs, err := worker.ReadsPairs(c.o, c.given)
		switch {
		case c.err == "" && (err != nil || pairs != c.pairs):
			t.Errorf("%+v, given %v: got %v and %v", c.o, c.given, pairs, err)
		case c.err != "" && (!errors.Is(err, worker.ErrNoTask) || !strings.Contains(err.Error(), c.err)):
			t.Errorf("%+v, given %v: got %v, want %q", c.o, c.given, err, c.err)
		}
	}
}

// Of a pair both texts count, each is cleaned, and what is too long is cut from the longer one and told.
func TestPairsAreAnswered(t *testing.T) {
	recipe := &data.Recipe{MaxLength: 12, Clean: map[string]config.Clean{"empathy": {Replace: config.Labels{{From: "grief", To: "film"}}}}, Pairs: []string{"empathy"}}
	p := predictor(t, worker.PredictOptions{Dir: predictFolder(t, recipe)})
	one := ask(t, p, data.JoinTexts("great hope", "awful film"))[0]
	for text, alike := range map[string]bool{
		data.JoinTexts("great hope", "awful grief"):                       true, // is cleaned to the same
		data.JoinTexts("awful film", "great hope"):                        false,
		data.JoinTexts("great hope", "great film"):                        false,
		data.JoinTexts("great", "hope awful film"):                        false,
		"great hope awful film":                                           false,
		data.JoinTexts("great hope", "awful film"+strings.Repeat("!", 5)): false,
	} {
		if got := ask(t, p, text)[0]; same(one, got) != alike {
			t.Errorf("%q is answered like the first pair: %v, want %v", text, !alike, alike)
		}
	}
	if p.Cut() != "" {
		t.Error(p.Cut())
	}
	long := ask(t, p, data.JoinTexts("great hope", "awful film "+strings.Repeat("and ", 40)), data.JoinTexts("great hope", "awful film "+strings.Repeat("and ", 60)))
	if !same(long[0], long[1]) || !strings.HasPrefix(p.Cut(), "2 of 9 texts were cut at 12") {
		t.Errorf("%+v and %+v; %q", long[0], long[1], p.Cut())
	}
}

// A line of two texts is one answer.
func TestPairLinesAreAnswered(t *testing.T) {
	recipe := &data.Recipe{MaxLength: 32, Clean: map[string]config.Clean{"empathy": {}}, Pairs: []string{"empathy"}}
	p := predictor(t, worker.PredictOptions{Dir: predictFolder(t, recipe)})
	texts, err := data.ReadTexts(strings.NewReader("great hope\tawful film\nhope\tno\n"), "standard input", data.TextsOf{Pairs: true})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := p.Answers(t.Context(), texts, &out); err != nil {
		t.Fatal(err)
	}
	var first struct{ Label string }
	if err := json.NewDecoder(&out).Decode(&first); err != nil || first.Label != *ask(t, p, data.JoinTexts("great hope", "awful film"))[0].Label {
		t.Errorf("%+v, %v", first, err)
	}
}

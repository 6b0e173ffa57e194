package worker_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ringmaster/config"
	"ringmaster/data"
	"ringmaster/model/weights/tinybert"
	"ringmaster/worker"
)

const predictHidden = 16

// predictFolder is a model with two heads, whose texts were prepared as a recipe says.
func predictFolder(t *testing.T, recipe *data.Recipe) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "model")
	err := tinybert.Write(dir, tinybert.Config(predictHidden),
		tinybert.Head("empathy", true, predictHidden, "none", "empathy"), tinybert.Head("mood", false, predictHidden, "low", "mid", "high"))
	if err == nil && recipe != nil {
		err = recipe.Write(dir)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func predictor(t *testing.T, o worker.PredictOptions) *worker.Predictor {
	t.Helper()
	o.Device, o.Threads = "cpu", 1
	p, err := worker.OpenPredictor(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

func ask(t *testing.T, p *worker.Predictor, texts ...string) []worker.Prediction {
	t.Helper()
	answers, err := p.Answer(t.Context(), texts)
	if err != nil {
		t.Fatal(err)
	}
	return answers
}

func same(a, b worker.Prediction) bool {
	if a.Task != b.Task || *a.Label != *b.Label || len(a.Probabilities) != len(b.Probabilities) {
		return false
	}
	for i, p := range a.Probabilities {
		if p.Class != b.Probabilities[i].Class || math.Abs(p.Probability-b.Probabilities[i].Probability) > 1e-6 {
			return false
		}
	}
	return true
}

// TestTextsAreCleanedAsInTraining asks a model whose recipe changes texts, each task's in
// its own way, and one of the same weights without a recipe about what is left of them.
func TestTextsAreCleanedAsInTraining(t *testing.T) {
	recipe := &data.Recipe{MaxLength: 64, Clean: map[string]config.Clean{
		"empathy": {URLs: true, Users: true, Replace: config.Labels{{From: "grief", To: "great film"}}},
		"mood":    {Replace: config.Labels{{From: "grief", To: "awful storm"}}},
	}}
	with := predictor(t, worker.PredictOptions{Dir: predictFolder(t, recipe), All: true})
	without := predictor(t, worker.PredictOptions{Dir: predictFolder(t, nil), All: true})
	for text, cleaned := range map[string][2]string{ // by task
		"lovely grief":                 {"lovely great film", "lovely awful storm"},
		"@you see https://t.co/x hope": {"<USER> see <URL> hope", "@you see https://t.co/x hope"},
		"a@b.org hears  ":              {"a@b.org hears", "a@b.org hears"},
	} {
		got := ask(t, with, text)
		for task := range got {
			if want := ask(t, without, cleaned[task])[task]; !same(want, got[task]) {
				t.Errorf("%q is answered %+v, want %+v, the answer to %q", text, got[task], want, cleaned[task])
			}
			if text != cleaned[task] && strings.TrimSpace(text) != cleaned[task] && same(got[task], ask(t, without, text)[task]) {
				t.Errorf("%q is answered as if it were not cleaned: the test cannot tell", text)
			}
		}
	}
}

// A head of which a folder's recipe says nothing is another program's, saved over ours: its texts would be cleaned otherwise than in
// its training.
func TestAHeadThatTheRecipeDoesNotKnow(t *testing.T) {
	dir := predictFolder(t, &data.Recipe{MaxLength: 64, Clean: map[string]config.Clean{"mood": {}}})
	predictor(t, worker.PredictOptions{Dir: dir, Tasks: []string{"mood"}})
	_, err := worker.OpenPredictor(t.Context(), worker.PredictOptions{Dir: dir, Device: "cpu", Threads: 1})
	if !errors.Is(err, worker.ErrNoTask) || !strings.Contains(err.Error(), "task empathy") {
		t.Error(err)
	}
}

// TestHeadsThatAnswer asks several heads at once: each answers as it does alone.
func TestHeadsThatAnswer(t *testing.T) {
	dir := predictFolder(t, nil)
	texts := []string{"great film", "awful plot and no hope", ""}
	all := ask(t, predictor(t, worker.PredictOptions{Dir: dir, All: true}), texts...)
	turned := ask(t, predictor(t, worker.PredictOptions{Dir: dir, Tasks: []string{"mood", "empathy"}}), texts...)
	target := ask(t, predictor(t, worker.PredictOptions{Dir: dir}), texts...)
	mood := ask(t, predictor(t, worker.PredictOptions{Dir: dir, Tasks: []string{"mood"}}), texts...)
	for i := range texts {
		if !same(all[2*i], target[i]) || !same(all[2*i+1], mood[i]) || !same(turned[2*i], mood[i]) || !same(turned[2*i+1], target[i]) {
			t.Errorf("%q: all heads say %+v, by themselves %+v and %+v", texts[i], all[2*i:2*i+2], target[i], mood[i])
		}
		if target[i].Task != "empathy" || mood[i].Task != "mood" || len(mood[i].Probabilities) != 3 {
			t.Errorf("%+v, %+v", target[i], mood[i])
		}
	}
	for _, tasks := range [][]string{{"irony"}, {"mood", "mood"}} {
		if _, err := worker.OpenPredictor(t.Context(), worker.PredictOptions{Dir: dir, Tasks: tasks, Device: "cpu", Threads: 1}); !errors.Is(err, worker.ErrNoTask) {
			t.Errorf("%v: %v", tasks, err)
		}
	}
}

// TestAnswersKeepIDsAndOrder reads a file of more than one batch, by every head.
func TestAnswersKeepIDsAndOrder(t *testing.T) {
	dir := predictFolder(t, nil)
	var file strings.Builder
	var texts []string
	for i := range 150 {
		texts = append(texts, strings.Repeat("hope ", i%7)+strings.Repeat("grief ", i%11)+"film")
		line, err := json.Marshal(map[string]any{"n": i, "essay": texts[i]})
		if err != nil {
			t.Fatal(err)
		}
		file.Write(append(line, '\n'))
	}
	path := filepath.Join(t.TempDir(), "essays.jsonl")
	if err := os.WriteFile(path, []byte(file.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	p := predictor(t, worker.PredictOptions{Dir: dir, All: true})
	list, err := data.OpenTexts(path, path, data.TextsOf{Text: "essay", ID: "n"})
	if err != nil {
		t.Fatal(err)
	}
	defer list.Close()
	var out bytes.Buffer
	if err := p.Answers(t.Context(), list, &out); err != nil {
		t.Fatal(err)
	}
	decode := json.NewDecoder(&out)
	for i, want := range ask(t, p, texts...) {
		var got struct {
			ID            int
			Task, Label   string
			Probabilities map[string]float64
		}
		if err := decode.Decode(&got); err != nil {
			t.Fatal(err)
		}
		if first := want.Probabilities[0]; got.ID != i/2 || got.Task != want.Task || got.Label != *want.Label || math.Abs(got.Probabilities[first.Class]-first.Probability) > 1e-6 {
			t.Fatalf("line %d is %+v, want %+v of text %d", i, got, want, i/2)
		}
	}
	if _, err := decode.Token(); !errors.Is(err, io.EOF) {
		t.Errorf("more lines than answers: %v", err)
	}
}

// TestTextsBeforeABadOneAreAnswered holds that a stream loses nothing to what comes later.
func TestTextsBeforeABadOneAreAnswered(t *testing.T) {
	p := predictor(t, worker.PredictOptions{Dir: predictFolder(t, nil)})
	texts, err := data.ReadTexts(strings.NewReader("hope\ngrief\ncaf\xe9\nfilm\n"), "standard input", data.TextsOf{})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	err = p.Answers(t.Context(), texts, &out)
	if !errors.Is(err, data.ErrTooManyBad) || !strings.Contains(err.Error(), "standard input:3: the text is not UTF-8") {
		t.Errorf("%v", err)
	}
	if n := strings.Count(out.String(), "\n"); n != 2 {
		t.Errorf("%d answers, want those to the two texts before:\n%s", n, &out)
	}
}

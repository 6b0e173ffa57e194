package worker

import (
	"bytes"
	"encoding/json"
	"flag"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"ringmaster/config"
	"ringmaster/data"
	"ringmaster/model/weights"
	"ringmaster/model/weights/tinybert"
	"ringmaster/run/export"
)

var updatePipeline = flag.Bool("update-pipeline", false, "write testdata/pipeline.json anew, with RINGMASTER_PEER_PYTHON")

// askedTexts are of all kinds that cleaning, length or special tokens make a difference to.
var askedTexts = []string{
	"I keep thinking about how hard this must be for her.",
	"@anna_b I am so sorry, see https://example.org/a?b=c for the fund",
	"Great news!!! \"never again\", he said - 5% & <b>bold</b>",
	"", "   ", "mail me at anna@example.org or @anna", "@anna", "https://example.org", "(see www.example.org/a_(b).)",
	"HTTP://EXAMPLE.ORG/[SEP] so sad", "a [MASK] day, [mask] day", "[CLS] so [SEP] sad [PAD]", "hugs *hug* and *hug*s",
	"tears\u00a0of\u3000joy\tand fear", "sad\u200bness İ ǅ é e\u0301 ﬁne 世界 \U000323b0", "line one.\nline @two\r\nwww.three.org",
	strings.Repeat("so sad and scared today ", 3) + "@anna",
	strings.Repeat("good family news https://example.org/a , ", 12), strings.Repeat("@a ", 100), strings.Repeat("x", 300),
	"@é_1 @@x a@b @ [MASK]@b \uffff\ufdd0\uffff",
}

// cleaned is the recipe of a model with two tasks, cleaned in different ways.
var cleaned = data.Recipe{MaxLength: 24, Clean: map[string]config.Clean{
	"empathy": {URLs: true, Users: true, Replace: config.Labels{{From: "*hug*", To: "hug [MASK]"}, {From: "a", To: "ba"}}},
	"emotion": {URLs: true},
}}

// deliver writes a seeded BERT as a run delivers it, with so and so cleaned texts.
func deliver(t *testing.T, recipe data.Recipe, target string) (dir string) {
	t.Helper()
	base := filepath.Join(t.TempDir(), "base")
	if err := tinybert.Write(base, tinybert.Config(32)); err != nil {
		t.Fatal(err)
	}
	folder, err := weights.Open(base)
	if err != nil {
		t.Fatal(err)
	}
	tensors, err := folder.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	spec := weights.WriteSpec{Config: folder.Config, Tokenizer: base}
	for _, tensor := range tensors {
		spec.Tensors = append(spec.Tensors, tensor)
	}
	return deliverEncoder(t, spec, recipe, target)
}

// deliverEncoder writes an encoder with heads for two tasks.
func deliverEncoder(t *testing.T, spec weights.WriteSpec, recipe data.Recipe, target string) (dir string) {
	t.Helper()
	features := spec.Config.Sizes().Features
	for task, classes := range map[string][]string{"empathy": {"none", "some", "much"}, "emotion": {"sad", "glad"}} {
		head := tinybert.Head(task, task == target, features, classes...)
		for i := range head.Weight.Data {
			head.Weight.Data[i] *= 15 // so that every id counts
		}
		spec.Heads = append(spec.Heads, head)
	}
	dir = filepath.Join(t.TempDir(), "model")
	if err := export.Write(dir, spec, recipe); err != nil {
		t.Fatal(err)
	}
	return dir
}

// answers are the folder's, of the tasks' heads or, without a task, of the target's.
func answers(t *testing.T, dir string, tasks ...string) []map[string]float64 {
	t.Helper()
	return answersTo(t, dir, askedTexts, tasks...)
}

func answersTo(t *testing.T, dir string, texts []string, tasks ...string) []map[string]float64 {
	t.Helper()
	p, err := OpenPredictor(t.Context(), PredictOptions{Dir: dir, Tasks: tasks, Device: "cpu", Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	list, err := p.Answer(t.Context(), texts)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]map[string]float64, len(list))
	for i, answer := range list {
		out[i] = map[string]float64{}
		for _, c := range answer.Probabilities {
			out[i][c.Class] = c.Probability
		}
	}
	return out
}

func compareAnswers(t *testing.T, what string, want, got []map[string]float64) {
	t.Helper()
	compareAnswersTo(t, what, askedTexts, want, got)
}

func compareAnswersTo(t *testing.T, what string, texts []string, want, got []map[string]float64) {
	t.Helper()
	if len(want) != len(got) {
		t.Fatalf("%s: %d answers for %d texts", what, len(want), len(got))
	}
	for i, text := range texts {
		for class, p := range got[i] {
			if q, ok := want[i][class]; !ok || math.Abs(p-q) > 1e-5 {
				t.Errorf("%s: %.60q: %s has %.6f, want %.6f", what, text, class, p, q)
			}
		}
	}
}

// TestDeliveredFolderAnswersAlike: a transformers pipeline gives predict's numbers from a delivered folder.
func TestDeliveredFolderAnswersAlike(t *testing.T) {
	compareWithPipeline(t, deliver(t, cleaned, "empathy"), "testdata/pipeline.json", askedTexts)
}

// compareWithPipeline compares predict with a transformers pipeline on the same folder, whose answers reference keeps.
func compareWithPipeline(t *testing.T, dir, reference string, texts []string) {
	t.Helper()
	if python := os.Getenv("RINGMASTER_PEER_PYTHON"); python != "" {
		var live []map[string]float64
		answer := askPipeline(t, python, []string{dir}, texts, &live)
		compareAnswersTo(t, "predict against a pipeline", texts, live, answersTo(t, dir, texts))
		if *updatePipeline {
			if err := os.WriteFile(reference, append(bytes.ReplaceAll(answer, []byte("}, "), []byte("},\n")), '\n'), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	} else {
		t.Logf("NOT ASKED ANEW: set RINGMASTER_PEER_PYTHON to ask transformers; its answers are those of %s", reference)
	}
	content, err := os.ReadFile(reference)
	if err != nil {
		t.Fatal(err)
	}
	var kept []map[string]float64
	if err := json.Unmarshal(content, &kept); err != nil {
		t.Fatal(err)
	}
	compareAnswersTo(t, "predict against "+reference, texts, kept, answersTo(t, dir, texts))
}

// askPipeline asks transformers' pipelines on the folders about texts, and reads the answer, which it also gives as it is.
func askPipeline(t *testing.T, python string, dirs []string, texts, answers any) []byte {
	t.Helper()
	asked, err := json.Marshal(texts)
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), python, append([]string{"testdata/make_pipeline.py"}, dirs...)...)
	command.Stdin, command.Stderr = bytes.NewReader(asked), os.Stderr
	answer, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(answer, answers); err != nil {
		t.Fatal(err)
	}
	return answer
}

// TestDeliveredCleaningIsTheTargetsAlone: tokenizer.json cleans as the target's texts were, predict as the asked task's.
func TestDeliveredCleaningIsTheTargetsAlone(t *testing.T) {
	first, second := deliver(t, cleaned, "empathy"), deliver(t, cleaned, "emotion")
	plain := deliver(t, data.Recipe{MaxLength: 24}, "emotion")
	// As an older release wrote it: the cleaning stands in ringmaster.json and nowhere else.
	if err := cleaned.Write(plain); err != nil {
		t.Fatal(err)
	}
	for _, task := range []string{"empathy", "emotion"} {
		want := answers(t, plain, task)
		compareAnswers(t, task+", target empathy", want, answers(t, first, task))
		compareAnswers(t, task+", target emotion", want, answers(t, second, task))
	}
	t.Run("without ringmaster.json", func(t *testing.T) {
		want := answers(t, first, "empathy")
		if err := os.Remove(filepath.Join(first, "ringmaster.json")); err != nil {
			t.Fatal(err)
		}
		compareAnswers(t, "cleaned by the tokenizer alone", want, answers(t, first, "empathy"))
	})
}

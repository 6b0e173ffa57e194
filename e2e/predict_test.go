package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// answer is a line of predict, as another program reads it.
type answer struct {
	Task          string             `json:"task"`
	Label         string             `json:"label"`
	Probabilities map[string]float64 `json:"probabilities"`
}

func answers(t *testing.T, out string) []answer {
	t.Helper()
	var list []answer
	for line := range strings.Lines(out) {
		var a answer
		if err := json.Unmarshal([]byte(line), &a); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		list = append(list, a)
	}
	return list
}

// check checks one answer by itself.
func (a answer) check(t *testing.T, task string, classes ...string) {
	t.Helper()
	sum, best := 0.0, ""
	for class, p := range a.Probabilities {
		if !slices.Contains(classes, class) || p < 0 {
			t.Errorf("probability %v of %q; the classes are %v", p, class, classes)
		}
		if sum += p; p > a.Probabilities[best] {
			best = class
		}
	}
	if a.Task != task || a.Label != best || len(a.Probabilities) != len(classes) || math.Abs(sum-1) > 1e-9 {
		t.Errorf("answer %+v: want task %s, %d classes, a sum of 1 (is %v), label %s", a, task, len(classes), sum, best)
	}
}

// texts are more than one batch of lines, of many lengths; one is empty, one longer than
// the model's positions, the last has no newline.
func texts() []string {
	list := []string{"", strings.Repeat("never again ", 60)}
	for i := range 98 {
		list = append(list, fmt.Sprintf("%s we hear you, number %d", strings.Repeat("so ", i%9), i))
	}
	return list
}

func TestPredictAnswersEachLineInOrder(t *testing.T) {
	d, r := finishedRun(t)
	lines := texts()
	p := d.runWith(t, strings.Join(lines, "\n"), d.ringmaster, "predict", "--model", r.Model())
	p.exits(t, 0)
	if want := "1 of 100 texts was cut at "; strings.Count(p.stderr.String(), want) != 1 {
		t.Errorf("no %q, or more than once, on stderr:\n%s", want, p.stderr.String())
	}
	all := answers(t, p.stdout.String())
	if len(all) != len(lines) {
		t.Fatalf("%d answers to %d lines", len(all), len(lines))
	}
	distinct := map[float64]bool{}
	for _, a := range all {
		a.check(t, "empathy", "none", "empathy")
		distinct[a.Probabilities["none"]] = true
	}
	if len(distinct) < 90 {
		t.Fatalf("%d different answers to %d different texts: order cannot be told", len(distinct), len(lines))
	}
	// Each line asked by itself, from the last: its answer must be the one at its place.
	backwards := slices.Clone(lines)
	slices.Reverse(backwards)
	q := d.runWith(t, strings.Join(backwards, "\n")+"\n", d.ringmaster, "predict", "--model", r.Model())
	q.exits(t, 0)
	for i, a := range answers(t, q.stdout.String()) {
		if b := all[len(all)-1-i]; math.Abs(a.Probabilities["none"]-b.Probabilities["none"]) > 1e-5 {
			t.Errorf("%q: %v forwards, %v backwards", backwards[i], b, a)
		}
	}
}

func TestPredictReadsFilesAndAsksAnotherTasksHead(t *testing.T) {
	d, r := finishedRun(t)
	one, two := filepath.Join(t.TempDir(), "one"), filepath.Join(t.TempDir(), "two")
	writeFile(t, one, "fear in the dark\nwe shout\n")
	writeFile(t, two, "a smile\n")
	p := d.run(t, d.ringmaster, "predict", "--model", r.Model(), "--task", "emotion", one, two)
	p.exits(t, 0)
	all := answers(t, p.stdout.String())
	if len(all) != 3 {
		t.Fatalf("%d answers to 3 lines", len(all))
	}
	for _, a := range all {
		a.check(t, "emotion", "joy", "fear", "anger")
	}
}

func TestPredictAnswersBeforeTheNextQuestion(t *testing.T) {
	d, r := finishedRun(t)
	p := d.start(t, d.ringmaster, "predict", "--model", r.Model())
	for i := range 3 {
		if _, err := io.WriteString(p.in, "i am so sorry to hear that\n"); err != nil {
			t.Fatal(err)
		}
		p.await(t, fmt.Sprintf("answer %d", i+1), func() bool { return strings.Count(p.stdout.String(), "\n") == i+1 })
	}
	if err := p.in.Close(); err != nil {
		t.Fatal(err)
	}
	p.wait(t, patience)
	p.exits(t, 0)
	if n := len(answers(t, p.stdout.String())); n != 3 {
		t.Errorf("%d answers to 3 lines", n)
	}
}

func TestPredictRefusesWhatItCannotAnswerFrom(t *testing.T) {
	d, r := finishedRun(t)
	for name, c := range map[string]struct{ args, want []string }{
		"unknown task":         {[]string{"--model", r.Model(), "--task", "irony"}, []string{"irony", "empathy", "sentiment", "emotion"}},
		"an encoder, no heads": {[]string{"--model", d.at("model")}, []string{"no classification head"}},
		"no such folder":       {[]string{"--model", d.at("nowhere")}, []string{"nowhere"}},
		"no model named":       {nil, []string{"--model"}},
		"no such file":         {[]string{"--model", r.Model(), d.at("no-texts")}, []string{"no-texts"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := d.runWith(t, "hello\n", d.ringmaster, append([]string{"predict"}, c.args...)...)
			p.exits(t, 2)
			p.complains(t, 1, c.want...)
		})
	}
}

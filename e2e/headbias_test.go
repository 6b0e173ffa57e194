package e2e

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"ringmaster/run/directory"
)

// Heads that begin with the training rows' frequencies give them before anything is learnt, on any number of workers; heads
// that do not begin undecided.
func TestHeadsBeginWithFrequencies(t *testing.T) {
	d := newDesk(t)
	var lines strings.Builder
	for i := range 200 {
		signs := []string{"sorry"}
		if i%10 == 0 {
			signs = []string{"storm"}
		}
		if i%4 == 0 {
			signs = append(signs, "joy")
		}
		line, err := json.Marshal(kindsRow{Text: fmt.Sprintf("%s news %d", strings.Join(signs, " "), i), Signs: signs, Side: []string{"left", "right", "right", "right", "right"}[i%5]})
		if err != nil {
			t.Fatal(err)
		}
		lines.Write(append(line, '\n'))
	}
	writeFile(t, d.at("kinds.jsonl"), lines.String())
	writeFile(t, d.at("run.yaml"), `model: {base: ./model}
method: mt
tasks:
  - {name: signs, kind: labels, target: true, head_bias: prior, data: {path: kinds.jsonl, format: jsonl, text: text, label: signs, labels: {sorry: sorry, storm: storm, joy: joy}}}
  - {name: side, head_bias: prior, data: {path: kinds.jsonl, format: jsonl, text: text, label: side, labels: {left: left, right: right}}}
train: {steps: 2, batch: 8, lr: 1e-12, max_length: 32, seed: 3, keep: last}
cluster: {workers: 2}
device: cpu
`)
	for prior, extra := range map[bool][]string{
		true: {"--run-dir", "runs/prior"}, false: {"--run-dir", "runs/zero", "--set", "tasks.signs.head_bias=zero", "--set", "tasks.side.head_bias=zero"},
	} {
		d.run(t, d.ringmaster, append([]string{"train", "run.yaml"}, extra...)...).exits(t, 0)
		layout := directory.Layout(d.at(extra[1]))
		corpora, err := layout.ReadCorpora()
		if err != nil {
			t.Fatal(err)
		}
		p := d.run(t, d.ringmaster, "predict", "--model", layout.Model(), "--all-tasks", "--text", "text", "kinds.jsonl")
		p.exits(t, 0)
		decode, answers := json.NewDecoder(strings.NewReader(p.stdout.String())), 0
		for decode.More() {
			var a kindAnswer
			if err := decode.Decode(&a); err != nil {
				t.Fatal(err)
			}
			answers++
			for _, c := range corpora {
				for i, name := range c.Report.Classes {
					want := 0.5
					if prior {
						want = float64(c.Report.Train.Classes[i]) / float64(c.Report.Train.Rows)
					}
					if got := a.Probabilities[name]; c.Task == a.Task && math.Abs(got-want) > 0.06 {
						t.Errorf("prior %v: %s of %s has probability %v, want about %v", prior, name, a.Task, got, want)
					}
				}
			}
			if t.Failed() {
				return
			}
		}
		if answers != 400 {
			t.Errorf("%d answers", answers)
		}
	}
}

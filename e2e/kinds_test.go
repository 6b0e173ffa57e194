package e2e

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"

	"ringmaster/model/weights/tinybert"
	"ringmaster/run/directory"
)

// kindsFile has a task of each kind; the target is named by its first %s, the method by the second.
const kindsFile = `model: {base: ./model}
method: %s
tasks:
  - {name: rating, kind: value, target: %v, data: {path: kinds.jsonl, format: jsonl, text: text, label: rating}}
  - {name: signs, kind: labels, target: %v, class_weights: balanced, data: {path: kinds.jsonl, format: jsonl, text: text, label: signs, labels: {sorry: sorry, storm: storm, joy: joy}}}
  - {name: level, kind: ordered, target: %v, data: {path: kinds.jsonl, format: jsonl, text: text, label: level, labels: {"0": low, "1": middle, "2": high}}}
  - {name: side, target: %v, class_weights: {left: 2}, data: {path: kinds.jsonl, format: jsonl, text: text, label: side, labels: {left: left, right: right}}}
train: {epochs: 6, batch: 8, lr: 2e-3, max_length: 32, seed: 3, label_smoothing: 0.05}
checkpoint: {every: 50, keep: 2}
cluster: {workers: 2}
device: cpu
`

// writeKinds writes texts with signs, how many there are, and a rating that they decide.
func writeKinds(t *testing.T, d *desk) {
	t.Helper()
	random := rand.New(rand.NewPCG(5, 6))
	var lines strings.Builder
	for i := range 120 {
		signs := []string{}
		rating := 30.0
		for k, sign := range []string{"sorry", "storm", "joy"} {
			if random.IntN(2) == 0 {
				signs = append(signs, sign)
				rating += []float64{100, -50, 25}[k]
			}
		}
		line, err := json.Marshal(map[string]any{
			"text": fmt.Sprintf("%s %s %d", strings.Join(signs, " "), tinybert.Sentence(random, []string{"news"}, i), i), "signs": signs, "rating": rating,
			"level": min(len(signs), 2), "side": []string{"left", "right"}[i%2],
		})
		if err != nil {
			t.Fatal(err)
		}
		lines.Write(append(line, '\n'))
	}
	writeFile(t, d.at("kinds.jsonl"), lines.String())
}

// A task of each kind goes from file to predictions, with each as the target: the scores, the audit, the
// report, predict's answers and the exported folder agree in it.
func TestTasksOfEachKind(t *testing.T) {
	d := newDesk(t)
	writeKinds(t, d)
	for i, c := range []struct{ target, method, problemType, says string }{
		{"rating", "kd-annealed", "regression", "Pearson's r"},
		{"signs", "mt", "multi_label_classification", "micro F1"},
		{"level", "kd", "single_label_classification", "quadratic kappa"},
		{"rating", "single", "regression", "Pearson's r"},
	} {
		name := fmt.Sprintf("%s-%s", c.method, c.target)
		run := "runs/" + name
		writeFile(t, d.at("kinds.yaml"), fmt.Sprintf(kindsFile, c.method, c.target == "rating", c.target == "signs", c.target == "level", false))
		p := d.run(t, d.ringmaster, "train", "kinds.yaml", "--run-dir", run)
		p.exits(t, 0)
		if text := p.stdout.String() + p.stderr.String(); !strings.Contains(text, c.says) {
			t.Errorf("%s: no %s in\n%s", name, c.says, text)
		}
		d.run(t, d.ringmaster, "audit", run).exits(t, 0)
		d.run(t, d.ringmaster, "report", run).exits(t, 0)
		layout := directory.Layout(d.at("runs", name))
		if got := readFile(t, layout.Model()+"/config.json"); !strings.Contains(got, `"problem_type": "`+c.problemType+`"`) {
			t.Errorf("%s: config.json is\n%s", name, got)
		}
		report, err := layout.ReadMetrics()
		if err != nil {
			t.Fatal(err)
		}
		scores, _ := report.Task(c.target)
		if c.target == "rating" && (scores.Test == nil || scores.Test.Value == nil || scores.Test.Value.Pearson < 0.5) {
			t.Errorf("%s: %+v", name, scores.Test)
		}
		checkKindsPredicted(t, d, layout, c.target)
		if i == 0 { // a checkpoint's head is in training's scale, the folder made of it in the data's
			d.run(t, d.ringmaster, "model", "export", run, "--step", lastStep(t, layout), "--out", "made").exits(t, 0)
			if a, b := answersOf(t, d, "made", "sorry news"), answersOf(t, d, run+"/model", "sorry news"); math.Abs(a[0].Value-b[0].Value) > 1e-2 && readFile(t, d.at("made", "heads.json")) != "" {
				t.Errorf("the exported checkpoint answers %v, the student %v", a[0].Value, b[0].Value)
			}
		}
	}
}

// lastStep is the last step of the student, as a flag has it; keep: best may have delivered another.
func lastStep(t *testing.T, l directory.Layout) string {
	t.Helper()
	record, _, err := l.ReadRecord()
	if err != nil || record.Delivered == nil {
		t.Fatal(record, err)
	}
	return fmt.Sprint(record.Delivered.Step)
}

type kindAnswer struct {
	Task, Label   string
	Labels        []string
	Threshold     float64
	Value         float64
	Deviation     float64
	Probabilities map[string]float64
}

func answersOf(t *testing.T, d *desk, model string, texts ...string) (all []kindAnswer) {
	t.Helper()
	writeFile(t, d.at("texts.txt"), strings.Join(texts, "\n")+"\n")
	p := d.run(t, d.ringmaster, "predict", "--model", model, "texts.txt")
	p.exits(t, 0)
	decode := json.NewDecoder(strings.NewReader(p.stdout.String()))
	for decode.More() {
		var a kindAnswer
		if err := decode.Decode(&a); err != nil {
			t.Fatal(err)
		}
		all = append(all, a)
	}
	return all
}

// checkKindsPredicted holds what predict says of test texts against predictions.jsonl, and against transformers where there is
// a Python with it.
func checkKindsPredicted(t *testing.T, d *desk, l directory.Layout, target string) {
	t.Helper()
	var rows []struct{ Text string }
	for line := range strings.Lines(readFile(t, d.at("kinds.jsonl"))) {
		var row struct{ Text string }
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
	predictions, err := l.ReadPredictions()
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	var want []directory.Prediction
	for _, p := range predictions {
		if p.Task == target && p.Part == directory.Test {
			texts, want = append(texts, rows[p.Row].Text), append(want, p)
		}
	}
	got := answersOf(t, d, l.Model(), texts...)
	if len(want) == 0 || len(got) != len(want) {
		t.Fatalf("%d answers to %d texts", len(got), len(want))
	}
	for i, w := range want {
		switch a := got[i]; {
		case w.PredictedValue != nil && math.Abs(a.Value-*w.PredictedValue) > 1e-3:
			t.Errorf("%s: predict says %v, the run %v", texts[i], a.Value, *w.PredictedValue)
		case w.PredictedLabels != nil && (strings.Join(a.Labels, " ") != strings.Join(*w.PredictedLabels, " ") || a.Threshold == 0):
			t.Errorf("%s: predict says %+v, the run %v", texts[i], a, *w.PredictedLabels)
		case a.Label != w.Predicted:
			t.Errorf("%s: predict says %q, the run %q", texts[i], a.Label, w.Predicted)
		}
	}
	theirs := pipelineScores(t, l.Model(), texts)
	for i, scores := range theirs {
		ours := got[i].Probabilities
		if len(ours) == 0 {
			ours = map[string]float64{target: got[i].Value}
		}
		for name, p := range ours {
			if q, there := scores[name]; !there || math.Abs(p-q) > 1e-3*math.Max(1, math.Abs(p)) {
				t.Errorf("%s: %s has %v, transformers says %v", texts[i], name, p, scores)
			}
		}
	}
}

// pipelineScores are what a pipeline of transformers answers to each of asked, by class; none, which is said, without a
// Python to ask.
func pipelineScores(t *testing.T, model string, asked any) (scores []map[string]float64) {
	t.Helper()
	python := os.Getenv("RINGMASTER_PEER_PYTHON")
	if python == "" {
		t.Log("NOT COMPARED: set RINGMASTER_PEER_PYTHON to compare the answers with a pipeline of transformers")
		return nil
	}
	input, err := json.Marshal(asked)
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), python, "../bench/peer/pipeline_scores.py", model, string(input)).Output()
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(out, &scores); err != nil {
		t.Fatalf("%v of %s", err, out)
	}
	return scores
}

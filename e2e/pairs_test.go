package e2e

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"ringmaster/model/weights/tinybert"
	"ringmaster/run/directory"
)

// pairsFile trains on two texts a row beside a task of one.
const pairsFile = `model: {base: ./model}
method: %s
tasks:
  - {name: support, target: true, data: {path: pairs.csv, format: csv, text: [seeker, response], label: kind, labels: {"0": harsh, "1": kind}, split: {group: seeker}}}
  - {name: topic, data: {path: pairs.csv, format: csv, text: seeker, label: topic, labels: {news: news, storm: storm}}}
train: {epochs: 8, batch: 8, lr: 3e-3, max_length: 16, seed: 3}
checkpoint: {every: 200, keep: 2}
cluster: {workers: 2}
device: cpu
`

// writePairs writes posts with answers whose sign is the label; that of the post tells nothing.
func writePairs(t *testing.T, d *desk) (pairs [][2]string) {
	t.Helper()
	random := rand.New(rand.NewPCG(5, 6))
	signs := []string{"great", "awful"}
	var lines strings.Builder
	lines.WriteString("topic,seeker,response,kind\n")
	for i := range 240 {
		topic, a, b := []string{"news", "storm"}[i/4%2], random.IntN(2), random.IntN(2)
		first, second := fmt.Sprintf("%s %s %d", signs[a], tinybert.Sentence(random, []string{topic}, i/4), i/4), fmt.Sprintf("%s film %d", signs[b], i)
		pairs = append(pairs, [2]string{first, second})
		fmt.Fprintf(&lines, "%s,%q,%s,%d\n", topic, first, second, 1-b)
	}
	writeFile(t, d.at("pairs.csv"), lines.String())
	return pairs
}

// Two texts a row go from a file to a served student under each kind of method; predict, the run's own predictions and a
// pipeline of transformers agree.
func TestTwoTextsARow(t *testing.T) {
	d := newDesk(t)
	pairs := writePairs(t, d)
	for _, method := range []string{"kd-annealed", "mt"} {
		run := "runs/" + method
		writeFile(t, d.at("pairs.yaml"), fmt.Sprintf(pairsFile, method))
		d.run(t, d.ringmaster, "train", "pairs.yaml", "--run-dir", run).exits(t, 0)
		d.run(t, d.ringmaster, "audit", run).exits(t, 0)
		d.run(t, d.ringmaster, "report", run).exits(t, 0)
		checkPairsPredicted(t, d, directory.Layout(d.at("runs", method)), pairs)
	}
	d.run(t, d.ringmaster, "predict", "--model", "runs/mt/model", "--task", "topic", "--text", "seeker", "pairs.csv").exits(t, 0)
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"pairs.csv"}, "--text and --text-pair"},
		{[]string{"--task", "topic", "--text", "seeker", "--text-pair", "response", "pairs.csv"}, "leave out --text-pair"},
		{[]string{"--all-tasks", "--text", "seeker", "pairs.csv"}, "ask them one after the other"},
	} {
		p := d.run(t, d.ringmaster, append([]string{"predict", "--model", "runs/mt/model"}, c.args...)...)
		if p.exits(t, 2); !strings.Contains(p.stderr.String(), c.says) {
			t.Errorf("%v: no %q in\n%s", c.args, c.says, p.stderr.String())
		}
	}
}

// checkPairsPredicted holds what predict says of test rows, read as a table and as lines, against predictions.jsonl, and
// against transformers where there is a Python with it.
func checkPairsPredicted(t *testing.T, d *desk, l directory.Layout, pairs [][2]string) {
	t.Helper()
	predictions, err := l.ReadPredictions()
	if err != nil {
		t.Fatal(err)
	}
	p := d.run(t, d.ringmaster, "predict", "--model", l.Model(), "--text", "seeker", "--text-pair", "response", "pairs.csv")
	p.exits(t, 0)
	all := answers(t, p.stdout.String())
	if len(all) != len(pairs) {
		t.Fatalf("%d answers to %d pairs", len(all), len(pairs))
	}
	tested, right := 0, 0
	for _, w := range predictions {
		if w.Task != "support" || w.Part != directory.Test {
			continue
		}
		tested++
		if w.Predicted == w.Gold {
			right++
		}
		// Classes stand in the order of their numbers: harsh, kind.
		if a := all[w.Row]; a.Label != w.Predicted || math.Abs(a.Probabilities["kind"]-w.Probabilities[1]) > 1e-4 {
			t.Errorf("%q: predict says %+v, the run %+v", pairs[w.Row], a, w)
		}
	}
	if tested < 10 || float64(right) < 0.8*float64(tested) {
		t.Errorf("%d of %d test pairs are right: the first text alone gives half of them", right, tested)
	}
	var lines strings.Builder
	asked := []map[string]string{}
	for _, pair := range pairs {
		fmt.Fprintf(&lines, "%s\t%s\n", pair[0], pair[1])
		asked = append(asked, map[string]string{"text": pair[0], "text_pair": pair[1]})
	}
	p = d.runWith(t, lines.String(), d.ringmaster, "predict", "--model", l.Model())
	p.exits(t, 0)
	for i, a := range answers(t, p.stdout.String()) {
		if math.Abs(a.Probabilities["kind"]-all[i].Probabilities["kind"]) > 1e-5 {
			t.Errorf("%q: %v from lines, %v from a table", pairs[i], a, all[i])
		}
	}
	for i, scores := range pipelineScores(t, l.Model(), asked) {
		if math.Abs(scores["kind"]-all[i].Probabilities["kind"]) > 1e-4 {
			t.Errorf("%q: transformers says %v, predict %v", pairs[i], scores, all[i].Probabilities)
		}
	}
}

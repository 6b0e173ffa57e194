package e2e

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"ringmaster/config"
	"ringmaster/run/directory"
)

// kindsRows are the rows of kinds.jsonl.
type kindsRow struct {
	Text   string   `json:"text"`
	Signs  []string `json:"signs"`
	Rating float64  `json:"rating"`
	Level  int      `json:"level"`
	Side   string   `json:"side"`
}

func kindsRows(t *testing.T, d *desk) (rows []kindsRow) {
	t.Helper()
	for line := range strings.Lines(readFile(t, d.at("kinds.jsonl"))) {
		var row kindsRow
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
	return rows
}

// Methods are compared on values, by Pearson's r, with a search over the rate chosen by it too.
func TestKindsAreComparedAndSearched(t *testing.T) {
	d := newDesk(t)
	writeKinds(t, d)
	writeFile(t, d.at("kinds.yaml"), fmt.Sprintf(kindsFile, "mt", true, false, false, false))
	p := d.run(t, d.ringmaster, "compare", "kinds.yaml", "--methods", "single,kd-annealed", "--seeds", "2", "--set", "train.epochs=3")
	p.exits(t, 0)
	text := p.stdout.String()
	for _, want := range []string{"Pearson's", "Spearman's", "RMSE"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
	d.run(t, d.ringmaster, "report", "runs/compare-kinds").exits(t, 0)
	p = d.run(t, d.ringmaster, "search", "kinds.yaml", "--space", "train.lr=1e-4,2e-3", "--trials", "2", "--set", "method=single", "--set", "train.epochs=4")
	p.exits(t, 0)
	if text := p.stdout.String(); !strings.Contains(text, "Pearson's r on the target's validation rows") || !strings.Contains(text, "won (lr 2e-3)") {
		t.Errorf("the search says\n%s", text)
	}
}

// Answers made elsewhere teach labels and values, without a teacher that is trained.
func TestAnswersTeachEachKind(t *testing.T) {
	d := newDesk(t)
	writeKinds(t, d)
	var answers strings.Builder
	for i, row := range kindsRows(t, d) {
		said := map[string]any{"row": i, "rating": row.Rating, "sorry": 0.02, "storm": 0.02, "joy": 0.02}
		for _, sign := range row.Signs {
			said[sign] = 0.97
		}
		line, err := json.Marshal(said)
		if err != nil {
			t.Fatal(err)
		}
		answers.Write(append(line, '\n'))
	}
	writeFile(t, d.at("answers.jsonl"), answers.String())
	writeFile(t, d.at("run.yaml"), `model: {base: ./model}
method: kd
tasks:
  - {name: rating, kind: value, target: true, teacher: {answers: answers.jsonl}, data: {path: kinds.jsonl, format: jsonl, text: text, label: rating}}
  - {name: signs, kind: labels, teacher: {answers: answers.jsonl}, data: {path: kinds.jsonl, format: jsonl, text: text, label: signs, labels: {sorry: sorry, storm: storm, joy: joy}}}
train: {epochs: 8, batch: 8, lr: 2e-3, max_length: 32, seed: 3}
cluster: {workers: 2}
device: cpu
`)
	p := d.run(t, d.ringmaster, "train", "run.yaml", "--run-dir", "runs/taught")
	p.exits(t, 0)
	d.run(t, d.ringmaster, "audit", "runs/taught").exits(t, 0)
	report, err := directory.Layout(d.at("runs", "taught")).ReadMetrics()
	if err != nil {
		t.Fatal(err)
	}
	rating, _ := report.Task("rating")
	signs, _ := report.Task("signs")
	if rating.Test.Value.Pearson < 0.5 || signs.Test.F1 < 0.6 {
		t.Errorf("r %v, micro F1 %v", rating.Test.Value.Pearson, signs.Test.F1)
	}
}

// A student of a source's labels is tested on the target's, at the threshold of the source's validation rows.
func TestALabelsSource(t *testing.T) {
	d := newDesk(t)
	writeKinds(t, d)
	const task = `kind: labels, data: {path: kinds.jsonl, format: jsonl, text: text, label: signs, labels: {sorry: sorry, storm: storm, joy: joy}, split: {seed: %d}}}`
	writeFile(t, d.at("run.yaml"), fmt.Sprintf("model: {base: ./model}\nmethod: single\nsource: news\ntasks:\n  - {name: news, "+task+"\n  - {name: talk, target: true, "+task+
		"\ntrain: {epochs: 6, batch: 8, lr: 2e-3, max_length: 32, seed: 3}\ncluster: {workers: 2}\ndevice: cpu\n", 1, 2))
	d.run(t, d.ringmaster, "train", "run.yaml", "--run-dir", "runs/source").exits(t, 0)
	layout := directory.Layout(d.at("runs", "source"))
	report, err := layout.ReadMetrics()
	if err != nil {
		t.Fatal(err)
	}
	news, _ := report.Task("news")
	talk, _ := report.Task("talk")
	if talk.Test == nil || talk.Valid != nil || news.Valid == nil || talk.Test.Threshold != news.Valid.Threshold || talk.Test.F1 < 0.6 {
		t.Errorf("source %+v, target %+v", news, talk)
	}
}

// Rows of a rare class are dealt as often as others: counted from the ledger alone. The head of values has a variance.
func TestBalancedSamplingAndVariance(t *testing.T) {
	d := newDesk(t)
	writeKinds(t, d)
	rows := kindsRows(t, d)
	var lines strings.Builder
	for i, row := range rows {
		row.Side = "left"
		if i%9 == 0 {
			row.Side = "right"
		}
		rows[i] = row
		line, err := json.Marshal(row)
		if err != nil {
			t.Fatal(err)
		}
		lines.Write(append(line, '\n'))
	}
	writeFile(t, d.at("kinds.jsonl"), lines.String())
	writeFile(t, d.at("run.yaml"), `model: {base: ./model}
method: kd-annealed
tasks:
  - {name: side, sampling: balanced, data: {path: kinds.jsonl, format: jsonl, text: text, label: side, labels: {left: left, right: right}}}
  - {name: rating, kind: value, loss: beta-nll, target: true, data: {path: kinds.jsonl, format: jsonl, text: text, label: rating}}
train: {epochs: 8, batch: 8, lr: 2e-3, max_length: 32, seed: 3}
cluster: {workers: 2}
device: cpu
`)
	d.run(t, d.ringmaster, "train", "run.yaml", "--run-dir", "runs/rare").exits(t, 0)
	d.run(t, d.ringmaster, "audit", "runs/rare").exits(t, 0)
	layout := directory.Layout(d.at("runs", "rare"))
	bySide, byRow := map[string]int{}, map[int]int{}
	if _, err := layout.ReadLedger(func(e directory.LedgerEntry) error {
		for _, rank := range e.Ranks {
			for _, id := range rank {
				if e.Stage == "student" && id.Task == "side" {
					bySide[rows[id.Row].Side]++
					byRow[id.Row]++
				}
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if d := bySide["left"] - bySide["right"]; d < -1 || d > 1 || bySide["right"] < 100 {
		t.Errorf("sides were dealt %v", bySide)
	}
	for a, n := range byRow {
		for b, m := range byRow {
			if rows[a].Side == rows[b].Side && (n-m > 1 || m-n > 1) {
				t.Errorf("rows %d and %d of one side were dealt %d and %d times", a, b, n, m)
			}
		}
	}
	report, err := layout.ReadMetrics()
	if err != nil {
		t.Fatal(err)
	}
	rating, _ := report.Task("rating")
	if rating.Test.Value.Pearson < 0.5 {
		t.Errorf("r %v", rating.Test.Value.Pearson)
	}
	predictions, err := layout.ReadPredictions()
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	var want []directory.Prediction
	for _, p := range predictions {
		if p.Task == "rating" && p.Part == directory.Test {
			texts, want = append(texts, rows[p.Row].Text), append(want, p)
		}
	}
	for i, a := range answersOf(t, d, layout.Model(), texts...) {
		w := want[i]
		if w.PredictedDeviation == nil || *w.PredictedDeviation <= 0 || math.Abs(a.Deviation-*w.PredictedDeviation) > 1e-3**w.PredictedDeviation || math.Abs(a.Value-*w.PredictedValue) > 1e-2 {
			t.Errorf("%s: predict says %v ± %v, the run %+v", texts[i], a.Value, a.Deviation, w)
		}
	}
	if got := readFile(t, layout.Model()+"/config.json"); !strings.Contains(got, "rating log variance") || !strings.Contains(got, `"problem_type": "regression"`) {
		t.Errorf("config.json is\n%s", got)
	}
	// The student with a variance teaches one without.
	writeFile(t, d.at("again.yaml"), strings.NewReplacer("loss: beta-nll, ", "loss: "+string(config.LossMSE)+", teacher: {path: runs/rare}, ").Replace(readFile(t, d.at("run.yaml"))))
	d.run(t, d.ringmaster, "train", "again.yaml", "--run-dir", "runs/again").exits(t, 0)
}

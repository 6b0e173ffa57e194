package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"ringmaster/config"
	"ringmaster/model/weights"
	"ringmaster/reproduce"
	"ringmaster/run/directory"
	"ringmaster/run/plan"
)

// adaptationFile learns feelings from one corpus, is asked about another, and has two texts
// to pretrain on.
const adaptationFile = `model: {base: ./model}
source: reviews
tasks:
  - name: empathy
    target: true
    data: {path: empathy.csv, format: csv, text: text, label: empathy, labels: {"0": bad, "1": good}, split: {train: 0.6, valid: 0.2, test: 0.2, seed: 5}}
  - name: reviews
    data: {train: sentiment-train.tsv, valid: sentiment-valid.tsv, test: sentiment-test.tsv, format: tsv, text: text, label: label, labels: {bad: bad, good: good}}
  - name: talk
    pretrain: true
    data: {path: talk.txt, format: paragraphs, split: {train: 0.8, valid: 0.2}}
  - name: moods
    pretrain: true
    data: {path: emotion-train.jsonl, format: jsonl, text: text}
train: {steps: 6, batch: 8, lr: 5e-4, max_length: 32, seed: 3}
pretrain: {steps: 150, lr: 2e-3, max_length: 24}
checkpoint: {every: 5}
device: cpu
`

func adaptationDesk(t *testing.T) *desk {
	t.Helper()
	d := newDesk(t)
	writeTalk(t, d)
	writeFile(t, d.at("adaptation.yaml"), adaptationFile)
	return d
}

var adaptationArgs = []string{"reproduce", "domain-adaptation", "--file", "adaptation.yaml", "--seeds", "2", "--workers", "1"}

// TestDomainAdaptation makes the table of real runs, killed once in a pretraining, and reads
// the claims that it makes back from the run directories.
func TestDomainAdaptation(t *testing.T) {
	d := adaptationDesk(t)
	p := d.start(t, d.ringmaster, adaptationArgs...)
	encoder := func() string {
		found, _ := filepath.Glob(d.at("runs", "cells", "encoder-talk-*"))
		return strings.Join(found, "")
	}
	p.await(t, "a pretraining's 12 steps", func() bool { return encoder() != "" && d.steps(t, encoder(), plan.PretrainStage) >= 12 })
	p.signal(t, syscall.SIGKILL)
	p.wait(t, patience)
	d.noWorkerWithin(t, patience)
	_, err := os.Stat(filepath.Join(encoder(), "cell.json"))
	killed := err != nil
	p = d.runTable(t, adaptationArgs...)
	p.exits(t, 0)
	d.noWorker(t)
	// One that goes on does not measure the base again, so the other pretraining alone does.
	switch said := p.stdout.String(); {
	case !killed:
		t.Log("the pretraining was over before it was killed: that one goes on is not shown this time")
	case strings.Count(said, "perplexity/before:") != 1 || !strings.Contains(said, "10 cells, 1 already finished"):
		t.Errorf("it did not go on with the pretraining:\n%s", said)
	}
	result, err := reproduce.Read(d.at("runs", "reproduce-domain-adaptation"))
	if err != nil {
		t.Fatal(err)
	}
	if result.Finished != 10 || len(result.Rows) != 4 || len(result.Comparisons) != 2 || len(result.Pretrainings) != 2 {
		t.Fatalf("%d cells, %d rows, %d comparisons, %d pretrainings", result.Finished, len(result.Rows), len(result.Comparisons), len(result.Pretrainings))
	}
	if h := result.Pretrainings[0].HeldOut; h == nil || h.Perplexity >= h.Before || h.Masked == 0 {
		t.Errorf("pretraining on talk: %+v", h)
	}
	for _, pretraining := range result.Pretrainings {
		d.passesAudit(t, pretraining.Directory)
	}
	norms := map[string]float64{} // of the first step's gradient, which tells what a run begins with
	for _, row := range result.Rows {
		for i, cell := range row.Directories {
			d.passesAudit(t, cell)
			student, _ := readRecord(t, cell).stage("student")
			if i == 0 {
				norms[row.Name] = student[0].GradNorm
			}
			checkAdapted(t, row.Name, directory.Layout(cell))
		}
	}
	if norms["source-only"] == norms["pretrain-talk"] || norms["pretrain-talk"] == norms["pretrain-moods"] {
		t.Errorf("rows begin with the same encoder: %v", norms)
	}

	again := d.run(t, d.ringmaster, adaptationArgs...)
	again.exits(t, 0)
	if !strings.Contains(again.stdout.String(), "10 cells, 10 already finished") {
		t.Errorf("the second time:\n%s", again.said())
	}
	d.run(t, d.ringmaster, "report", d.at("runs", "reproduce-domain-adaptation")).exits(t, 0)
	page := readFile(t, d.at("runs", "reproduce-domain-adaptation", "report.md"))
	for _, want := range []string{"PRETRAIN-talk", "Does pretraining help?", "perplexity before", "Pretraining on moods", "Encoder: model ("} {
		if !strings.Contains(page, want) {
			t.Errorf("the report lacks %q:\n%s", want, page)
		}
	}
}

// checkAdapted looks at what a row's cell learnt, from what, and what it was asked about.
func checkAdapted(t *testing.T, row string, l directory.Layout) {
	t.Helper()
	learnt, judges := "reviews", []string{"empathy test", "reviews valid"}
	if row == "target-only" {
		learnt, judges = "empathy", []string{"empathy test", "empathy valid"}
	}
	planned, err := l.ReadPlan()
	if err != nil || len(planned.Tasks) != 1 || planned.Tasks[0].Name != learnt {
		t.Errorf("%s learnt %+v (%v), want %s", row, planned.Tasks, err, learnt)
	}
	predictions, err := l.ReadPredictions()
	if err != nil {
		t.Fatal(err)
	}
	var asked []string
	for _, p := range predictions {
		if about := p.Task + " " + string(p.Part); !slices.Contains(asked, about) {
			asked = append(asked, about)
		}
	}
	slices.Sort(asked)
	if !slices.Equal(asked, judges) {
		t.Errorf("%s was asked about %v, want %v", row, asked, judges)
	}
	run, err := config.LoadResolved(l.Config())
	if err != nil {
		t.Fatal(err)
	}
	if pretrained := strings.HasPrefix(row, "pretrain-"); strings.Contains(run.Model.Base, "encoder-") != pretrained {
		t.Errorf("%s begins with %s", row, run.Model.Base)
	}
	if _, err := weights.Open(run.Model.Base); err != nil {
		t.Errorf("%s begins with an encoder that cannot be read: %v", row, err)
	}
}

// TestASourceIsTrained: train itself takes a run file with a source.
func TestASourceIsTrained(t *testing.T) {
	d := adaptationDesk(t)
	p := d.run(t, d.ringmaster, "train", "adaptation.yaml", "--run-dir", filepath.Join("runs", "adapted"), "--workers", "2")
	p.exits(t, 0)
	d.passesAudit(t, d.at("runs", "adapted"))
	scores, err := directory.Layout(d.at("runs", "adapted")).ReadMetrics()
	if err != nil {
		t.Fatal(err)
	}
	if len(scores) != 2 || scores[0].Task != "reviews" || scores[0].Test == nil || scores[1].Task != "empathy" || scores[1].Test.Rows != 12 || scores[1].Valid != nil {
		t.Errorf("scores %+v", scores)
	}
	if !strings.Contains(p.stdout.String(), "empathy: F1") || !strings.Contains(p.stdout.String(), "--task reviews") {
		t.Errorf("it says:\n%s", p.stdout.String())
	}
	d.run(t, d.ringmaster, "report", filepath.Join("runs", "adapted")).exits(t, 0)
}

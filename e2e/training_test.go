package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ringmaster/config"
	"ringmaster/reproduce"
	"ringmaster/run/plan"
)

// A run with a cosine and a layer-wise rate, some of whose layers are frozen, resumes to the same bits.
func TestScheduleAndLayerDecayResume(t *testing.T) {
	d := newDesk(t)
	quiet, _ := d.resumed(t, "--set", "train.freeze=1", "--set", "train.layer_decay=0.7", "--set", "train.head_lr=2e-2", "--set", "train.schedule=cosine")
	r := readRecord(t, string(quiet))
	cosine := 0
	for _, e := range r.events {
		if e.Stage != plan.StudentStage {
			continue
		}
		if want := plan.LearningRate(config.Cosine, e.Step, e.Total, 0.1, 1e-2); e.LR*want < 0 || e.LR == 0 && want != 0 {
			t.Errorf("step %d: rate %v", e.Step, e.LR)
		}
		cosine++
	}
	if cosine != 60 {
		t.Errorf("%d steps", cosine)
	}
}

// A training that learns nothing ends early, at the same step whether it was killed on the way or not.
func TestATrainingEndsEarlyWhereItWouldHave(t *testing.T) {
	d := newDesk(t)
	settings := []string{"--set", "method=single", "--set", "train.lr=1e-9", "--set", "early_stop.patience=2", "--set", "early_stop.every=10", "--set", "train.keep=last"}
	quiet, hurt := d.resumed(t, settings...)
	for _, l := range []string{string(quiet), string(hurt)} {
		r := readRecord(t, l)
		record, _, err := r.ReadRecord()
		if err != nil {
			t.Fatal(err)
		}
		if last := r.events[len(r.events)-1]; last.Step != 29 || last.Total != 60 || len(record.Judged) != 3 || !record.Judged[2].Ends {
			t.Errorf("%s ends after step %d of %d: %+v", l, last.Step, last.Total, record.Judged)
		}
	}
	p := d.run(t, d.ringmaster, append([]string{"train", "run.yaml", "--run-dir", "runs/quiet", "--resume", "--set", "train.steps=90", "--set", "checkpoint.every=20", "--workers", "2"}, settings...)...)
	if p.complains(t, 3, "ended early, after step 30"); t.Failed() {
		t.Log(p.said())
	}
}

// A search trains each trial once, scores the test rows of the winner alone, and leaves its run file.
func TestSearch(t *testing.T) {
	d := newDesk(t)
	args := []string{"search", "run.yaml", "--space", "train.lr=1e-6,1e-2", "--space", "method=single,mt", "--trials", "4", "--halving", "2", "--rungs", "2", "--set", "train.steps=12"}
	p := d.run(t, d.ringmaster, args...)
	p.exits(t, 0)
	record, err := reproduce.ReadSearch(d.at("runs", "search-run"))
	if err != nil || record.Winner == nil || len(record.Winner.Test) != 1 {
		t.Fatalf("%v: %+v", err, record)
	}
	cells, err := filepath.Glob(d.at("runs", "cells", "*"))
	if err != nil || len(cells) != 6 {
		t.Errorf("%d cells, want 4 and 2 (%v)", len(cells), err)
	}
	tested := 0
	for _, cell := range cells {
		raw, err := os.ReadFile(filepath.Join(cell, "metrics.json"))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(raw), `"test"`) {
			tested++
		}
	}
	if tested != 1 {
		t.Errorf("the test rows of %d trials were scored", tested)
	}
	again := d.run(t, d.ringmaster, args...)
	if again.exits(t, 0); strings.Contains(again.stdout.String(), "steps\n[") {
		t.Errorf("trials were trained again:\n%s", again.stdout.String())
	}
	run, err := config.Load(d.at("runs", "search-run", reproduce.WinnerFile), config.LoadOptions{})
	if err != nil || !slices.Contains(record.Winner.Set, "method="+string(run.Method)) {
		t.Errorf("the winner's run file: %v", err)
	}
}

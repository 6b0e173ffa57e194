package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"

	"ringmaster/benchmark/comparison"
)

// measured runs a benchmark on the desk's tiny model and returns its rows.
func (d *desk) measured(t *testing.T, args ...string) (rows []comparison.Row, table, progress string) {
	t.Helper()
	p := d.run(t, d.ringmaster, append([]string{"bench"}, append(args, "--json", "rows.json")...)...)
	p.exits(t, 0)
	d.noWorker(t)
	d.nothingInTmp(t)
	if err := json.Unmarshal([]byte(readFile(t, d.at("rows.json"))), &rows); err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if r.Seconds.Min <= 0 || r.Seconds.Min > r.Seconds.Median || r.Seconds.Median > r.Seconds.Max || r.ExamplesPerSecond <= 0 ||
			r.TokensPerSecond < r.ExamplesPerSecond || r.CPUSeconds <= 0 || r.PeakBytes < 50e6 || r.PeakShare <= 0 || r.PeakShare > 1 {
			t.Errorf("a number is not what it can be: %+v", r)
		}
		if (r.Side == "ringmaster") != (r.Ratio == nil) {
			t.Errorf("the ratio of %s is %v", r.Side, r.Ratio)
		}
	}
	return rows, p.stdout.String(), p.stderr.String()
}

// sides are the rows' sides in their order.
func sides(rows []comparison.Row) string {
	var names []string
	for _, r := range rows {
		names = append(names, r.Side)
	}
	return strings.Join(names, ", ")
}

func TestBenchStep(t *testing.T) {
	d := newDesk(t)
	rows, table, progress := d.measured(t, "step", "--model", "model", "--workers", "1,2", "--texts", "4", "--length", "16", "--steps", "4", "--rounds", "2")
	if sides(rows) != "ringmaster, ringmaster" || rows[0].Efficiency != 1 || rows[1].Efficiency <= 0 || rows[1].Workers != 2 || rows[1].Rounds != 2 {
		t.Errorf("rows %+v", rows)
	}
	for _, want := range []string{"s a step", "efficiency", "MFU"} {
		if !strings.Contains(table, want) {
			t.Errorf("the table lacks %q:\n%s", want, table)
		}
	}
	if strings.Contains(table, "ours/peer") {
		t.Errorf("there was no peer, but a ratio:\n%s", table)
	}
	for _, want := range []string{"no peer is measured", "2 workers: round 2 of 2: ringmaster"} {
		if strings.Count(progress, want) != 1 {
			t.Errorf("the progress has %q %d times, want once:\n%s", want, strings.Count(progress, want), progress)
		}
	}
}

func TestBenchPretrain(t *testing.T) {
	d := newDesk(t)
	writeTalk(t, d)
	rows, _, _ := d.measured(t, "pretrain", "--model", "model", "--workers", "1", "--sequences", "3", "--length", "16", "--steps", "4", "--rounds", "1", "--corpus", "talk.txt", "--precision", "bfloat16")
	if sides(rows) != "ringmaster" {
		t.Errorf("rows %+v", rows)
	}
}

// TestBenchTrain measures the desk's run file, whose corpora are beside it.
func TestBenchTrain(t *testing.T) {
	d := newDesk(t)
	rows, table, _ := d.measured(t, "train", "run.yaml", "--steps", "5", "--rounds", "2")
	if sides(rows) != "ringmaster" || !strings.Contains(table, "s a job") {
		t.Errorf("rows %+v\n%s", rows, table)
	}
	if tokens := rows[0].TokensPerSecond / rows[0].ExamplesPerSecond; tokens < 5 || tokens > 32 {
		t.Errorf("%v tokens a text, want those of short sentences", tokens)
	}
	if _, err := os.Stat(d.at("runs")); err == nil {
		t.Error("the benchmark left a folder of runs where it was started")
	}
}

func TestBenchTrainRefusesAJobWithoutTeachers(t *testing.T) {
	d := newDesk(t)
	replaceIn(t, d.at("run.yaml"), "method: kd-annealed", "method: mt")
	p := d.run(t, d.ringmaster, "bench", "train", "run.yaml")
	p.exits(t, 2)
	if !strings.Contains(p.stderr.String(), "want method kd-annealed or kd") {
		t.Errorf("it says %s", p.stderr.String())
	}
	d.nothingInTmp(t)
}

// A run that fails ends the benchmark with what that run said, and a peer that lacks a module does
// so before anything is measured.
func TestBenchSaysWhatFailed(t *testing.T) {
	d := newDesk(t)
	p := d.run(t, d.ringmaster, "bench", "pretrain", "--model", "model", "--corpus", "run.yaml", "--length", "4096", "--steps", "2", "--rounds", "1", "--workers", "1")
	p.exits(t, 1)
	if !strings.Contains(p.stderr.String(), "ringmaster failed: ") || !strings.Contains(p.stderr.String(), "it last said: ") {
		t.Errorf("it says %s", p.stderr.String())
	}
	writeFile(t, d.at("python"), "#!/bin/sh\necho \"No module named 'torch'\" >&2\nexit 1\n")
	if err := os.Chmod(d.at("python"), 0o755); err != nil {
		t.Fatal(err)
	}
	p = d.run(t, d.ringmaster, "bench", "step", "--model", "model", "--peer-python", "./python")
	p.exits(t, 2)
	if !strings.Contains(p.stderr.String(), "No module named 'torch'; install torch, transformers for ./python") {
		t.Errorf("it says %s", p.stderr.String())
	}
	d.nothingInTmp(t)
}

// TestBenchBesidePeers measures everything beside PyTorch and transformers.
func TestBenchBesidePeers(t *testing.T) {
	python := os.Getenv("RINGMASTER_PEER_PYTHON")
	if python == "" {
		t.Skip("RINGMASTER_PEER_PYTHON is not set: name a Python with torch, transformers and accelerate to measure the peers too")
	}
	shape := []string{"--peer-python", python, "--model", "model", "--length", "16", "--steps", "3", "--rounds", "1", "--workers", "2"}
	t.Run("step", func(t *testing.T) {
		rows, table, _ := newDesk(t).measured(t, append([]string{"step", "--texts", "3"}, shape...)...)
		if sides(rows) != "ringmaster, DDP over gloo" || !strings.Contains(table, "ours/peer") {
			t.Errorf("rows %+v\n%s", rows, table)
		}
	})
	t.Run("pretrain", func(t *testing.T) {
		rows, _, _ := newDesk(t).measured(t, append([]string{"pretrain", "--sequences", "3"}, shape...)...)
		if sides(rows) != "ringmaster, run_mlm with DDP" {
			t.Errorf("rows %+v", rows)
		}
	})
	t.Run("train", func(t *testing.T) {
		if err := exec.Command(python, "-c", "import accelerate").Run(); err != nil {
			t.Skip("the Python of RINGMASTER_PEER_PYTHON has no accelerate, which Hugging Face Trainer needs")
		}
		rows, _, _ := newDesk(t).measured(t, "train", "run.yaml", "--steps", "3", "--rounds", "1", "--peer-python", python)
		if sides(rows) != "ringmaster, Trainer, teachers inside, Trainer, logits cached" {
			t.Errorf("rows %+v", rows)
		}
		for _, r := range rows[1:] {
			// Both draw tasks and texts by the same rule.
			ours, theirs := rows[0].TokensPerSecond/rows[0].ExamplesPerSecond, r.TokensPerSecond/r.ExamplesPerSecond
			if theirs < 0.7*ours || theirs > 1.4*ours {
				t.Errorf("%s trained %v tokens a text, ringmaster %v", r.Side, theirs, ours)
			}
		}
	})
}

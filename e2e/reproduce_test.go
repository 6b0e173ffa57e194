package e2e

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"ringmaster/reproduce"
	"ringmaster/run/directory"
)

// reproduceArgs are a table of a few rows that takes seconds.
func reproduceArgs(rows string, more ...string) []string {
	return append([]string{"reproduce", "newsemp", "--file", "run.yaml", "--seeds", "2", "--workers", "1",
		"--rows", rows}, more...)
}

// runTable runs several runs, which may take as long as several.
func (d *desk) runTable(t *testing.T, args ...string) *process {
	t.Helper()
	p := d.start(t, d.ringmaster, args...)
	p.wait(t, 5*patience)
	return p
}

func TestReproduceMakesATableOfRealRuns(t *testing.T) {
	d := newDesk(t)
	p := d.runTable(t, reproduceArgs("single,mt-sentiment,kd-annealed-sentiment", "--set", "train.steps=5", "--score-all")...)
	p.exits(t, 0)
	d.noWorker(t)
	dir := d.at("runs", "reproduce-newsemp")
	result, err := reproduce.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	if result.Cells != 6 || result.Finished != 6 || len(result.Comparisons) != 2 {
		t.Errorf("%d of %d cells, %d comparisons", result.Finished, result.Cells, len(result.Comparisons))
	}
	var norms []float64
	for _, row := range result.Rows {
		for i, cell := range row.Directories {
			d.passesAudit(t, cell)
			checkPredictions(t, directory.Layout(cell))
			r := readRecord(t, cell)
			trained := strings.Join(r.stages(), " ")
			// Teachers are trained for the first cell that needs them, and for no other.
			want := "student"
			if row.Name == "kd-annealed-sentiment" && i == 0 {
				want = "teacher/empathy teacher/sentiment student"
			}
			if trained != want {
				t.Errorf("%s, seed %d trained %s, want %s", row.Name, i, trained, want)
			}
			if row.Name == "single" {
				student, _ := r.stage("student")
				norms = append(norms, student[0].GradNorm)
			}
		}
	}
	if len(norms) != 2 || norms[0] == norms[1] {
		t.Errorf("gradient norms of two seeds are %v: a seed changes nothing", norms)
	}
	if teachers, err := filepath.Glob(d.at("runs", "teachers", "*-*")); err != nil || len(teachers) != 2 {
		t.Errorf("teachers kept: %v, %v", teachers, err)
	}

	again := d.run(t, d.ringmaster, reproduceArgs("single,mt-sentiment,kd-annealed-sentiment", "--set", "train.steps=5", "--score-all", "--json")...)
	again.exits(t, 0)
	if !strings.Contains(again.stderr.String(), "6 cells, 6 already finished") || strings.Contains(again.stderr.String(), "cell 1/") {
		t.Errorf("the second time:\n%s", again.said())
	}
	var same reproduce.Result
	if err := json.Unmarshal([]byte(again.stdout.String()), &same); err != nil || *same.Rows[2].F1 != *result.Rows[2].F1 {
		t.Errorf("--json: %v\n%s", err, again.stdout.String())
	}

	page := d.run(t, d.ringmaster, "report", dir)
	page.exits(t, 0)
	for _, name := range []string{"report.html", "report.md"} {
		raw, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || !bytes.Contains(raw, []byte("KD, annealed: sentiment")) {
			t.Errorf("%s (%v) lacks a row", name, err)
		}
	}
	if page.stderr.String() != "" {
		t.Errorf("warnings:\n%s", page.stderr.String())
	}
}

// checkPredictions counts the scores of a run anew from its predictions.
func checkPredictions(t *testing.T, l directory.Layout) {
	t.Helper()
	predictions, err := l.ReadPredictions()
	if err != nil {
		t.Fatal(err)
	}
	scores, err := l.ReadMetrics()
	if err != nil {
		t.Fatal(err)
	}
	counted := 0
	for _, task := range scores {
		right := 0
		for _, p := range predictions {
			if p.Task != task.Task || p.Part != directory.Test {
				continue
			}
			counted++
			if p.Gold == p.Predicted {
				right++
			}
			sum, largest := 0.0, 0
			for i, share := range p.Probabilities {
				sum += share
				if share > p.Probabilities[largest] {
					largest = i
				}
			}
			if math.Abs(sum-1) > 1e-6 || task.Test.Classes[largest] != p.Predicted {
				t.Errorf("%+v of classes %v", p, task.Test.Classes)
			}
		}
		if got := float64(right) / float64(task.Test.Rows); math.Abs(got-task.Test.Accuracy) > 1e-9 {
			t.Errorf("%s: accuracy %v by predictions, %v by metrics", task.Task, got, task.Test.Accuracy)
		}
	}
	if counted == 0 {
		t.Errorf("no predictions of test rows in %s", l)
	}
}

func TestReproduceGoesOnWhereItWasStopped(t *testing.T) {
	d := newDesk(t)
	args := reproduceArgs("single,mt-sentiment", "--set", "train.steps=12")
	p := d.start(t, d.ringmaster, args...)
	p.await(t, "the second cell", func() bool { return strings.Contains(p.stdout.String(), "cell 2/4") })
	p.signal(t, syscall.SIGINT)
	p.wait(t, patience)
	p.exits(t, 130)
	d.noWorker(t)
	marks, err := filepath.Glob(d.at("runs", "cells", "*", "cell.json"))
	if err != nil || len(marks) == 0 || len(marks) == 4 {
		t.Fatalf("finished when it was stopped: %v, %v", marks, err)
	}
	table, err := os.ReadFile(d.at("runs", "reproduce-newsemp", "table.md"))
	if err != nil || !strings.Contains(string(table), "| 1/2 |") {
		t.Errorf("the table so far (%v):\n%s", err, table)
	}
	first, err := os.ReadFile(marks[0])
	if err != nil {
		t.Fatal(err)
	}
	p = d.runTable(t, args...)
	p.exits(t, 0)
	if after, err := os.ReadFile(marks[0]); err != nil || !bytes.Equal(first, after) {
		t.Errorf("a finished cell was computed again (%v): %s, then %s", err, first, after)
	}
	if result, err := reproduce.Read(d.at("runs", "reproduce-newsemp")); err != nil || result.Finished != 4 {
		t.Errorf("%+v, %v", result, err)
	}
}

func TestReproduceSaysWhatCannotBe(t *testing.T) {
	d := newDesk(t)
	for _, c := range []struct {
		args string
		says string
	}{
		{"reproduce", "--list"},
		{"reproduce newsemp2 --file run.yaml", "newsemp, twittemp"},
		{"reproduce newsemp", "--file"},
		{"reproduce domain-adaptation --file run.yaml", "source: NAME"},
		{"reproduce newsemp --file run.yaml --rows bert", "kd-annealed-both"},
		{"reproduce newsemp --file run.yaml --try train.seed=1,2", "train.lr"},
		{"reproduce newsemp --file run.yaml --seeds 0", "seeds"},
		{"reproduce twittemp --file run.yaml", "seeking"},
		{"report .", "neither a run nor an experiment"},
	} {
		p := d.run(t, d.ringmaster, strings.Fields(c.args)...)
		p.exits(t, 2)
		if !strings.Contains(p.said(), c.says) {
			t.Errorf("%s does not say %q:\n%s", c.args, c.says, p.said())
		}
	}
	list := d.run(t, d.ringmaster, "reproduce", "--list")
	list.exits(t, 0)
	if !strings.Contains(list.stdout.String(), "domain-adaptation") {
		t.Error(list.said())
	}
}

// compare makes a table over tasks of any names, with nothing of the paper in it.
func TestCompareIsOverOnesOwnTasks(t *testing.T) {
	d := newDesk(t)
	file, err := os.ReadFile(d.at("run.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	own := strings.NewReplacer("name: empathy", "name: urgency", "name: sentiment", "name: stance", "name: emotion", "name: topic").Replace(string(file))
	if err := os.WriteFile(d.at("own.yaml"), []byte(own), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"compare", "own.yaml", "--methods", "single,mt,kd-annealed", "--seeds", "2", "--workers", "1", "--set", "train.steps=5"}
	p := d.runTable(t, args...)
	p.exits(t, 0)
	result, err := reproduce.Read(d.at("runs", "compare-own"))
	if err != nil {
		t.Fatal(err)
	}
	if result.Finished != 6 || result.Target != "urgency" || len(result.Comparisons) != 3 {
		t.Errorf("%d finished, on %s, %d comparisons", result.Finished, result.Target, len(result.Comparisons))
	}
	for _, row := range result.Rows {
		for _, cell := range row.Directories {
			d.passesAudit(t, cell)
		}
	}
	d.run(t, d.ringmaster, "report", d.at("runs", "compare-own")).exits(t, 0)
	page, err := os.ReadFile(filepath.Join(d.at("runs", "compare-own"), "report.html"))
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{p.stdout.String(), string(page)} {
		if !strings.Contains(text, "Methods compared on urgency") || !strings.Contains(text, "stance") {
			t.Errorf("own names are missing:\n%s", text)
		}
		for _, foreign := range []string{"NewsEmp", "EmoNet", "the paper", "Table 4"} {
			if strings.Contains(text, foreign) {
				t.Errorf("it says %q:\n%s", foreign, text)
			}
		}
	}
	for method, says := range map[string]string{"bert": "kd-annealed", "mt,mt": "mt is given twice"} {
		refused := d.run(t, d.ringmaster, "compare", "own.yaml", "--methods", method)
		refused.exits(t, 2)
		if !strings.Contains(refused.said(), says) {
			t.Errorf("--methods %s: %s", method, refused.said())
		}
	}
}

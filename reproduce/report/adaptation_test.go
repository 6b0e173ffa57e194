package report_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ringmaster/config"
	"ringmaster/reproduce"
	"ringmaster/reproduce/experiments"
	"ringmaster/reproduce/reproducetest"
)

const adaptationFile = `model: {base: ./model}
source: news
tasks:
  - name: news
    data: {path: emotion.csv, format: csv, text: text, label: label, labels: {"0": none, "1": empathy}}
  - name: tweets
    target: true
    data: {path: synthetic_empathy.csv, format: csv, text: text, label: label, labels: {"0": none, "1": empathy}}
  - name: talk
    pretrain: true
    data: {path: emotion.csv, format: lines, limit: 60}
train: {epochs: 2, batch: 8, lr: 1e-4, seed: 10}
pretrain: {steps: 7}
`

// Also where no row is there that begins with the run file's own encoder, that one is named.
func TestPageOfAnAdaptation(t *testing.T) {
	for _, rows := range [][]string{nil, {"pretrain"}} {
		dir := folder(t)
		file := filepath.Join(dir, "run.yaml")
		if err := os.WriteFile(file, []byte(adaptationFile), 0o600); err != nil {
			t.Fatal(err)
		}
		load := func(set ...string) (*config.Run, error) { return config.Load(file, config.LoadOptions{Set: set}) }
		base, err := load()
		if err != nil {
			t.Fatal(err)
		}
		table, err := experiments.Find("domain-adaptation")
		if err == nil {
			table, err = table.For(base)
		}
		if err == nil {
			table, err = table.Pick(rows)
		}
		if err != nil {
			t.Fatal(err)
		}
		out := filepath.Join(dir, "runs", "table")
		plan, err := reproduce.NewPlan(t.Context(), reproduce.Options{
			Table: table, File: "run.yaml", Seeds: 2, Runs: filepath.Join(dir, "runs"), Dir: out, Load: load,
			Prepare: reproducetest.Prepare, Engine: reproducetest.Engine(answer), Notify: func(string, ...any) {},
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := plan.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		page, html, _ := write(t, out)
		if len(page.Warnings) > 0 {
			t.Errorf("warnings %q", page.Warnings)
		}
		for _, want := range []string{
			"Encoder: model; the paper uses", "its test rows alone", "synthetic", "Pretraining on talk:", "at most 60 texts", "7 steps",
			"<td>20.00</td><td>10.00</td>", "Does pretraining help?", "misclassified by 2 of 2 seeds", "number ",
		} {
			if !strings.Contains(html, want) {
				t.Errorf("rows %v: the page lacks %q", rows, want)
			}
		}
		if strings.Contains(html, "Is KD better?") {
			t.Error("the page asks about KD")
		}
	}
}

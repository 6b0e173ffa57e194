package experiments_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"ringmaster/config"
	"ringmaster/reproduce/experiments"
)

const adaptationFile = `model: {base: ./model}
source: news
tasks:
  - {name: news, data: {path: rows.csv, format: csv, text: content, label: label, labels: {"0": none, "1": empathy}}}
  - {name: tweets, target: true, data: {path: rows.csv, format: csv, text: content, label: label, labels: {none: none, seeking: empathy}}}
  - {name: talk, pretrain: true, data: {path: rows.csv, format: lines}}
  - {name: posts, pretrain: true, data: {path: rows.csv, format: lines}}
train: {epochs: 3, batch: 32, lr: 2e-5, seed: 4}
pretrain: {steps: 50, lr: 1e-4}
`

// adaptation is the table as a run file fills it.
func adaptation(t *testing.T, load experiments.Load) experiments.Table {
	t.Helper()
	table, err := experiments.Find("domain-adaptation")
	if err != nil {
		t.Fatal(err)
	}
	run, err := load()
	if err != nil {
		t.Fatal(err)
	}
	if table, err = table.For(run); err != nil {
		t.Fatal(err)
	}
	return table
}

func TestEachCorpusHasARow(t *testing.T) {
	load := base(t, adaptationFile)
	table := adaptation(t, load)
	var got []string
	for _, r := range table.Rows {
		got = append(got, r.Name+" "+r.Title)
		run, err := table.Derive(r, experiments.Options{}, load)
		if err != nil {
			t.Fatal(err)
		}
		want, source := "news tweets", "news"
		if r.Name == "target-only" {
			want, source = "tweets", ""
		}
		var names []string
		for _, task := range run.Tasks {
			names = append(names, task.Name)
		}
		if strings.Join(names, " ") != want || run.Source != source || run.Method != config.Single || run.Pretrain != (config.Pretrain{}) || run.Train.Epochs != 3 {
			t.Errorf("%s: %v from %q, %+v", r.Name, names, run.Source, run.Train)
		}
		if helped := strings.HasPrefix(r.Name, "pretrain-"); helped != slices.Equal(r.Against, []string{"source-only"}) {
			t.Errorf("%s is compared with %v", r.Name, r.Against)
		}
	}
	if want := "source-only SOURCE-ONLY, pretrain-talk PRETRAIN-talk, pretrain-posts PRETRAIN-posts, target-only TARGET-ONLY"; strings.Join(got, ", ") != want {
		t.Errorf("rows %q", got)
	}
	picked, err := table.Pick([]string{"pretrain"})
	if err != nil || len(picked.Rows) != 2 {
		t.Errorf("the family of pretraining: %v, %v", picked.Rows, err)
	}
}

func TestAPretrainingIsOfItsCorpusAlone(t *testing.T) {
	load := base(t, adaptationFile)
	table := adaptation(t, load)
	run, err := table.Pretraining(table.Rows[2], load)
	if err != nil {
		t.Fatal(err)
	}
	if len(run.Tasks) != 1 || run.Tasks[0].Name != "posts" || run.Method != config.MaskedLM || run.Source != "" {
		t.Errorf("%+v", run)
	}
	if run.Train.Steps != 50 || run.Train.LR != 1e-4 || run.Train.Batch != 32 || run.Pretrain != (config.Pretrain{}) {
		t.Errorf("%+v", run.Train)
	}
}

func TestAnAdaptationNeedsASource(t *testing.T) {
	table, err := experiments.Find("domain-adaptation")
	if err != nil {
		t.Fatal(err)
	}
	load := base(t, runFile)
	run, err := load()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := table.For(run); !errors.Is(err, experiments.ErrNotMade) || !strings.Contains(err.Error(), "source: NAME") {
		t.Error(err)
	}
	// The other tables make nothing of a source.
	load = base(t, adaptationFile)
	single, row := find(t, "newsemp", "single")
	if run, err = single.Derive(row, experiments.Options{}, load); err != nil || run.Source != "" || len(run.Tasks) != 1 {
		t.Errorf("%+v, %v", run, err)
	}
	// Without a corpus the row that stands for all is left, and cannot be made.
	without, _, _ := strings.Cut(adaptationFile, "  - {name: talk")
	load = base(t, without)
	table = adaptation(t, load)
	if len(table.Rows) != 3 {
		t.Fatalf("%+v", table.Rows)
	}
	if _, err := table.Derive(table.Rows[1], experiments.Options{}, load); !errors.Is(err, experiments.ErrNotMade) {
		t.Error(err)
	}
}

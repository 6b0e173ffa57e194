package reproduce_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringmaster/config"
	"ringmaster/coordinator"
	"ringmaster/coordinator/job"
	"ringmaster/data"
	"ringmaster/reproduce"
	"ringmaster/reproduce/experiments"
	"ringmaster/run/directory"
)

const adaptationFile = `model: {base: ./model}
source: news
tasks:
  - name: tweets
    target: true
    data: {path: empathy.csv, format: csv, text: text, label: label, labels: {"0": none, "1": empathy}, split: {seed: 5}}
  - name: news
    data: {path: sentiment.csv, format: csv, text: text, label: label, labels: {"0": none, "1": empathy}}
  - name: talk
    pretrain: true
    data: {path: talk.txt, format: lines}
  - name: posts
    pretrain: true
    data: {path: posts.txt, format: lines}
train: {epochs: 2, batch: 8, lr: 1e-4, seed: 10}
pretrain: {steps: 7}
`

// adaptationDesk is a desk with two domains and two texts to pretrain on.
func adaptationDesk(t *testing.T) *desk {
	t.Helper()
	d := newDesk(t)
	d.write("run.yaml", adaptationFile)
	for _, name := range []string{"talk", "posts"} {
		var text strings.Builder
		for i := range 100 {
			fmt.Fprintf(&text, "%s line %d\n", name, i)
		}
		d.write(name+".txt", text.String())
	}
	// Pretrained encoders have fewer mistakes; the target's own training fewest.
	d.answer = func(run *config.Run, part directory.Part, row data.Example) bool {
		every := 3
		if strings.Contains(run.Model.Base, "encoder-") {
			every = 7
		}
		if run.Source == "" {
			every = 11
		}
		if part == directory.Valid && strings.HasPrefix(row.Text, "sentiment") { // the source's
			every = 2
		}
		return (row.Row/2+int(run.Train.Seed))%every != 0
	}
	return d
}

func (d *desk) adaptation(rows ...string) reproduce.Options {
	d.t.Helper()
	table, err := experiments.Find("domain-adaptation")
	if err != nil {
		d.t.Fatal(err)
	}
	o := d.options("single")
	base, err := o.Load()
	if err != nil {
		d.t.Fatal(err)
	}
	if table, err = table.For(base); err != nil {
		d.t.Fatal(err)
	}
	if o.Table, err = table.Pick(rows); err != nil {
		d.t.Fatal(err)
	}
	o.Dir = d.at("runs", "reproduce-domain-adaptation")
	return o
}

// nameOf says what was carried out by a run.
func nameOf(run *config.Run) string {
	switch {
	case run.Method == config.MaskedLM:
		return "pretraining " + run.Tasks[0].Name
	case run.Source == "":
		return fmt.Sprint("target ", run.Train.Seed)
	case strings.Contains(run.Model.Base, "encoder-"):
		name, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(filepath.Dir(run.Model.Base)), "encoder-"), "-")
		return fmt.Sprint(name, " ", run.Train.Seed)
	}
	return fmt.Sprint("source ", run.Train.Seed)
}

func namesOf(runs []*config.Run) []string {
	names := []string{}
	for _, run := range runs {
		names = append(names, nameOf(run))
	}
	return names
}

func TestAnEncoderIsPretrainedOnceForAllSeeds(t *testing.T) {
	d := adaptationDesk(t)
	o := d.adaptation()
	want := []string{
		"source 10", "pretraining talk", "talk 10", "pretraining posts", "posts 10", "target 10",
		"source 11", "talk 11", "posts 11", "target 11",
	}
	if diff := cmp.Diff(want, namesOf(d.mustRun(o))); diff != "" {
		t.Errorf("runs (-want +got):\n%s", diff)
	}
	if again := d.mustRun(o); len(again) != 0 {
		t.Errorf("computed again: %v", namesOf(again))
	}
	o.Seeds = 3
	if diff := cmp.Diff([]string{"source 12", "talk 12", "posts 12", "target 12"}, namesOf(d.mustRun(o))); diff != "" {
		t.Errorf("a third seed (-want +got):\n%s", diff)
	}
	models, err := filepath.Glob(d.at("runs", "cells", "*", "model"))
	if err != nil || len(models) != 2 {
		t.Errorf("models kept: %v, %v", models, err)
	}
	if r := d.result(o); r.Cells != 14 || r.Finished != 14 {
		t.Errorf("%d of %d cells", r.Finished, r.Cells)
	}
}

func TestAPretrainingIsKnownByWhatItDependsOn(t *testing.T) {
	d := adaptationDesk(t)
	o := d.adaptation()
	o.Seeds = 1
	d.mustRun(o)
	for _, c := range []struct {
		what, from, to string
		want           []string
	}{
		{"nothing", "", "", []string{}},
		{"the steps of pretraining", "steps: 7", "steps: 8", []string{"pretraining talk", "talk 10", "pretraining posts", "posts 10"}},
		{"a corpus's limit", "talk.txt, format: lines", "talk.txt, format: lines, limit: 50", []string{"pretraining talk", "talk 10"}},
		{"the student's length", "epochs: 2", "epochs: 3", []string{"source 10", "talk 10", "posts 10", "target 10"}},
		{"the target's split", "split: {seed: 5}", "split: {seed: 6}", []string{"source 10", "talk 10", "posts 10", "target 10"}},
	} {
		d.write("run.yaml", strings.Replace(adaptationFile, c.from, c.to, 1))
		if diff := cmp.Diff(c.want, namesOf(d.mustRun(o))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.what, diff)
		}
	}
	d.write("run.yaml", adaptationFile)
	var err error
	if o.Choices, err = reproduce.Choices([]string{"train.lr=1e-4,3e-4", "train.batch=8,4"}); err != nil {
		t.Fatal(err)
	}
	for _, run := range d.mustRun(o) {
		if run.Method == config.MaskedLM {
			t.Errorf("other numbers of the student, another pretraining: %+v", run.Train)
		}
	}
}

func TestAdaptationIsComparedAndChosenByTheSource(t *testing.T) {
	d := adaptationDesk(t)
	o := d.adaptation()
	d.mustRun(o)
	r := d.result(o)
	var pairs []string
	for _, c := range r.Comparisons {
		pairs = append(pairs, c.Row+" "+c.Against)
		if c.Difference <= 0 || c.Seeds != 2 || c.Models == nil {
			t.Errorf("%+v", c)
		}
	}
	if diff := cmp.Diff([]string{"pretrain-talk source-only", "pretrain-posts source-only"}, pairs); diff != "" {
		t.Error(diff)
	}
	if r.Target != "tweets" {
		t.Errorf("the target is %s", r.Target)
	}
	for _, row := range r.Rows {
		source := row.Name != "target-only"
		// On the source's validation rows every second answer is wrong.
		if (row.ChosenBy == "news") != source || (*row.ValidF1 < 0.6) != source || *row.F1 < 0.6 {
			t.Errorf("%s: F1 %v, on validation %v by %q", row.Name, *row.F1, *row.ValidF1, row.ChosenBy)
		}
	}
	if len(r.Pretrainings) != 2 || r.Pretrainings[1].Corpus != "posts" || r.Pretrainings[1].HeldOut.Perplexity != 10 || r.Pretrainings[1].Steps != 7 {
		t.Errorf("%+v", r.Pretrainings)
	}
	table, err := os.ReadFile(reproduce.TableFile(o.Dir))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"PRETRAIN-talk", "| posts | 7 | 15 | 20.00 | 10.00 |", "validated on those of news"} {
		if !strings.Contains(string(table), want) {
			t.Errorf("the table lacks %q:\n%s", want, table)
		}
	}
}

func TestAPretrainingThatIsCutShortGoesOn(t *testing.T) {
	d := adaptationDesk(t)
	o := d.adaptation("source-only", "pretrain-posts")
	o.Seeds = 1
	d.fail = func(run *config.Run) error {
		if run.Method == config.MaskedLM {
			return coordinator.ErrStopped
		}
		return nil
	}
	if ran, err := d.run(o); !errors.Is(err, coordinator.ErrStopped) || len(ran) != 2 {
		t.Fatalf("%v, %v", namesOf(ran), err)
	}
	if r := d.result(o); r.Finished != 1 || r.Pretrainings[0].Finished || !strings.Contains(r.PretrainingsTable(reproduce.Markdown), "not done yet") {
		t.Errorf("%+v", r.Pretrainings)
	}
	d.fail = nil
	var resumed []bool
	engine := o.Engine
	o.Engine = func(ctx context.Context, job *job.Job, dir *directory.Dir, resume bool) error {
		resumed = append(resumed, resume)
		return engine(ctx, job, dir, resume)
	}
	ran := d.mustRun(o)
	if diff := cmp.Diff([]string{"pretraining posts", "posts 10"}, namesOf(ran)); diff != "" || !resumed[0] {
		t.Errorf("going on, resumed %v (-want +got):\n%s", resumed, diff)
	}
}

func TestAnEncoderThatIsGoneIsMissed(t *testing.T) {
	d := adaptationDesk(t)
	o := d.adaptation("pretrain-talk")
	o.Seeds = 1
	d.mustRun(o)
	encoders, err := filepath.Glob(d.at("runs", "cells", "encoder-talk-*", "model"))
	if err != nil || len(encoders) != 1 {
		t.Fatal(encoders, err)
	}
	if err := os.RemoveAll(encoders[0]); err != nil {
		t.Fatal(err)
	}
	if again := d.mustRun(o); len(again) != 0 {
		t.Errorf("nothing was to be done: %v", namesOf(again))
	}
	o.Seeds = 2
	if _, err := d.run(o); !errors.Is(err, reproduce.ErrDamaged) || !strings.Contains(err.Error(), "remove "+filepath.Dir(encoders[0])) {
		t.Error(err)
	}
}

func TestAnAdaptationWithoutCorporaLeavesTheRowOut(t *testing.T) {
	d := adaptationDesk(t)
	without, rest, _ := strings.Cut(adaptationFile, "  - name: talk")
	_, numbers, _ := strings.Cut(rest, "\ntrain:")
	d.write("run.yaml", without+"train:"+numbers)
	o := d.adaptation()
	o.Seeds = 1
	if diff := cmp.Diff([]string{"source 10", "target 10"}, namesOf(d.mustRun(o))); diff != "" {
		t.Error(diff)
	}
	if r := d.result(o); len(r.Record.Skipped) != 1 || !strings.Contains(r.Record.Skipped[0].Why, "pretrain: true") {
		t.Errorf("%+v", r.Record.Skipped)
	}
}

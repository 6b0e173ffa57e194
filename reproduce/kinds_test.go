package reproduce_test

import (
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"ringmaster/config"
	"ringmaster/data"
	"ringmaster/reproduce"
	"ringmaster/reproduce/experiments"
	"ringmaster/run/directory"
)

// ofKind makes the desk's target a task of a kind.
func (d *desk) ofKind(kind config.Kind) {
	d.t.Helper()
	labels, cell := "", func(i int) string { return fmt.Sprint(1 + i*i%7) }
	switch kind {
	case config.KindLabels:
		labels, cell = `label_separator: "+", labels: {a: a, b: b, c: c}, `, func(i int) string { return []string{"a", "a+b", "", "c", "b"}[i%5] }
	case config.KindOrdered:
		labels, cell = `labels: {"0": none, "1": weak, "2": strong}, `, func(i int) string { return fmt.Sprint(i % 3) }
	}
	d.write("run.yaml", strings.Replace(runFile, `    data: {path: empathy.csv, format: csv, text: text, label: label, labels: {"0": none, "1": empathy}, split: {seed: 5}}`,
		fmt.Sprintf("    kind: %s\n    data: {path: own.csv, format: csv, text: text, label: label, %ssplit: {seed: 5}}", kind, labels), 1))
	var rows strings.Builder
	rows.WriteString("text,label\n")
	for i := range 300 {
		fmt.Fprintf(&rows, "own text number %d,%s\n", i, cell(i))
	}
	d.write("own.csv", rows.String())
}

// A target of each kind is compared and chosen by its main score, as the runs themselves have it.
func TestEachKindIsComparedByItsMainScore(t *testing.T) {
	for kind, measure := range map[config.Kind]string{
		config.KindLabels: "micro F1", config.KindOrdered: "quadratic kappa", config.KindValue: "Pearson's r",
	} {
		t.Run(string(kind), func(t *testing.T) {
			d := newDesk(t)
			d.ofKind(kind)
			o := d.options("single")
			base, err := o.Load()
			if err != nil {
				t.Fatal(err)
			}
			if o.Table, err = experiments.Comparison(base, []string{"single", "kd-annealed"}, false); err != nil {
				t.Fatal(err)
			}
			o.Seeds = 3
			d.mustRun(o)
			r := d.result(o)
			if r.Measure.Name() != measure {
				t.Errorf("compared by %s, want %s", r.Measure.Name(), measure)
			}
			var means []float64
			for _, row := range r.Rows {
				var own []float64
				mean := 0.0
				for _, dir := range row.Directories {
					report, err := directory.Layout(dir).ReadMetrics()
					if err != nil {
						t.Fatal(err)
					}
					_, score := report[0].Test.Main()
					own, mean = append(own, score), mean+score/3
				}
				if diff := cmp.Diff(own, row.BySeed, cmpopts.EquateApprox(0, 1e-9)); diff != "" {
					t.Errorf("%s (-metrics.json +table):\n%s", row.Name, diff)
				}
				if i := row.Interval; math.Abs(*row.Score-mean) > 1e-9 || i.Low > mean || i.High < mean || i.Low == i.High {
					t.Errorf("%s: %v, want %v, in %v", row.Name, *row.Score, mean, *i)
				}
				means = append(means, mean)
			}
			c := r.Comparisons[0]
			if math.Abs(c.Difference-(means[1]-means[0])) > 1e-9 || c.Difference < 0.02 || c.P > 0.3 || c.Models == nil || *c.Models > 0.3 {
				t.Errorf("compared: %+v of %v", c, means)
			}
			page := r.Caption() + r.RowsTable(reproduce.Markdown) + r.ComparisonsTable(reproduce.Markdown)
			for _, want := range map[config.Kind][]string{
				config.KindLabels: {"micro F1", "macro F1", "accuracy", "Scores are in percent"}, config.KindOrdered: {"quadratic kappa", "F1", "accuracy"},
				config.KindValue: {"Pearson's r", "Spearman's ρ", "RMSE", `in the unit of "label"`},
			}[kind] {
				if !strings.Contains(page, want) {
					t.Errorf("the table lacks %q:\n%s", want, page)
				}
			}
			if kind == config.KindValue && strings.Contains(page, "accuracy |") {
				t.Errorf("values have an accuracy:\n%s", page)
			}
		})
	}
}

// Runs that are judged by different scores are no table.
func TestKindsAreNotComparedWithEachOther(t *testing.T) {
	d := newDesk(t)
	o := d.options("single")
	o.Choices = [][]string{nil, {"tasks.empathy.kind=ordered"}}
	if _, err := d.run(o); !errors.Is(err, reproduce.ErrOptions) || !strings.Contains(fmt.Sprint(err), "quadratic kappa of empathy") {
		t.Errorf("got %v", err)
	}
}

// A search of a target of values chooses by Pearson's r, which is not F1, and says so.
func TestASearchChoosesByTheMainScore(t *testing.T) {
	d := &searchDesk{desk: newDesk(t)}
	d.ofKind(config.KindValue)
	d.answer = func(run *config.Run, _ directory.Part, row data.Example) bool {
		return row.Row*37%100 < map[float64]int{1e-5: 60, 1e-4: 95, 1e-3: 70}[run.Train.LR]
	}
	r, err := d.search(d.options("train.lr=1e-5,1e-4,1e-3"))
	if err != nil {
		t.Fatal(err)
	}
	if r.Winner == nil || r.Winner.Set[0] != "train.lr=1e-4" || r.Measure != "Pearson's r" {
		t.Errorf("winner %+v by %q", r.Winner, r.Measure)
	}
	report, err := directory.Layout(filepath.Join(d.at("runs", "search-run"), r.Winner.Cells[0])).ReadMetrics()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := r.Winner.Test[0], report[0].Test.Value.Pearson; got != want || !strings.HasPrefix(r.Caption(), "Pearson's r on") ||
		!strings.Contains(r.Caption(), fmt.Sprintf("%.3f", want)) {
		t.Errorf("%v, want %v: %s", got, want, r.Caption())
	}
}

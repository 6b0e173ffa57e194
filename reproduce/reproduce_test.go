package reproduce_test

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"ringmaster/config"
	"ringmaster/coordinator"
	"ringmaster/data"
	"ringmaster/reproduce"
	"ringmaster/reproduce/experiments"
	"ringmaster/reproduce/statistics"
	"ringmaster/run/directory"
)

func TestEveryCellIsComputedOnce(t *testing.T) {
	d := newDesk(t)
	o := d.options("single", "mt-sentiment", "kd-annealed-sentiment", "kd-emotion")
	ran := d.mustRun(o)
	var order []string
	for _, run := range ran {
		order = append(order, string(run.Method)+map[uint64]string{10: " 10", 11: " 11"}[run.Train.Seed])
	}
	// Seed by seed, so that a table that is cut short has every row.
	want := []string{"single 10", "mt 10", "kd-annealed 10", "single 11", "mt 11", "kd-annealed 11"}
	if diff := cmp.Diff(want, order); diff != "" {
		t.Errorf("runs (-want +got):\n%s", diff)
	}
	for _, run := range ran {
		for _, task := range run.Tasks {
			if *task.Teacher.Seed != 10 {
				t.Errorf("the teacher of %s has seed %d under seed %d", task.Name, *task.Teacher.Seed, run.Train.Seed)
			}
		}
		if run.Tasks[0].Data.Split.Seed != 5 {
			t.Errorf("split seed %d", run.Tasks[0].Data.Split.Seed)
		}
	}
	if again := d.mustRun(o); len(again) != 0 {
		t.Errorf("%d cells were computed again", len(again))
	}
	o.Dir, o.Seeds = d.at("elsewhere"), 3 // another table of the same cells
	if more := d.mustRun(o); len(more) != 3 {
		t.Errorf("a third seed of three rows took %d runs", len(more))
	}
	r := d.result(o)
	if r.Cells != 9 || r.Finished != 9 || len(r.Record.Skipped) != 1 || r.Record.Skipped[0].Row != "kd-emotion" {
		t.Errorf("%d of %d cells, skipped %v", r.Finished, r.Cells, r.Record.Skipped)
	}
}

func TestACellIsKnownByWhatItsScoresDependOn(t *testing.T) {
	d := newDesk(t)
	o := d.options("kd-sentiment")
	o.Seeds = 1
	d.mustRun(o)
	change := func(what string, again bool) {
		t.Helper()
		if ran := d.mustRun(o); (len(ran) > 0) != again {
			t.Errorf("%s: %d runs", what, len(ran))
		}
	}
	change("nothing", false)
	d.write("run.yaml", strings.Replace(runFile, "workers: 2", "workers: 3, topology: broker", 1))
	change("who takes part", false)
	if err := os.Rename(d.at("sentiment.csv"), d.at("moved.csv")); err != nil {
		t.Fatal(err)
	}
	d.write("run.yaml", strings.Replace(runFile, "sentiment.csv", "moved.csv", 1))
	change("where a corpus lies", false)
	d.write("run.yaml", strings.Replace(runFile, "sentiment.csv", "moved.csv", 1)+"device: cpu\n")
	change("the device", false)
	text, err := os.ReadFile(d.at("moved.csv"))
	if err != nil {
		t.Fatal(err)
	}
	d.write("sentiment.csv", strings.Replace(string(text), "number 17", "number seventeen", 1))
	d.write("run.yaml", runFile)
	change("a text", true)
	d.write("run.yaml", strings.Replace(runFile, "lr: 1e-4", "lr: 2e-4", 1))
	change("the learning rate", true)
	d.write("run.yaml", strings.Replace(runFile, "workers: 2", "workers: 2, gradient_dtype: bfloat16", 1))
	change("the wire format", true)
	d.write("run.yaml", strings.Replace(runFile, "  - name: sentiment\n", "  - name: sentiment\n    teacher: {epochs: 7}\n", 1))
	change("a teacher's epochs", true)
	d.write("run.yaml", runFile)
	change("all as it was", false)
}

func TestATableThatIsCutShortGoesOn(t *testing.T) {
	d := newDesk(t)
	o := d.options("single", "mt-sentiment")
	d.fail = func(run *config.Run) error {
		if run.Method == config.MultiTask && run.Train.Seed == 10 {
			return coordinator.ErrStopped
		}
		return nil
	}
	if ran, err := d.run(o); !errors.Is(err, coordinator.ErrStopped) || len(ran) != 2 {
		t.Fatalf("%d runs, %v", len(ran), err)
	}
	table, err := os.ReadFile(reproduce.TableFile(o.Dir))
	if err != nil || !strings.Contains(string(table), "Encoder, target alone | 1/2 |") {
		t.Errorf("the table so far (%v):\n%s", err, table)
	}
	if r := d.result(o); r.Finished != 1 || r.Rows[0].Seeds != 1 || r.Rows[1].Seeds != 0 || r.Rows[1].F1 != nil || len(r.Comparisons) != 0 {
		t.Errorf("result so far: %+v", r)
	}
	d.fail = nil
	if ran := d.mustRun(o); len(ran) != 3 {
		t.Errorf("going on took %d runs, want 3", len(ran))
	}
	if r := d.result(o); r.Finished != 4 {
		t.Errorf("%d cells finished", r.Finished)
	}
}

func TestACellThatAnotherProcessComputesIsLeftAlone(t *testing.T) {
	d := newDesk(t)
	o := d.options("single")
	o.Seeds = 1
	d.fail = func(*config.Run) error { return errors.New("killed") }
	if _, err := d.run(o); err == nil {
		t.Fatal("no error")
	}
	cells, err := filepath.Glob(d.at("runs", "cells", "*"))
	if err != nil || len(cells) != 1 {
		t.Fatal(cells, err)
	}
	held, err := directory.Resume(cells[0])
	if err != nil {
		t.Fatal(err)
	}
	d.fail = nil
	if _, err := d.run(o); !errors.Is(err, directory.ErrInUse) {
		t.Errorf("beside another process: %v", err)
	}
	if err := held.Close(); err != nil {
		t.Fatal(err)
	}
	d.mustRun(o)
	if !d.resumed {
		t.Error("a cell that was cut short was begun anew")
	}
}

// A directory that is no beginning of the cell is in nobody's way.
func TestACellThatCannotBeGoneOnWithIsBegunAnew(t *testing.T) {
	d := newDesk(t)
	o := d.options("single")
	o.Seeds = 1
	d.fail = func(*config.Run) error { return errors.New("killed") }
	if _, err := d.run(o); err == nil {
		t.Fatal("no error")
	}
	d.fail = nil
	configs, _ := filepath.Glob(d.at("runs", "cells", "*", "config.yaml"))
	for _, text := range []string{"model: [", strings.Replace(runFile, "lr: 1e-4", "lr: 2e-4", 1)} {
		for _, left := range []string{"cell.json", "metrics.json"} {
			_ = os.Remove(filepath.Join(filepath.Dir(configs[0]), left)) // the first time they are not there
		}
		if err := os.WriteFile(configs[0], []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if ran := d.mustRun(o); len(ran) != 1 || d.resumed {
			t.Errorf("%d runs, resumed %v", len(ran), d.resumed)
		}
	}
}

// Test rows say the opposite of validation rows, and have no say.
func TestValidationRowsChoose(t *testing.T) {
	d := newDesk(t)
	d.answer = func(run *config.Run, part directory.Part, row data.Example) bool {
		better := run.Train.LR == 5e-5
		if part == directory.Test {
			better = !better
		}
		return row.Row%3 != 0 || better
	}
	o := d.options("single")
	var err error
	if o.Choices, err = reproduce.Choices([]string{"train.lr=2e-5,5e-5", "train.epochs=1,2"}); err != nil {
		t.Fatal(err)
	}
	if ran := d.mustRun(o); len(ran) != 8 {
		t.Errorf("%d runs, want 2 rates × 2 lengths × 2 seeds", len(ran))
	}
	row := d.result(o).Rows[0]
	if row.Choice[0] != "train.lr=5e-5" || row.Tried != 4 || row.Undecided {
		t.Errorf("chose %v of %d", row.Choice, row.Tried)
	}
	if *row.ValidF1 != 1 || *row.F1 == 1 {
		t.Errorf("F1 %v on validation, %v on test", *row.ValidF1, *row.F1)
	}
	for _, bad := range []string{"train.lr", "train.lr=", "train.seed=1,2", "method=mt,kd"} {
		if _, err := reproduce.Choices([]string{bad}); !errors.Is(err, reproduce.ErrOptions) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func TestResultsAreThoseOfThePredictions(t *testing.T) {
	d := newDesk(t)
	o := d.options("single", "mt-sentiment", "kd-sentiment", "kd-annealed-sentiment")
	o.Seeds = 3
	d.mustRun(o)
	r := d.result(o)
	var f1s []float64
	for _, dir := range r.Rows[0].Directories {
		scores, err := directory.Layout(dir).ReadMetrics()
		if err != nil {
			t.Fatal(err)
		}
		f1s = append(f1s, scores[0].Test.F1)
	}
	mean, deviation := statistics.MeanAndDeviation(f1s)
	if math.Abs(*r.Rows[0].F1-mean) > 1e-12 || math.Abs(*r.Rows[0].Deviation-deviation) > 1e-12 || len(f1s) != 3 {
		t.Errorf("F1 %v ± %v, want %v ± %v", *r.Rows[0].F1, *r.Rows[0].Deviation, mean, deviation)
	}
	if i := r.Rows[0].Interval; i.Low >= mean || i.High <= mean {
		t.Errorf("interval %v around %v", i, mean)
	}
	var raw, corrected []float64
	var pairs []string
	for _, c := range r.Comparisons {
		pairs = append(pairs, c.Row+" "+c.Against)
		raw, corrected = append(raw, c.P), append(corrected, c.Corrected)
		if c.Seeds != 3 || c.Models == nil {
			t.Errorf("%+v", c)
		}
	}
	want := []string{"kd-sentiment mt-sentiment", "kd-sentiment single", "kd-annealed-sentiment mt-sentiment", "kd-annealed-sentiment single"}
	if diff := cmp.Diff(want, pairs); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(statistics.Holm(raw), corrected); diff != "" {
		t.Error(diff)
	}
	// KD and MT have the same mistakes here, annealed KD has fewer than the single model.
	if c := r.Comparisons[0]; c.Difference != 0 || c.P != 1 {
		t.Errorf("two rows that answer alike: %+v", c)
	}
	if c := r.Comparisons[3]; c.Difference <= 0 {
		t.Errorf("a row that answers better: %+v", c)
	}
}

func TestResplitDividesTheTargetAnew(t *testing.T) {
	d := newDesk(t)
	o := d.options("mt-sentiment", "kd-sentiment")
	o.Resplit = true
	for i, run := range d.mustRun(o) {
		want := uint64(5 + i/2)
		if run.Tasks[0].Data.Split.Seed != want || run.Tasks[1].Data.Split.Seed != 13 {
			t.Errorf("run %d splits with %d and %d", i, run.Tasks[0].Data.Split.Seed, run.Tasks[1].Data.Split.Seed)
		}
	}
	r := d.result(o)
	if c := r.Comparisons[0]; c.Models != nil || c.Seeds != 2 {
		t.Errorf("%+v", c)
	}
	if !strings.Contains(r.Caption(), "a separate split for each seed") {
		t.Error(r.Caption())
	}
}

func TestPublishedNumbersStandBeside(t *testing.T) {
	d := newDesk(t)
	o := d.options("single", "kd-emotion")
	o.Seeds = 1
	d.mustRun(o)
	// The paper's, with precision and recall where it has them.
	r := d.result(o)
	if row := r.Rows[0]; *row.Published != 0.6379 || *row.PublishedPrecision != 0.7397 || *row.PublishedRecall != 0.5455 {
		t.Errorf("the paper's single model: %v, %v, %v", *row.Published, *row.PublishedPrecision, *row.PublishedRecall)
	}
	if text := r.Caption(); !strings.Contains(text, "EMNLP 2021") || strings.Contains(text, "--published") {
		t.Error(text)
	}
	// Numbers that are given stand in their place.
	o.Published = experiments.Published{"newsemp": {"single": {F1: 12.5}, "kd-emotion": {F1: 99}}}
	d.mustRun(o)
	r = d.result(o)
	if row := r.Rows[0]; *row.Published != 0.125 || row.PublishedPrecision != nil {
		t.Errorf("published %v", *row.Published)
	}
	table := r.RowsTable(reproduce.Markdown)
	if !strings.Contains(table, "| 12.5 |") || !strings.Contains(table, "| kd-emotion (left out) | 0/1 | – |") || !strings.Contains(table, "| 99.0 |") {
		t.Error(table)
	}
	if !strings.Contains(r.Caption(), "--published") {
		t.Error(r.Caption())
	}
}

// A table of one's own has one's own names, and nothing of the paper.
func TestAComparisonHasNothingOfThePaper(t *testing.T) {
	d := newDesk(t)
	d.write("run.yaml", strings.NewReplacer("name: empathy", "name: urgency", "name: sentiment", "name: stance").Replace(runFile))
	o := d.options()
	run, err := o.Load()
	if err != nil {
		t.Fatal(err)
	}
	if o.Table, err = experiments.Comparison(run, nil, false); err != nil {
		t.Fatal(err)
	}
	if ran := d.mustRun(o); len(ran) != 8 {
		t.Errorf("%d runs, want 4 methods × 2 seeds", len(ran))
	}
	r := d.result(o)
	if r.Finished != 8 || len(r.Comparisons) != 5 || r.Target != "urgency" || len(r.Record.Skipped) != 0 {
		t.Errorf("%d finished, %d comparisons on %s, skipped %v", r.Finished, len(r.Comparisons), r.Target, r.Record.Skipped)
	}
	table, err := os.ReadFile(reproduce.TableFile(o.Dir))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"# Methods compared on urgency\n", "run on run.yaml", "KD, annealed: stance", "Encoder, urgency alone", `Precision, recall and F1: class "empathy"`} {
		if !strings.Contains(string(table), want) {
			t.Errorf("the table does not say %q:\n%s", want, table)
		}
	}
	for _, foreign := range []string{"NewsEmp", "EmoNet", "paper", "Table 4"} {
		if strings.Contains(string(table), foreign) {
			t.Errorf("the table says %q:\n%s", foreign, table)
		}
	}
}

// Intervals and p-values are of test rows: validation rows that all are right change nothing.
func TestIntervalsAreOfTestRows(t *testing.T) {
	for _, validRight := range []bool{true, false} {
		d := newDesk(t)
		d.answer = func(_ *config.Run, part directory.Part, row data.Example) bool {
			if part == directory.Valid {
				return validRight
			}
			return row.Row%2 == 0 // one class right, the other wrong
		}
		o := d.options("single")
		d.mustRun(o)
		row := d.result(o).Rows[0]
		if *row.F1 != 0 || row.Interval.Low != 0 || row.Interval.High != 0 {
			t.Errorf("validation rows right: %v: F1 %v, interval %v, want 0 throughout", validRight, *row.F1, *row.Interval)
		}
	}
}

// A terminal of 80 columns shows every table whole.
func TestTablesFitATerminal(t *testing.T) {
	d := newDesk(t)
	o := d.options("cnn", "single", "mt-sentiment", "kd-annealed-sentiment", "kd-annealed-both")
	o.Seeds = 3
	d.mustRun(o)
	r := d.result(o)
	for name, table := range map[string]string{"rows": r.RowsTable(reproduce.Terminal), "comparisons": r.ComparisonsTable(reproduce.Terminal)} {
		for line := range strings.Lines(table) {
			if width := utf8.RuneCountInString(strings.TrimRight(line, " \n")); width > 80 {
				t.Errorf("%s: %d columns: %s", name, width, line)
			}
		}
	}
	for _, want := range []string{"63.8", "kd-annealed-both (left", "precision"} {
		if !strings.Contains(r.RowsTable(reproduce.Terminal), want) {
			t.Errorf("the table lacks %q:\n%s", want, r.RowsTable(reproduce.Terminal))
		}
	}
}

func TestDamageIsSaid(t *testing.T) {
	d := newDesk(t)
	o := d.options("single")
	o.Seeds = 1
	d.mustRun(o)
	cells, _ := filepath.Glob(d.at("runs", "cells", "*", "cell.json"))
	if err := os.WriteFile(cells[0], []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := reproduce.Read(o.Dir); !errors.Is(err, reproduce.ErrDamaged) {
		t.Error(err)
	}
	if _, err := reproduce.Read(d.dir); !errors.Is(err, reproduce.ErrNoRecord) {
		t.Error(err)
	}
	o.Seeds = 0
	if _, err := reproduce.NewPlan(t.Context(), o); !errors.Is(err, reproduce.ErrOptions) {
		t.Error(err)
	}
	o = d.options("kd-emotion")
	if _, err := reproduce.NewPlan(t.Context(), o); !errors.Is(err, reproduce.ErrNothing) {
		t.Error(err)
	}
}

// A cell that cannot be opened now, as on a full disk or by another user, is not taken for one that is no beginning: it stays, and
// so does what only stands in a cell's place.
func TestACellIsNotRemovedForWhatPasses(t *testing.T) {
	d := newDesk(t)
	o := d.options("single")
	o.Seeds = 1
	d.fail = func(*config.Run) error { return errors.New("killed") }
	if _, err := d.run(o); err == nil {
		t.Fatal("no error")
	}
	d.fail = nil
	configs, _ := filepath.Glob(d.at("runs", "cells", "*", "config.yaml"))
	cell := filepath.Dir(configs[0])
	if err := errors.Join(os.Remove(filepath.Join(cell, "ledger.jsonl")), os.Mkdir(filepath.Join(cell, "ledger.jsonl"), 0o700)); err != nil {
		t.Fatal(err) // a log that cannot be opened
	}
	if _, err := d.run(o); err == nil {
		t.Error("the cell was computed")
	}
	if _, err := os.Stat(configs[0]); err != nil {
		t.Errorf("the cell is gone: %v", err)
	}
	if err := os.Remove(filepath.Join(cell, "ledger.jsonl")); err != nil {
		t.Fatal(err)
	}
	d.mustRun(o)

	if err := errors.Join(os.RemoveAll(cell), os.Mkdir(cell, 0o700), os.WriteFile(filepath.Join(cell, "notes.txt"), []byte("mine"), 0o600)); err != nil {
		t.Fatal(err)
	}
	d.mustRun(o)
	if text, err := os.ReadFile(filepath.Join(cell+".set-aside-1", "notes.txt")); err != nil || string(text) != "mine" {
		t.Errorf("what stood there is gone: %v", err)
	}
}

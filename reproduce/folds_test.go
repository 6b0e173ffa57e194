package reproduce_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"ringmaster/reproduce"
	"ringmaster/reproduce/experiments"
)

// A cross-validation tests every row once, with the student that has not seen it, and says so in its table.
func TestCrossValidation(t *testing.T) {
	d := newDesk(t)
	o := d.options("single")
	base, err := o.Load()
	if err != nil {
		t.Fatal(err)
	}
	if o.Table, err = experiments.Comparison(base, []string{"single", "mt"}, false); err != nil {
		t.Fatal(err)
	}
	o.Folds, o.Seeds = 4, 8 // twice
	ran := d.mustRun(o)
	if len(ran) != 16 {
		t.Fatalf("%d runs", len(ran))
	}
	for i, run := range ran {
		n := i / 2 // two rows
		if s := run.Tasks[0].Data.Split; s.Folds != 4 || s.Fold != n%4+1 || s.Seed != uint64(5+n/4) {
			t.Errorf("run %d has %+v", i, s)
		}
		if len(run.Tasks) > 1 && run.Tasks[1].Data.Split.Folds != 0 {
			t.Errorf("run %d folds another task than the target", i)
		}
	}
	for _, row := range []string{"single", "mt"} {
		file, err := os.Open(d.at("runs", "reproduce-newsemp", "predictions-"+row+".jsonl"))
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		tested := map[int]map[int]int{1: {}, 2: {}}
		for lines := bufio.NewScanner(file); lines.Scan(); {
			var p reproduce.FoldPrediction
			if err := json.Unmarshal(lines.Bytes(), &p); err != nil {
				t.Fatal(err)
			}
			if want := []string{"none", "empathy"}[p.Row%2]; p.Gold != want || p.Fold < 1 || p.Fold > 4 {
				t.Errorf("row %d: %+v", p.Row, p)
			}
			tested[p.Repetition][p.Row]++
		}
		for repetition, rows := range tested {
			if len(rows) != 200 {
				t.Errorf("%s, repetition %d: %d rows", row, repetition, len(rows))
			}
			for r, n := range rows {
				if n != 1 {
					t.Errorf("%s: row %d is tested %d times", row, r, n)
				}
			}
		}
	}
	r := d.result(o)
	if text := r.RowsTable(reproduce.Markdown); !strings.Contains(text, "folds") || !strings.Contains(r.Caption(), "another of 4 folds") {
		t.Errorf("the table does not speak of folds:\n%s\n%s", text, r.Caption())
	}
	if again := d.mustRun(o); len(again) != 0 {
		t.Errorf("%d cells were computed again", len(again))
	}
}

func TestNoFoldsOfGivenTestRows(t *testing.T) {
	d := newDesk(t)
	d.write("run.yaml", strings.Replace(runFile, "path: empathy.csv", "train: empathy.csv, test: sentiment.csv", 1))
	o := d.options("single")
	o.Folds = 4
	if _, err := d.run(o); !errors.Is(err, reproduce.ErrOptions) || !strings.Contains(err.Error(), "list the files under path") {
		t.Errorf("got %v", err)
	}
}

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"ringmaster/config"
	"ringmaster/data"
	"ringmaster/data/datatest"
	"ringmaster/run/directory"
)

// record is what a run left in its directory.
type record struct {
	directory.Layout
	events []directory.Event
	ledger []directory.LedgerEntry
	said   string // on standard output
}

// train carries run.yaml out to its end in --run-dir runs/NAME.
func (d *desk) train(t *testing.T, name string, args ...string) *record {
	t.Helper()
	return d.trainFile(t, "run.yaml", name, args...)
}

// trainFile is train of another run file.
func (d *desk) trainFile(t *testing.T, file, name string, args ...string) *record {
	t.Helper()
	dir := filepath.Join("runs", name)
	p := d.run(t, d.ringmaster, append([]string{"train", file, "--run-dir", dir}, args...)...)
	p.exits(t, 0)
	d.noWorker(t)
	d.nothingInTmp(t)
	d.passesAudit(t, dir)
	r := readRecord(t, d.at(dir))
	r.said = p.stdout.String()
	return r
}

// passesAudit checks that the product's own audit finds nothing wrong with a run.
func (d *desk) passesAudit(t *testing.T, dir string) {
	t.Helper()
	d.run(t, d.ringmaster, "audit", dir).exits(t, 0)
}

// nothingInTmp checks that programs that ended in good order left nothing behind.
func (d *desk) nothingInTmp(t *testing.T) {
	t.Helper()
	entries, err := os.ReadDir(d.at("tmp"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		t.Errorf("left behind in the temporary folder: %s", e.Name())
	}
}

// readRecord reads both logs, which must be whole and speak of the same steps.
func readRecord(t *testing.T, dir string) *record {
	t.Helper()
	r := &record{Layout: directory.Layout(dir)}
	torn, err := r.ReadEvents(func(e directory.Event) error { r.events = append(r.events, e); return nil })
	if err != nil || torn {
		t.Fatalf("events.jsonl: torn %v, %v", torn, err)
	}
	torn, err = r.ReadLedger(func(e directory.LedgerEntry) error { r.ledger = append(r.ledger, e); return nil })
	if err != nil || torn {
		t.Fatalf("ledger.jsonl: torn %v, %v", torn, err)
	}
	if len(r.events) != len(r.ledger) {
		t.Fatalf("events.jsonl has %d lines, ledger.jsonl %d", len(r.events), len(r.ledger))
	}
	for i, e := range r.events {
		l := r.ledger[i]
		if e.Stage != l.Stage || e.Step != l.Step {
			t.Fatalf("line %d: event of %s step %d beside ledger of %s step %d", i+1, e.Stage, e.Step, l.Stage, l.Step)
		}
	}
	return r
}

// steps counts the committed steps of a stage in a log that may still be written.
func (d *desk) steps(t *testing.T, dir, stage string) int {
	t.Helper()
	n := 0
	_, err := directory.Layout(dir).ReadEvents(func(e directory.Event) error {
		if e.Stage == stage {
			n++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// stage gives a stage's lines.
func (r *record) stage(name string) (events []directory.Event, ledger []directory.LedgerEntry) {
	for i, e := range r.events {
		if e.Stage == name {
			events, ledger = append(events, e), append(ledger, r.ledger[i])
		}
	}
	return events, ledger
}

// stages names the stages that have steps, in order.
func (r *record) stages() []string {
	var names []string
	for _, e := range r.events {
		if len(names) == 0 || names[len(names)-1] != e.Stage {
			names = append(names, e.Stage)
		}
	}
	return names
}

// checkLedger holds a stage's ledger against its events: each step dealt what it says,
// and at every step each row of a task has been dealt as often as any other, or once
// more: exactly once in every finished epoch.
func (r *record) checkLedger(t *testing.T, stage string, rows map[string][]int) {
	t.Helper()
	events, ledger := r.stage(stage)
	seen := map[string]map[int]int{}
	dealt := map[string]int{}
	for task, numbers := range rows {
		seen[task] = map[int]int{}
		for _, n := range numbers {
			seen[task][n] = 0
		}
	}
	for i, l := range ledger {
		e := events[i]
		if len(l.Ranks) != e.World {
			t.Fatalf("%s step %d: %d ranks in a world of %d", stage, l.Step, len(l.Ranks), e.World)
		}
		now := map[string]int{}
		for _, ids := range l.Ranks {
			for _, id := range ids {
				if _, known := seen[id.Task][id.Row]; !known {
					t.Fatalf("%s step %d dealt row %d of %s, which is no training row", stage, l.Step, id.Row, id.Task)
				}
				seen[id.Task][id.Row]++
				now[id.Task]++
			}
		}
		if fmt.Sprint(now) != fmt.Sprint(e.Examples) {
			t.Fatalf("%s step %d: ledger holds %v, event says %v", stage, l.Step, now, e.Examples)
		}
		for task, n := range now {
			dealt[task] += n
			epochs, rest := dealt[task]/len(rows[task]), dealt[task]%len(rows[task])
			for row, times := range seen[task] {
				if times == epochs+1 {
					rest--
				} else if times != epochs {
					t.Fatalf("%s step %d: row %d of %s dealt %d times in %d epochs", stage, l.Step, row, task, times, epochs)
				}
			}
			if rest != 0 {
				t.Fatalf("%s step %d: %s: the epoch under way counts wrong by %d", stage, l.Step, task, rest)
			}
		}
	}
}

// trainingRows loads the configuration that the run left, and with it the corpora: each
// task's training rows by number.
func (r *record) trainingRows(t *testing.T) map[string][]int {
	t.Helper()
	run, err := config.Load(r.Config(), config.LoadOptions{})
	if err != nil {
		t.Fatalf("config.yaml of the run does not load again: %v", err)
	}
	rows := map[string][]int{}
	for _, task := range run.Tasks {
		corpus, err := data.Load(t.Context(), run.BaseDir, task)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range datatest.List(t, corpus.Train) {
			rows[task.Name] = append(rows[task.Name], e.Row)
		}
	}
	return rows
}

// batch is a step's examples over all ranks, in an order of their own.
func batch(l directory.LedgerEntry) []string {
	var all []string
	for _, ids := range l.Ranks {
		for _, id := range ids {
			all = append(all, fmt.Sprintf("%s/%d", id.Task, id.Row))
		}
	}
	slices.Sort(all)
	return all
}

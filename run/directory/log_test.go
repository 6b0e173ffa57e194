package directory_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringmaster/run/directory"
)

func TestLinesAreAsContracted(t *testing.T) {
	d := create(t, t.TempDir())
	defer closeDir(t, d)
	event := directory.Event{
		Stage: "student", Step: 3, Total: 10, Generation: 2, World: 2, Lambda: 1.0 / 3, LR: 2e-5,
		Loss: map[string]float64{"empathy": 0.5, "emotion": 2}, Examples: map[string]int{"empathy": 20, "emotion": 12},
		GradNorm: 1.5, Seconds: 0.25, RingSeconds: 0.125, Time: time.Date(2026, 3, 9, 7, 5, 2, 0, time.UTC),
	}
	entry := directory.LedgerEntry{Stage: "student", Step: 3, Ranks: [][]directory.ExampleID{{{"empathy", 17}, {"senti\"ment", 3}}, nil}}
	if err := errors.Join(d.AppendEvent(event), d.AppendLedger(entry)); err != nil {
		t.Fatal(err)
	}

	var loose map[string]any
	if err := json.Unmarshal([]byte(read(t, d.Events())), &loose); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"step", "generation", "world", "lambda", "lr", "loss", "examples", "seconds", "ring_seconds"} {
		if _, ok := loose[key]; !ok {
			t.Errorf("events.jsonl has no %q", key)
		}
	}
	want := `{"stage":"student","step":3,"ranks":[[["empathy",17],["senti\"ment",3]],[]]}` + "\n"
	if diff := cmp.Diff(want, read(t, d.Ledger())); diff != "" {
		t.Error(diff)
	}

	if diff := cmp.Diff([]directory.Event{event}, events(t, d.Layout, false)); diff != "" {
		t.Error(diff)
	}
	entry.Ranks[1] = []directory.ExampleID{}
	if diff := cmp.Diff([]directory.LedgerEntry{entry}, ledger(t, d.Layout, false)); diff != "" {
		t.Error(diff)
	}
}

func TestLineIsThereBeforeCloseAndAlsoFromMany(t *testing.T) {
	d := create(t, t.TempDir())
	defer closeDir(t, d)
	var all sync.WaitGroup
	for rank := range 4 {
		all.Go(func() {
			for step := range 50 {
				if err := d.AppendLedger(directory.LedgerEntry{Stage: fmt.Sprint(rank), Step: step}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if n := len(ledger(t, d.Layout, false)); n != 200 {
		t.Errorf("%d lines, want 200", n)
	}
	if err := d.Sync(); err != nil {
		t.Error(err)
	}
}

// Cut the ledger at every byte: a reader sees exactly the whole lines before the cut, and
// a resumed run has all steps that the events have and goes on behind them.
func TestTornLastLine(t *testing.T) {
	path := t.TempDir()
	d := create(t, path)
	for step := range 3 {
		commit(t, d, "student", step)
	}
	closeDir(t, d)
	whole, wholeEvents := read(t, d.Ledger()), read(t, d.Events())
	for cut := range len(whole) + 1 {
		write(t, d.Ledger(), whole[:cut])
		write(t, d.Events(), wholeEvents)
		complete := strings.Count(whole[:cut], "\n")
		torn := cut > 0 && whole[cut-1] != '\n'
		if got := len(ledger(t, d.Layout, torn)); got != complete {
			t.Fatalf("cut at %d: %d entries, want %d", cut, got, complete)
		}
		again := resume(t, path)
		commit(t, again, "student", 3)
		closeDir(t, again)
		if got := logged(t, d.Layout); len(got) != 4 || got[3] != "student 3" {
			t.Fatalf("cut at %d: resumed logs have %v", cut, got)
		}
		for _, entry := range ledger(t, d.Layout, false) {
			if entry.Lost != (entry.Step >= complete && entry.Step < 3) {
				t.Fatalf("cut at %d: step %d: lost %v", cut, entry.Step, entry.Lost)
			}
		}
		for _, aside := range asides(t, d.Layout) {
			if read(t, aside) != whole[:cut] {
				t.Fatalf("cut at %d: %s is not what was there", cut, aside)
			}
			if err := os.Remove(aside); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestTornLineLongerThanABlock(t *testing.T) {
	path := t.TempDir()
	d := create(t, path)
	commit(t, d, "student", 0)
	closeDir(t, d)
	write(t, d.Events(), read(t, d.Events())+strings.Repeat("x", 200<<10))
	closeDir(t, resume(t, path))
	if n := len(events(t, d.Layout, false)); n != 1 {
		t.Errorf("%d events, want 1", n)
	}
}

func TestDamagedLineIsNamed(t *testing.T) {
	d := create(t, t.TempDir())
	defer closeDir(t, d)
	write(t, d.Ledger(), `{"stage":"s","step":0,"ranks":[]}`+"\n"+`{"stage":"s","step":1,"ranks":[[["a"]]]}`+"\n")
	_, err := d.ReadLedger(func(directory.LedgerEntry) error { return nil })
	if !errors.Is(err, directory.ErrDamaged) || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("got %v", err)
	}
	stop := errors.New("enough")
	if _, err := d.ReadLedger(func(directory.LedgerEntry) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("visit's error was lost: %v", err)
	}
}

func TestNotANumberIsRefusedAndLeavesNoTrace(t *testing.T) {
	d := create(t, t.TempDir())
	defer closeDir(t, d)
	if err := d.AppendEvent(directory.Event{Loss: map[string]float64{"empathy": math.NaN()}}); err == nil {
		t.Error("a loss of NaN was written")
	}
	if err := d.AppendEvent(directory.Event{Step: 7}); err != nil {
		t.Fatal(err)
	}
	if got := events(t, d.Layout, false); len(got) != 1 || got[0].Step != 7 {
		t.Errorf("events are %v", got)
	}
}

// A log of a run that has not started is empty, not an error.
func TestReadingNothing(t *testing.T) {
	l := directory.Layout(t.TempDir())
	if n := len(events(t, l, false)); n != 0 {
		t.Errorf("%d events", n)
	}
}

func BenchmarkAppendLedger(b *testing.B) {
	d, err := directory.Create(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	defer d.Close()
	entry := directory.LedgerEntry{Stage: "student", Ranks: make([][]directory.ExampleID, 2)}
	for i := range 32 {
		entry.Ranks[i%2] = append(entry.Ranks[i%2], directory.ExampleID{Task: "empathy", Row: i})
	}
	for b.Loop() {
		if err := d.AppendLedger(entry); err != nil {
			b.Fatal(err)
		}
	}
}

func events(t *testing.T, l directory.Layout, wantTorn bool) []directory.Event {
	t.Helper()
	return collect(t, l.ReadEvents, wantTorn)
}

func ledger(t *testing.T, l directory.Layout, wantTorn bool) []directory.LedgerEntry {
	t.Helper()
	return collect(t, l.ReadLedger, wantTorn)
}

func collect[T any](t *testing.T, read func(func(T) error) (bool, error), wantTorn bool) []T {
	t.Helper()
	var all []T
	torn, err := read(func(v T) error { all = append(all, v); return nil })
	if err != nil {
		t.Fatal(err)
	}
	if torn != wantTorn {
		t.Fatalf("torn is %v, want %v", torn, wantTorn)
	}
	return all
}

func resume(t *testing.T, path string) *directory.Dir {
	t.Helper()
	d, err := directory.Resume(path)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// commit logs a step in both logs.
func commit(t *testing.T, d *directory.Dir, stage string, step int) {
	t.Helper()
	err := d.Commit(
		directory.Event{Stage: stage, Step: step, Generation: uint64(step/2 + 1)},
		directory.LedgerEntry{Stage: stage, Step: step, Ranks: [][]directory.ExampleID{{{"empathy", step}}, nil}},
	)
	if err != nil {
		t.Fatal(err)
	}
}

// logged is the steps of both logs, which must be the same.
// asides are what was set aside in a run directory and its checkpoints.
func asides(t *testing.T, l directory.Layout) []string {
	t.Helper()
	var all []string
	for _, dir := range []string{string(l), l.Checkpoints()} {
		for _, why := range []string{"damaged", "taken-back"} {
			found, err := filepath.Glob(filepath.Join(dir, "*."+why+"-*"))
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, found...)
		}
	}
	return all
}

func logged(t *testing.T, l directory.Layout) []string {
	t.Helper()
	var inEvents, inLedger []string
	for _, e := range events(t, l, false) {
		inEvents = append(inEvents, fmt.Sprint(e.Stage, " ", e.Step))
	}
	for _, e := range ledger(t, l, false) {
		inLedger = append(inLedger, fmt.Sprint(e.Stage, " ", e.Step))
	}
	if diff := cmp.Diff(inEvents, inLedger); diff != "" {
		t.Fatalf("the logs disagree: %s", diff)
	}
	return inEvents
}

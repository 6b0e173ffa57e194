package rundir_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringmaster/coordinator/rundir"
)

func TestLinesAreAsContracted(t *testing.T) {
	d := create(t, t.TempDir())
	defer closeDir(t, d)
	event := rundir.Event{
		Stage: "student", Step: 3, Total: 10, Generation: 2, World: 2, Lambda: 1.0 / 3, LR: 2e-5,
		Loss: map[string]float64{"empathy": 0.5, "emotion": 2}, Examples: map[string]int{"empathy": 20, "emotion": 12},
		GradNorm: 1.5, Seconds: 0.25, RingSeconds: 0.125, Time: time.Date(2026, 3, 9, 7, 5, 2, 0, time.UTC),
	}
	entry := rundir.LedgerEntry{Stage: "student", Step: 3, Ranks: [][]rundir.ExampleID{{{"empathy", 17}, {"senti\"ment", 3}}, nil}}
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

	if diff := cmp.Diff([]rundir.Event{event}, events(t, d.Layout, false)); diff != "" {
		t.Error(diff)
	}
	entry.Ranks[1] = []rundir.ExampleID{}
	if diff := cmp.Diff([]rundir.LedgerEntry{entry}, ledger(t, d.Layout, false)); diff != "" {
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
				if err := d.AppendLedger(rundir.LedgerEntry{Stage: fmt.Sprint(rank), Step: step}); err != nil {
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
// a resumed run appends after them.
func TestTornLastLine(t *testing.T) {
	path := t.TempDir()
	d := create(t, path)
	for step := range 3 {
		if err := d.AppendLedger(rundir.LedgerEntry{Stage: "student", Step: step, Ranks: [][]rundir.ExampleID{{{"empathy", step}}}}); err != nil {
			t.Fatal(err)
		}
	}
	closeDir(t, d)
	whole := read(t, d.Ledger())
	for cut := range len(whole) + 1 {
		write(t, d.Ledger(), whole[:cut])
		complete := strings.Count(whole[:cut], "\n")
		torn := cut > 0 && whole[cut-1] != '\n'
		if got := len(ledger(t, d.Layout, torn)); got != complete {
			t.Fatalf("cut at %d: %d entries, want %d", cut, got, complete)
		}
		again, err := rundir.Resume(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := again.AppendLedger(rundir.LedgerEntry{Stage: "student", Step: 99}); err != nil {
			t.Fatal(err)
		}
		closeDir(t, again)
		got := ledger(t, d.Layout, false)
		if len(got) != complete+1 || got[complete].Step != 99 {
			t.Fatalf("cut at %d: resumed ledger is %v", cut, got)
		}
	}
}

func TestTornLineLongerThanABlock(t *testing.T) {
	path := t.TempDir()
	d := create(t, path)
	if err := d.AppendEvent(rundir.Event{Step: 1}); err != nil {
		t.Fatal(err)
	}
	closeDir(t, d)
	write(t, d.Events(), read(t, d.Events())+strings.Repeat("x", 200<<10))
	again, err := rundir.Resume(path)
	if err != nil {
		t.Fatal(err)
	}
	closeDir(t, again)
	if n := len(events(t, d.Layout, false)); n != 1 {
		t.Errorf("%d events, want 1", n)
	}
}

func TestDamagedLineIsNamed(t *testing.T) {
	d := create(t, t.TempDir())
	defer closeDir(t, d)
	write(t, d.Ledger(), `{"stage":"s","step":0,"ranks":[]}`+"\n"+`{"stage":"s","step":1,"ranks":[[["a"]]]}`+"\n")
	_, err := d.ReadLedger(func(rundir.LedgerEntry) error { return nil })
	if !errors.Is(err, rundir.ErrDamaged) || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("got %v", err)
	}
	stop := errors.New("enough")
	if _, err := d.ReadLedger(func(rundir.LedgerEntry) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("visit's error was lost: %v", err)
	}
}

func TestNotANumberIsRefusedAndLeavesNoTrace(t *testing.T) {
	d := create(t, t.TempDir())
	defer closeDir(t, d)
	if err := d.AppendEvent(rundir.Event{Loss: map[string]float64{"empathy": math.NaN()}}); err == nil {
		t.Error("a loss of NaN was written")
	}
	if err := d.AppendEvent(rundir.Event{Step: 7}); err != nil {
		t.Fatal(err)
	}
	if got := events(t, d.Layout, false); len(got) != 1 || got[0].Step != 7 {
		t.Errorf("events are %v", got)
	}
}

// A log of a run that has not started is empty, not an error.
func TestReadingNothing(t *testing.T) {
	l := rundir.Layout(t.TempDir())
	if n := len(events(t, l, false)); n != 0 {
		t.Errorf("%d events", n)
	}
}

func BenchmarkAppendLedger(b *testing.B) {
	d, err := rundir.Create(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	defer d.Close()
	entry := rundir.LedgerEntry{Stage: "student", Ranks: make([][]rundir.ExampleID, 2)}
	for i := range 32 {
		entry.Ranks[i%2] = append(entry.Ranks[i%2], rundir.ExampleID{Task: "empathy", Row: i})
	}
	for b.Loop() {
		if err := d.AppendLedger(entry); err != nil {
			b.Fatal(err)
		}
	}
}

func events(t *testing.T, l rundir.Layout, wantTorn bool) []rundir.Event {
	t.Helper()
	return collect(t, l.ReadEvents, wantTorn)
}

func ledger(t *testing.T, l rundir.Layout, wantTorn bool) []rundir.LedgerEntry {
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

package directory_test

import (
	"bufio"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"ringmaster/run/directory"
)

// run is 3 steps of each of two teachers and 4 of the student, and their names.
func run(t *testing.T) (d *directory.Dir, steps []string) {
	t.Helper()
	d = create(t, t.TempDir())
	for _, stage := range []string{"teacher/a", "teacher/b", "student"} {
		n := 3
		if stage == "student" {
			n = 4
		}
		for step := range n {
			commit(t, d, stage, step)
			steps = append(steps, fmt.Sprint(stage, " ", step))
		}
	}
	return d, steps
}

func TestCommittedIsWhatStandsInBothLogs(t *testing.T) {
	d := create(t, t.TempDir())
	defer closeDir(t, d)
	if stage, steps, generation, err := d.Committed(); stage != "" || steps != 0 || generation != 0 || err != nil {
		t.Errorf("of nothing: %q %d %d %v", stage, steps, generation, err)
	}
	commit(t, d, "teacher/a", 0)
	for step := range 3 {
		commit(t, d, "student", step)
	}
	if err := d.AppendLedger(directory.LedgerEntry{Stage: "student", Step: 3}); err != nil {
		t.Fatal(err)
	}
	if stage, steps, generation, err := d.Committed(); stage != "student" || steps != 3 || generation != 2 || err != nil {
		t.Errorf("%q %d %d %v", stage, steps, generation, err)
	}
}

func TestTruncateTo(t *testing.T) {
	for _, c := range []struct {
		stage string
		steps int
		left  int // lines
	}{
		{"student", 4, 10}, {"student", 2, 8}, {"student", 0, 6},
		{"teacher/b", 3, 6}, {"teacher/b", 1, 4}, {"teacher/b", 0, 3},
		{"teacher/a", 1, 1}, {"teacher/a", 0, 0}, {"evaluate", 0, 10},
	} {
		t.Run(fmt.Sprint(c.stage, " ", c.steps), func(t *testing.T) {
			d, steps := run(t)
			defer closeDir(t, d)
			if err := d.TruncateTo(c.stage, c.steps); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(steps[:c.left], logged(t, d.Layout), cmpEmpty); diff != "" {
				t.Fatal(diff)
			}
			commit(t, d, c.stage, c.steps) // the next line stands right behind
			if got := logged(t, d.Layout); len(got) != c.left+1 {
				t.Errorf("%v", got)
			}
		})
	}
}

var cmpEmpty = cmp.Transformer("empty", func(s []string) string { return strings.Join(s, "|") })

func TestTruncateToWhatIsNotThereLeavesTheLogsAlone(t *testing.T) {
	d, steps := run(t)
	defer closeDir(t, d)
	for stage, n := range map[string]int{"student": 5, "teacher/a": 4, "evaluate": 1} {
		if err := d.TruncateTo(stage, n); !errors.Is(err, directory.ErrTooFar) {
			t.Errorf("%s, %d steps: %v", stage, n, err)
		}
	}
	if diff := cmp.Diff(steps, logged(t, d.Layout)); diff != "" {
		t.Error(diff)
	}
}

// Either log is cut at any byte. Resuming leaves every step that one of them has, but for a
// last one that the ledger alone has, which a kill in the middle of a commit leaves; and no
// whole line is lost.
func TestResumeMakesTheLogsAgree(t *testing.T) {
	d, steps := run(t)
	closeDir(t, d)
	files := map[string]string{d.Events(): read(t, d.Events()), d.Ledger(): read(t, d.Ledger())}
	rapid.Check(t, func(rt *rapid.T) {
		has := map[string]int{}
		for _, path := range slices.Sorted(func(yield func(string) bool) {
			for p := range files {
				if !yield(p) {
					return
				}
			}
		}) {
			cut := rapid.IntRange(0, len(files[path])).Draw(rt, "cut")
			write(t, path, files[path][:cut])
			has[path] = strings.Count(files[path][:cut], "\n")
		}
		lines := max(has[d.Events()], has[d.Ledger()])
		if has[d.Ledger()] == has[d.Events()]+1 {
			lines = has[d.Events()]
		}
		again := resume(t, string(d.Layout))
		stage, n, _, err := again.Committed()
		closeDir(t, again)
		if err != nil {
			rt.Fatal(err)
		}
		if diff := cmp.Diff(steps[:lines], logged(t, d.Layout), cmpEmpty); diff != "" {
			rt.Fatal(diff)
		}
		for i, e := range events(t, d.Layout, false) {
			if e.Lost != (i >= has[d.Events()]) {
				rt.Fatalf("event %d: lost %v, of %d", i, e.Lost, has[d.Events()])
			}
		}
		for i, e := range ledger(t, d.Layout, false) {
			if e.Lost != (i >= has[d.Ledger()]) {
				rt.Fatalf("entry %d: lost %v, of %d", i, e.Lost, has[d.Ledger()])
			}
		}
		if lines > 0 && steps[lines-1] != fmt.Sprint(stage, " ", n-1) {
			rt.Fatalf("%d steps of %s, the last line is %s", n, stage, steps[lines-1])
		}
	})
}

// Logs of which neither is a beginning of the other were not left by a crash. Every step that
// one of them has stays, what is lost is said, and the files stand aside as they were.
func TestLogsThatWereHarmedAreFilledUp(t *testing.T) {
	without := func(text string, line int) string {
		lines := strings.SplitAfter(text, "\n")
		return strings.Join(slices.Delete(lines, line, line+1), "")
	}
	for name, c := range map[string]struct {
		harm                   func(d *directory.Dir)
		lostEvents, lostLedger int
	}{
		"a line taken out of one": {func(d *directory.Dir) { write(t, d.Ledger(), without(read(t, d.Ledger()), 4)) }, 0, 1},
		"a line taken out of both": {func(d *directory.Dir) {
			write(t, d.Ledger(), without(read(t, d.Ledger()), 4))
			write(t, d.Events(), without(read(t, d.Events()), 4))
		}, 1, 1},
		"a line that is none": {func(d *directory.Dir) { write(t, d.Events(), "{\"stage\":\n"+read(t, d.Events())) }, 0, 0},
		"a line without step": {func(d *directory.Dir) { write(t, d.Events(), "{}\n"+read(t, d.Events())) }, 0, 0},
		"a number that grew": {func(d *directory.Dir) {
			write(t, d.Events(), strings.Replace(read(t, d.Events()), `"student","step":2`, `"student","step":92`, 1))
		}, 1, 0},
		"a number that grew at the end": {func(d *directory.Dir) {
			write(t, d.Events(), strings.Replace(read(t, d.Events()), `"student","step":3`, `"student","step":1000000003`, 1))
		}, 1, 0},
		"no events":       {func(d *directory.Dir) { remove(t, d.Events()) }, 10, 0},
		"no ledger":       {func(d *directory.Dir) { remove(t, d.Ledger()) }, 0, 10},
		"empty events":    {func(d *directory.Dir) { write(t, d.Events(), "") }, 10, 0},
		"a binary ledger": {func(d *directory.Dir) { write(t, d.Ledger(), strings.Repeat("\x00", 4000)) }, 0, 10},
		"the first teacher": {func(d *directory.Dir) {
			write(t, d.Events(), strings.Join(strings.SplitAfter(read(t, d.Events()), "\n")[3:], ""))
		}, 3, 0},
		"each another part": {func(d *directory.Dir) {
			write(t, d.Events(), strings.Join(strings.SplitAfter(read(t, d.Events()), "\n")[2:], ""))
			write(t, d.Ledger(), strings.Join(strings.SplitAfter(read(t, d.Ledger()), "\n")[:8], ""))
		}, 2, 2},
	} {
		t.Run(name, func(t *testing.T) {
			d, steps := run(t)
			closeDir(t, d)
			c.harm(d)
			var before []string
			for _, path := range []string{d.Events(), d.Ledger()} {
				if text, err := os.ReadFile(path); err == nil {
					before = append(before, string(text))
				}
			}
			again := resume(t, string(d.Layout))
			defer closeDir(t, again)
			if diff := cmp.Diff(steps, logged(t, d.Layout)); diff != "" {
				t.Fatal(diff)
			}
			var lost, lostEntries int
			for _, e := range events(t, d.Layout, false) {
				if e.Lost {
					lost++
				}
			}
			for _, e := range ledger(t, d.Layout, false) {
				if e.Lost {
					lostEntries++
				}
			}
			if lost != c.lostEvents || lostEntries != c.lostLedger || len(again.Mended()) == 0 {
				t.Errorf("%d events and %d entries are lost, want %d and %d; said %q", lost, lostEntries, c.lostEvents, c.lostLedger, again.Mended())
			}
			for _, aside := range asides(t, d.Layout) {
				if !slices.Contains(before, read(t, aside)) {
					t.Errorf("%s is not as it was", aside)
				}
			}
			commit(t, again, "student", 4)
		})
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}

// A whole checkpoint ahead of the logs says that its steps were done: they are lost from the
// logs and not from the run. One that is damaged, or was taken back, says nothing.
func TestACheckpointAheadOfTheLogsCounts(t *testing.T) {
	for name, c := range map[string]struct {
		harm func(d *directory.Dir, c directory.Checkpoint)
		want int
	}{
		"whole":   {func(*directory.Dir, directory.Checkpoint) {}, 6},
		"damaged": {func(_ *directory.Dir, c directory.Checkpoint) { harm(t, c) }, 4},
		"taken back": {func(d *directory.Dir, _ directory.Checkpoint) {
			back := directory.Entry{RolledBack: &directory.RolledBack{Stage: "student", To: 4}}
			if err := d.Record(back); err != nil {
				t.Fatal(err)
			}
		}, 4},
	} {
		t.Run(name, func(t *testing.T) {
			d, _ := run(t)
			cp := save(t, directory.OpenCheckpoints(d.Checkpoints()), "student", 6, -1, keepAll)
			c.harm(d, cp)
			closeDir(t, d)
			again := resume(t, string(d.Layout))
			defer closeDir(t, again)
			if stage, n, _, err := again.Committed(); stage != "student" || n != c.want || err != nil {
				t.Errorf("%d steps of %s (%v), want %d", n, stage, err, c.want)
			}
		})
	}
}

// The coordinator died after it decided to go back, before or while the logs were cut.
func TestResumeFinishesGoingBack(t *testing.T) {
	for name, cut := range map[string]func(d *directory.Dir) error{
		"before": func(*directory.Dir) error { return nil },
		"after":  func(d *directory.Dir) error { return d.TruncateTo("student", 1) },
		"more was lost": func(d *directory.Dir) error {
			return d.TruncateTo("student", 0)
		},
	} {
		t.Run(name, func(t *testing.T) {
			d, steps := run(t)
			if err := errors.Join(d.Record(directory.Entry{RolledBack: &directory.RolledBack{Stage: "student", To: 1}}), cut(d), d.Close()); err != nil {
				t.Fatal(err)
			}
			left := 7
			if name == "more was lost" {
				left = 6
			}
			again := resume(t, string(d.Layout))
			if diff := cmp.Diff(steps[:left], logged(t, d.Layout)); diff != "" {
				t.Error(diff)
			}
			// Once the stage has begun anew, its new steps stay.
			if err := again.Record(directory.Entry{StageBegun: &directory.StageBegun{Name: "student", From: 1}}); err != nil {
				t.Fatal(err)
			}
			for step := left - 6; step < 3; step++ {
				commit(t, again, "student", step)
			}
			closeDir(t, again)
			closeDir(t, resume(t, string(d.Layout)))
			if diff := cmp.Diff(steps[:9], logged(t, d.Layout)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A commit that does not fit on the disk is in neither log, and the next one finds both in
// order. The limit on a file's size stands for the disk: it fails the larger line only.
func TestCommitIsInBothLogsOrNeither(t *testing.T) {
	d := create(t, t.TempDir())
	defer closeDir(t, d)
	for _, bad := range []directory.Event{
		{Stage: "student", Step: 0, Loss: map[string]float64{"a": math.NaN()}},
		{Stage: "student", Step: 1},
		{Stage: "teacher/a", Step: 0},
	} {
		if err := d.Commit(bad, directory.LedgerEntry{Stage: "student", Step: 0}); err == nil {
			t.Errorf("%+v was committed", bad)
		}
	}
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		t.Fatal(err)
	}
	commit(t, d, "student", 0)
	small := before
	small.Cur = uint64(len(read(t, d.Ledger()))) + 120
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &small); err != nil {
		t.Fatal(err)
	}
	err := d.Commit(directory.Event{Stage: "student", Step: 1}, directory.LedgerEntry{Stage: "student", Step: 1})
	if restored := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before); restored != nil {
		t.Fatal(restored)
	}
	if !errors.Is(err, syscall.EFBIG) {
		t.Fatalf("got %v", err)
	}
	if diff := cmp.Diff([]string{"student 0"}, logged(t, d.Layout)); diff != "" {
		t.Fatal(diff)
	}
	commit(t, d, "student", 1)
	if diff := cmp.Diff([]string{"student 0", "student 1"}, logged(t, d.Layout)); diff != "" {
		t.Error(diff)
	}
}

func BenchmarkCommittedOfAMillion(b *testing.B) {
	d, err := directory.Create(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	defer d.Close()
	million(b, d.Events(), `{"stage":"student","step":%d,"total":1000000,"generation":3,`+strings.Repeat(`"x":1234567,`, 45)+`"world":2}`)
	million(b, d.Ledger(), `{"stage":"student","step":%d,"ranks":[[`+strings.Repeat(`["empathy",1234],`, 31)+`["empathy",1]]]}`)
	for b.Loop() {
		if _, steps, _, err := d.Committed(); err != nil || steps != 1_000_000 {
			b.Fatal(steps, err)
		}
	}
}

func million(b *testing.B, path, line string) {
	b.Helper()
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	w := bufio.NewWriter(f)
	for step := range 1_000_000 {
		fmt.Fprintf(w, line+"\n", step)
	}
	if err := errors.Join(w.Flush(), f.Close()); err != nil {
		b.Fatal(err)
	}
}

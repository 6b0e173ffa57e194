package directory_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringmaster/run/directory"
)

// The closed file is a JSON array in which every bar stands in a process and a row that
// have names, at its time.
func TestTraceIsWhatTheViewersRead(t *testing.T) {
	dir, err := directory.Create(filepath.Join(t.TempDir(), "run"))
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	trace, err := dir.NewTrace()
	if err != nil {
		t.Fatal(err)
	}
	for step := range 2 {
		for rank, worker := range []string{"first", `se"cond`} {
			began := int64(1790000000000000 + 1000*step)
			err := trace.Step(rank, worker, "student", step, []directory.TraceSpan{
				{Row: "compute", Name: "forward", Began: began, Micros: 400},
				{Row: "ring", Name: "bucket 0", Began: began + 300, Micros: int64(100 + rank)},
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := trace.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(dir.Trace())
	if err != nil {
		t.Fatal(err)
	}
	var events []struct {
		Name, Ph, Cat string
		Ts, Dur       int64
		Pid, Tid      int
		Args          struct {
			Name string
			Step int
		}
	}
	if err := json.Unmarshal(text, &events); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	type row struct{ pid, tid int }
	processes, rows, bars := map[int]string{}, map[row]string{}, 0
	for _, e := range events {
		switch {
		case e.Ph == "M" && e.Name == "process_name":
			processes[e.Pid] = e.Args.Name
		case e.Ph == "M" && e.Name == "thread_name":
			rows[row{e.Pid, e.Tid}] = e.Args.Name
		case e.Ph == "X":
			bars++
			want := map[string]string{"forward": "compute", "bucket 0": "ring"}[e.Name]
			began := int64(1790000000000000 + 1000*e.Args.Step)
			if want == "ring" {
				began += 300
			}
			if got := rows[row{e.Pid, e.Tid}]; got != want || e.Ts != began || e.Cat != "student" || e.Dur < 100 {
				t.Errorf("%+v stands in row %q", e, got)
			}
		default:
			t.Errorf("unknown event %+v", e)
		}
	}
	if diff := cmp.Diff(map[int]string{0: "rank 0, first", 1: `rank 1, se"cond`}, processes); diff != "" || bars != 8 || len(rows) != 4 {
		t.Errorf("%d bars in %d rows; %s", bars, len(rows), diff)
	}
}

// Cut a closed trace at every byte, as a crash may: the resumed one is a whole array with
// the events that were whole and the new ones, in the same rows.
func TestTraceGoesOnBehindItsLastWholeEvent(t *testing.T) {
	path := t.TempDir()
	dir := create(t, path)
	bars := func(step int) []directory.TraceSpan {
		return []directory.TraceSpan{{Row: "compute", Name: "forward", Began: int64(step), Micros: 1}, {Row: "ring", Name: "sum", Began: int64(step), Micros: 1}}
	}
	one := func(step int, spans []directory.TraceSpan) {
		trace, err := dir.NewTrace()
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(trace.Step(0, "first", "student", step, spans), trace.Close()); err != nil {
			t.Fatal(err)
		}
	}
	defer closeDir(t, dir)
	one(0, bars(0))
	whole := read(t, dir.Trace())
	for cut := range len(whole) + 1 {
		write(t, dir.Trace(), whole[:cut])
		later := bars(1)
		later[0], later[1] = later[1], later[0] // the rows keep their numbers in another order
		one(1, later)
		var got []struct {
			Name, Ph string
			Tid      int
			Args     struct{ Step int }
		}
		if err := json.Unmarshal([]byte(read(t, dir.Trace())), &got); err != nil {
			t.Fatalf("cut at %d: %v\n%s", cut, err, read(t, dir.Trace()))
		}
		events, rows := 0, map[string]int{}
		for _, e := range got {
			if e.Ph != "X" {
				continue
			}
			if e.Args.Step == 0 {
				events++
			}
			if row, known := rows[e.Name]; known && row != e.Tid {
				t.Fatalf("cut at %d: %s stands in rows %d and %d", cut, e.Name, row, e.Tid)
			}
			rows[e.Name] = e.Tid
		}
		// An event is whole with its closing brace, at the end of its line.
		want := 0
		for _, line := range strings.SplitAfter(whole[:cut], "\n") {
			if strings.Contains(line, `"ph":"X"`) && json.Valid([]byte(strings.TrimRight(line, ",\n"))) {
				want++
			}
		}
		if events != want {
			t.Fatalf("cut at %d: %d bars of the first step are left, want %d", cut, events, want)
		}
	}
}

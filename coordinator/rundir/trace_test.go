package rundir_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringmaster/coordinator/rundir"
)

// The closed file is a JSON array in which every bar stands in a process and a row that
// have names, at its time.
func TestTraceIsWhatTheViewersRead(t *testing.T) {
	dir, err := rundir.Create(filepath.Join(t.TempDir(), "run"))
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
			err := trace.Step(rank, worker, "student", step, []rundir.TraceSpan{
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

//go:build linux

package chaos

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"ringmaster/chaos/recovery"
	"ringmaster/coordinator/core"
	"ringmaster/coordinator/straggler"
	"ringmaster/model/weights"
	"ringmaster/model/weights/tinybert"
	"ringmaster/run/directory"
)

func events(losses ...float64) (all []directory.Event) {
	for i, loss := range losses {
		all = append(all, directory.Event{Step: i, Generation: 1, Loss: map[string]float64{"a": loss, "b": 3 * loss}})
	}
	return all
}

func TestCurvesAreComparedByWindows(t *testing.T) {
	var flat, bumpy []float64
	for i := range 2 * window {
		flat = append(flat, 0.5)
		bumpy = append(bumpy, 0.5+0.25*float64(1-2*(i%2)))
	}
	bumpy[2*window-1] += window // one step, far off: the window's mean of both tasks is 2 higher
	if got := furthest(curve(events(flat...)), curve(events(bumpy...))); math.Abs(got-2) > 0.03 {
		t.Errorf("they are %v apart, want about 2", got)
	}
	if got := furthest(curve(events(flat...)), curve(events(flat[1:]...))); got != 0 {
		t.Errorf("a curve is %v from itself", got)
	}
	if got := furthest(curve(events(flat...)), curve(events(flat[:window]...))); !math.IsInf(got, 1) {
		t.Errorf("a shorter curve is %v away", got)
	}
}

func TestStepsAreCounted(t *testing.T) {
	sound := events(1, 2, 3)
	for _, c := range []struct {
		name  string
		spoil func() []directory.Event
		ok    bool
	}{
		{"sound", func() []directory.Event { return sound }, true},
		{"one is missing", func() []directory.Event { return sound[:2] }, false},
		{"one is there twice", func() []directory.Event { return []directory.Event{sound[0], sound[1], sound[1]} }, false},
		{"the generation falls", func() []directory.Event { e := events(1, 2, 3); e[1].Generation = 2; return e }, false},
	} {
		tr := &trial{watch: watch{events: c.spoil()}, report: Report{Steps: 3}}
		if err := tr.checkSteps(); err != nil || tr.report.Checks[1].OK != c.ok || !tr.report.Checks[0].OK {
			t.Errorf("%s: %+v, %v", c.name, tr.report.Checks, err)
		}
	}
	tr := &trial{watch: watch{events: sound, backs: []int{1, 7, 1}}, report: Report{Steps: 3}}
	if err := tr.checkSteps(); err != nil || tr.report.Checks[0].OK {
		t.Errorf("seven steps are taken back: %+v, %v", tr.report.Checks, err)
	}
}

func TestTimesAreHeldAgainstTheirGoals(t *testing.T) {
	rows := recovery.Distribution([]recovery.Sample{
		{Kinds: []string{"kill"}, Recovery: time.Second}, {Kinds: []string{"kill"}, Recovery: time.Second}, {Kinds: []string{"cut"}, Recovery: 4 * time.Second},
	})
	for _, c := range []struct {
		median, worst time.Duration
		checks        int
		ok            bool
	}{
		{time.Second, 4 * time.Second, 1, true}, {time.Second, 3 * time.Second, 1, false},
		{900 * time.Millisecond, 0, 1, false}, {0, 5 * time.Second, 1, true}, {0, 0, 0, true},
	} {
		tr := &trial{o: Options{Median: c.median, Worst: c.worst}, report: Report{Recovery: rows}}
		tr.checkTimes()
		tr.report.judge()
		if len(tr.report.Checks) != c.checks || tr.report.OK != c.ok {
			t.Errorf("goals %s and %s: %+v", c.median, c.worst, tr.report.Checks)
		}
	}
}

func TestDistanceOfModels(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, c weights.BertConfig, off float32) string {
		t.Helper()
		at, head := filepath.Join(dir, name), tinybert.Head("a", true, 32, "x", "y")
		head.Weight.Data[7] += off
		if err := tinybert.Write(at, c, head); err != nil {
			t.Fatal(err)
		}
		return at
	}
	wider := tinybert.Config(32)
	wider.IntermediateSize *= 2
	const off = 0.5
	one, same, near, wide := write("one", tinybert.Config(32), 0), write("same", tinybert.Config(32), 0), write("near", tinybert.Config(32), off), write("wide", wider, 0)
	if d, err := distance(t.Context(), one, same); err != nil || d != 0 {
		t.Errorf("a model is %v from itself, %v", d, err)
	}
	if _, err := distance(t.Context(), one, wide); err == nil {
		t.Error("models of different sizes are compared")
	}
	other, err := parameters(t.Context(), one)
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for _, numbers := range other {
		for _, x := range numbers {
			sum += float64(x) * float64(x)
		}
	}
	if d, err := distance(t.Context(), one, near); err != nil || math.Abs(d-off/math.Sqrt(sum)) > 1e-6 {
		t.Errorf("a model of length %v, changed by %v in one number, is %v away, %v", math.Sqrt(sum), off, d, err)
	}
}

// What the coordinator prints of ranks that differ and of slow links fails the verdict.
func TestReportedRanksAndLinksFailTheVerdict(t *testing.T) {
	noMajority := fmt.Errorf("%w after step 50, and no value has a majority", core.ErrDiverged)
	outvoted := &core.WorkerError{Worker: "w1", Rank: 1, Kind: core.ErrDiverged, Reason: "seen after step 50"}
	lost := &core.WorkerError{Worker: "w1", Rank: 1, Kind: core.ErrLost, Reason: "its process ended"}
	for _, c := range []struct {
		said         string
		ranks, links bool
	}{
		{"[1/1] student  3/100\n", true, true},
		{"[1/1] student\n" + straggler.Finding{Worker: "w1", Fault: straggler.Link, Right: "w2", RightRank: 1}.String() + "\n", true, false},
		{fmt.Sprintf("student: %v\n", noMajority), false, true},
		{fmt.Sprintf("[1/1] student\n%v; it is evicted\n", outvoted), false, true},
		{fmt.Sprintf("[1/1] student\n%v; it is evicted\n", lost), true, true},
	} {
		dir := t.TempDir()
		tr := &trial{fleet: &fleet{desk: &desk{dir: dir}, logs: dir, run: directory.Layout(dir)}}
		if err := os.WriteFile(tr.logFile("coordinator"), []byte(c.said), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := tr.checkNamed(); err != nil || tr.report.Checks[0].OK != c.ranks || tr.report.Checks[1].OK != c.links {
			t.Errorf("%q: %+v, %v", c.said, tr.report.Checks, err)
		}
	}
}

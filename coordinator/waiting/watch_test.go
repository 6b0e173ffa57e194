package waiting

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var start = time.Unix(1e9, 0)

// lines are what a watch says when it is asked every tenth of a second; at says what is
// waited for after so long.
func lines(w *Watch, from, to time.Duration, at func(time.Duration) Wait) (all []string) {
	for d := from; d <= to; d += 100 * time.Millisecond {
		if told, ok := w.Look(start.Add(d), at(d)); ok {
			all = append(all, told.String())
		}
	}
	return all
}

func steps(every time.Duration) func(time.Duration) Wait {
	return func(d time.Duration) Wait {
		return Wait{Kind: "step", For: "a step", From: "worker b", Mark: [2]uint64{uint64(d / every)}}
	}
}

func TestAWaitIsToldWithinFiveSecondsAndNotForEver(t *testing.T) {
	got := lines(&Watch{}, 0, 5*time.Hour, steps(24*time.Hour))
	want := []string{
		"waiting for a step (4s so far): worker b",
		"waiting for a step (1m0s so far): worker b",
		"waiting for a step (10m0s so far): worker b",
		"waiting for a step (1h0m0s so far): worker b",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// What goes on is no wait, also where it is slow; of slow steps the first is told.
func TestWhatIsUsualIsNotTold(t *testing.T) {
	if got := lines(&Watch{}, 0, time.Hour, steps(3*time.Second)); got != nil {
		t.Error(got)
	}
	if got := lines(&Watch{}, 0, time.Hour, steps(10*time.Second)); len(got) != 1 {
		t.Error(got)
	}
}

// A wait among short ones is told in time, and one long wait does not hide the next.
func TestAnUnusualWaitIsTold(t *testing.T) {
	w := &Watch{}
	lines(w, 0, 20*time.Second, steps(time.Second))
	stuck := func(time.Duration) Wait { return Wait{Kind: "step", For: "a step", Mark: [2]uint64{1000}} }
	if got := lines(w, 20*time.Second, 50*time.Second, stuck); len(got) != 1 || got[0] != "waiting for a step (4s so far)" {
		t.Error(got)
	}
	lines(w, 50*time.Second, 53*time.Second, steps(time.Second))
	stuck = func(time.Duration) Wait { return Wait{Kind: "step", For: "a step", Mark: [2]uint64{2000}} }
	if got := lines(w, 53*time.Second, 60*time.Second, stuck); len(got) != 1 {
		t.Error(got)
	}
}

func TestNothingIsNoWait(t *testing.T) {
	w := &Watch{}
	nothing := func(time.Duration) Wait { return Wait{} }
	if got := lines(w, 0, time.Hour, nothing); got != nil || w.Lasts(start.Add(time.Hour)) != 0 {
		t.Error(got)
	}
	now := start.Add(time.Hour)
	w.Look(now, Wait{Kind: "models"})
	w.Look(now.Add(time.Minute), Wait{Kind: "links"})
	w.Look(now.Add(2*time.Minute), Wait{Kind: "models"})
	if w.Usual() != time.Minute || w.Lasts(now.Add(150*time.Second)) != 30*time.Second {
		t.Error(w.Usual(), w.Lasts(now.Add(150*time.Second)))
	}
	w.Again(now.Add(140 * time.Second))
	if w.Lasts(now.Add(150*time.Second)) != 10*time.Second {
		t.Error(w.Lasts(now.Add(150 * time.Second)))
	}
}

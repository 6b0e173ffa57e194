package e2e

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The batch belongs to the run: however many workers share it, every step has the same
// examples, λ and rate, and every task's mean loss agrees but for the order of sums.
func TestOneTwoAndThreeWorkersWalkTheSamePath(t *testing.T) {
	first, _ := finishedRun(t)
	teachers, _ := teachersOf(t, first)
	for _, method := range []string{"mt", "kd-annealed"} {
		t.Run(method, func(t *testing.T) {
			d := newDesk(t)
			args := append([]string{"--set", "method=" + method, "--set", "model.dropout=0", "--set", "train.lr=3e-3", "--set", "train.steps=60"}, teachers...)
			worlds := map[int]*record{}
			for world := 1; world <= 3; world++ {
				worlds[world] = d.train(t, strconv.Itoa(world), append(args, "--workers", strconv.Itoa(world))...)
			}
			for world := 2; world <= 3; world++ {
				samePath(t, worlds[1], worlds[world], world)
			}
			learns(t, worlds[1])
		})
	}
}

// samePath compares a run with that of one worker.
func samePath(t *testing.T, one, many *record, world int) {
	t.Helper()
	events, ledger := one.stage("student")
	others, otherLedger := many.stage("student")
	if len(events) != 60 || len(others) != 60 {
		t.Fatalf("%d and %d steps, want 60", len(events), len(others))
	}
	worst := 0.0
	for i, a := range events {
		b := others[i]
		if a.World != 1 || b.World != world {
			t.Fatalf("step %d: worlds %d and %d, want 1 and %d", i, a.World, b.World, world)
		}
		if a.Lambda != b.Lambda || a.LR != b.LR {
			t.Errorf("step %d: λ %v and %v, rate %v and %v", i, a.Lambda, b.Lambda, a.LR, b.LR)
		}
		if diff := cmp.Diff(batch(ledger[i]), batch(otherLedger[i])); diff != "" {
			t.Fatalf("step %d has other examples with %d workers:\n%s", i, world, diff)
		}
		if diff := cmp.Diff(a.Examples, b.Examples); diff != "" {
			t.Fatalf("step %d counts other examples with %d workers:\n%s", i, world, diff)
		}
		allowed := 1e-4
		if i == 0 {
			allowed = 1e-6
		}
		for task, loss := range a.Loss {
			off := math.Abs(b.Loss[task]-loss) / loss
			worst = max(worst, off)
			if !(off <= allowed) {
				t.Errorf("step %d: loss of %s is %v with 1 worker, %v with %d: off by %.2g", i, task, loss, b.Loss[task], world, off)
			}
		}
	}
	t.Logf("1 and %d workers: losses differ by %.2g at most", world, worst)
}

// learns makes sure that the losses compared are not those of a model that stands still.
func learns(t *testing.T, r *record) {
	t.Helper()
	events, _ := r.stage("student")
	mean := func(from, to int) float64 {
		sum, count := 0.0, 0
		for _, e := range events[from:to] {
			for task, loss := range e.Loss {
				sum += loss * float64(e.Examples[task])
				count += e.Examples[task]
			}
		}
		return sum / float64(count)
	}
	if before, after := mean(0, 15), mean(45, 60); !(after < 0.9*before) {
		t.Errorf("the mean loss of the last 15 steps is %.3f, of the first %.3f: nothing was learned", after, before)
	}
}

// With one example a step, two of three ranks have none, and one of two tasks is absent
// from every step. Ranks' parameters are compared at the first and the last step: ranks
// that had drifted apart would have ended the run.
func TestABatchSmallerThanTheWorldRunsToItsEnd(t *testing.T) {
	d := newDesk(t)
	head, rest, _ := strings.Cut(runFile, "  - name: emotion")
	_, tail, _ := strings.Cut(rest, "\ntrain: ")
	writeFile(t, d.at("run.yaml"), head+"train: "+tail)
	r := d.train(t, "small", "--set", "method=mt", "--set", "train.batch=1", "--set", "train.steps=30", "--workers", "3")
	events, ledger := r.stage("student")
	if len(events) != 30 {
		t.Fatalf("%d steps, want 30", len(events))
	}
	tasks := map[string]int{}
	for i, e := range events {
		shares := fmt.Sprint(len(ledger[i].Ranks[0]), len(ledger[i].Ranks[1]), len(ledger[i].Ranks[2]))
		if e.World != 3 || len(batch(ledger[i])) != 1 || len(e.Loss) != 1 {
			t.Fatalf("step %d: world %d, shares %s, losses %v; want one example of one task", i, e.World, shares, e.Loss)
		}
		for task := range e.Loss {
			tasks[task]++
		}
	}
	if tasks["empathy"] == 0 || tasks["sentiment"] == 0 {
		t.Errorf("steps by task are %v, want some of each", tasks)
	}
	r.checkLedger(t, "student", r.trainingRows(t))
}

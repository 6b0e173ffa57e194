package e2e

import (
	"encoding/json"
	"flag"
	"math"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringmaster/run/directory"
)

// Where TestEveryMethodAgreesWithItsReplay leaves its runs for bench/peer/replay.py, which
// makes what the test compares with:
//
//	go test ./e2e -run Replay -args -keep DIR
//	for m in single mt kd kd-annealed; do
//	    python bench/peer/replay.py DIR/runs/$m/run --initial DIR/runs/initial/run/model \
//	        --base DIR/model --losses e2e/testdata/replayed/$m.json
//	done
var keep = flag.String("keep", "", "new folder to leave the runs in that are replayed elsewhere")

// replayed is a step of a stage as PyTorch computed it.
type replayed struct {
	Lambda, LR float64
	Examples   map[string]int
	Rows       int // the sum of the examples' row numbers
	Loss       map[string]float64
}

// Fifty steps of every method by two workers, teachers and their logits included, against an
// independent replay in PyTorch of the same batches from the same weights.
func TestEveryMethodAgreesWithItsReplay(t *testing.T) {
	dir := *keep
	if dir == "" {
		dir = t.TempDir()
	}
	d := deskIn(t, dir)
	d.run(t, d.ringmaster, "data", "split", "run.yaml", "--format", "jsonl", "--out", "parts").exits(t, 0)
	// Teachers lie beside a run's directory: a folder for each has every method train its own.
	train := func(name, method, steps, workers string) *record {
		return d.trainFile(t, "parts/run.yaml", filepath.Join(name, "run"), "--workers", workers, "--set", "method="+method,
			"--set", "train.steps="+steps, "--set", "model.dropout=0", "--set", "train.lr=3e-3",
			"--set", "train.weight_decay=0.1", "--set", "train.clip_norm=0.5")
	}
	if *keep != "" {
		train("initial", "mt", "1", "1")
	}
	for _, method := range []string{"single", "mt", "kd", "kd-annealed"} {
		t.Run(method, func(t *testing.T) {
			r := train(method, method, "50", "2")
			if *keep != "" {
				t.Skip("the runs are left for a replay, and compared with none")
			}
			agrees(t, r, filepath.Join("testdata", "replayed", method+".json"))
		})
	}
}

// agrees holds a run to its replay.
func agrees(t *testing.T, r *record, file string) {
	t.Helper()
	var stages map[string][]replayed
	if err := json.Unmarshal([]byte(readFile(t, file)), &stages); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	if got := r.stages(); len(got) != len(stages) {
		t.Fatalf("stages are %v, the replay has %d", got, len(stages))
	}
	for stage, want := range stages {
		events, ledger := r.stage(stage)
		if len(events) != len(want) || len(want) < 50 {
			t.Fatalf("%s has %d steps, its replay %d, and there should be 50", stage, len(events), len(want))
		}
		worst := 0.0
		for i, e := range events {
			worst = max(worst, agreesAt(t, e, ledger[i], want[i]))
		}
		t.Logf("%s: losses differ by %.2g at most", stage, worst)
	}
}

// agreesAt compares a step and gives the largest relative difference of its losses.
func agreesAt(t *testing.T, e directory.Event, l directory.LedgerEntry, want replayed) (worst float64) {
	t.Helper()
	rows := 0
	for _, rank := range l.Ranks {
		for _, id := range rank {
			rows += id.Row
		}
	}
	if rows != want.Rows || !cmp.Equal(e.Examples, want.Examples) {
		t.Fatalf("%s step %d has other examples than were replayed: where that is meant, make the replays again", e.Stage, e.Step)
	}
	if math.Abs(e.Lambda-want.Lambda) > 1e-12 || math.Abs(e.LR-want.LR) > 1e-12 {
		t.Errorf("%s step %d: λ %v and rate %v, replayed %v and %v", e.Stage, e.Step, e.Lambda, e.LR, want.Lambda, want.LR)
	}
	for task, loss := range want.Loss {
		off := math.Abs(e.Loss[task]-loss) / loss
		worst = max(worst, off)
		if !(off <= 1e-4) {
			t.Errorf("%s step %d: the loss of %s is %v, replayed %v: off by %.2g", e.Stage, e.Step, task, e.Loss[task], loss, off)
		}
	}
	return worst
}

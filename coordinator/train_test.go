package coordinator

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"ringmaster/config"
	"ringmaster/coordinator/job"
	"ringmaster/data"
	"ringmaster/kinds"
	"ringmaster/model/weights"
	"ringmaster/run/directory"
	"ringmaster/run/plan"
	"ringmaster/run/protocol"
	"ringmaster/run/transfer"
)

// logitsOf are a teacher's logits as these tests make them up: each names its task, its
// row and its class.
func logitsOf(task, row, classes int) []float32 {
	logits := make([]float32, classes)
	for c := range logits {
		logits[c] = float32(10000*task + 10*row + c)
	}
	return logits
}

// stageOf is a prepared stage over tasks of the given sizes; task t has t+2 classes and
// row i the number 3i+t.
func stageOf(t interface{ Fatal(...any) }, sizes []int, set plan.Settings) *trainStage {
	var tasks []*job.Task
	index := map[*job.Task]int{}
	for at, size := range sizes {
		task := &job.Task{Task: config.Task{Name: fmt.Sprintf("task%d", at)}, Corpus: &data.Corpus{}}
		for c := range at + 2 {
			task.Corpus.Classes = append(task.Corpus.Classes, fmt.Sprint(c))
		}
		var rows []job.Row
		for i := range size {
			row := job.Row{Number: 3*i + at, Gold: kinds.Gold{Class: i % (at + 2)}, IDs: []int32{2, int32(at), int32(i), 3}}
			for range i % 5 {
				row.IDs = append(row.IDs, 3)
			}
			rows = append(rows, row)
		}
		task.Train = job.RowsOf(rows)
		index[task] = at
		tasks = append(tasks, task)
	}
	s := &trainStage{
		title: "student", tasks: tasks, settings: set,
		job:   &job.Job{Run: &config.Run{}, Base: &weights.Folder{}},
		offer: func(string) (transfer.Folder, error) { return transfer.Folder{}, nil },
	}
	if set.Targets != plan.Gold {
		s.teacher = func(task *job.Task, row job.Row) ([]float32, error) {
			return logitsOf(index[task], row.Number, len(task.Corpus.Classes)), nil
		}
	}
	if _, units, err := s.prepare(); err != nil || units != s.plan.Steps() {
		t.Fatal("prepare:", units, err)
	}
	return s
}

// Every rank's orders are the global step's, cut into shares: what an example carries is
// its own row's, its teacher's logits go where it goes and nowhere else, and the divisor
// is the global batch.
func TestADealSharesTheStepOutAndNothingElse(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		sizes := rapid.SliceOfN(rapid.IntRange(1, 40), 1, 3).Draw(rt, "sizes")
		world := rapid.IntRange(1, 5).Draw(rt, "world")
		set := plan.Settings{
			Epochs: rapid.Float64Range(1, 2).Draw(rt, "epochs"), Batch: rapid.IntRange(1, 12).Draw(rt, "batch"),
			LR: 1, Warmup: 0.1, SamplingExponent: 0.75, Seed: 4,
			Targets: rapid.SampledFrom([]plan.Targets{plan.Gold, plan.Teachers, plan.Annealed}).Draw(rt, "targets"),
		}
		var active []int
		for rank := range world {
			if rapid.Bool().Draw(rt, "counts") {
				active = append(active, rank)
			}
		}
		if active == nil {
			active = []int{world - 1}
		}
		s := stageOf(rt, sizes, set)
		reference := stageOf(rt, sizes, set)
		for n := range s.plan.Steps() {
			orders, err := s.deal(n, world, active)
			if err != nil {
				rt.Fatal(err)
			}
			want, err := reference.step(n)
			if err != nil {
				rt.Fatal(err)
			}
			// Another process, that did not deal the step, says the same of it.
			_, ranks, err := reference.assigned(n, world, active)
			if err != nil {
				rt.Fatal(err)
			}
			tokens := map[int32]bool{} // of all ranks
			for _, o := range orders {
				for _, e := range o.Examples {
					for _, id := range e.IDs {
						tokens[id] = true
					}
				}
			}
			var union []int32
			if world > 1 {
				union = slices.Sorted(maps.Keys(tokens))
			}
			left := map[directory.ExampleID]int{}
			for _, d := range want.Examples {
				left[directory.ExampleID{Task: s.tasks[d.Task].Name, Row: s.tasks[d.Task].Train.Number(d.Index)}]++
			}
			if len(orders) != world {
				rt.Fatalf("%d orders for %d ranks", len(orders), world)
			}
			for rank, o := range orders {
				if o.Step != n || o.Count != len(want.Examples) || o.Lambda != want.Lambda || o.LR != want.LR {
					rt.Fatalf("rank %d has %+v of step %+v", rank, o, want)
				}
				if o.Hash != orders[0].Hash || (n == 0 || n == s.plan.Steps()-1) && !o.Hash {
					rt.Fatalf("step %d of %d, rank %d: hash asked for is %v", n, s.plan.Steps(), rank, o.Hash)
				}
				if diff := cmp.Diff(protocol.TokenSet(union), o.Tokens); diff != "" {
					rt.Fatalf("tokens of rank %d in a world of %d (-want +got):\n%s", rank, world, diff)
				}
				ledger := ranks[rank]
				if !slices.Contains(active, rank) && len(o.Examples) > 0 {
					rt.Fatalf("rank %d does not count and has %d examples", rank, len(o.Examples))
				}
				if len(ledger) != len(o.Examples) {
					rt.Fatalf("rank %d has %d examples, the ledger %d", rank, len(o.Examples), len(ledger))
				}
				for i, e := range o.Examples {
					if left[ledger[i]]--; left[ledger[i]] < 0 {
						rt.Fatalf("step %d deals %v too often, or out of turn", n, ledger[i])
					}
					if diff := cmp.Diff(s.wanted(e.Task, ledger[i]), e); diff != "" {
						rt.Fatalf("rank %d, %v (-want +got):\n%s", rank, ledger[i], diff)
					}
				}
			}
			for id, times := range left {
				if times != 0 {
					rt.Fatalf("step %d deals %v to nobody", n, id)
				}
			}
		}
	})
}

// wanted is the example of a ledger's line, put together anew.
func (s *trainStage) wanted(task int, id directory.ExampleID) protocol.Example {
	if s.tasks[task].Name != id.Task {
		return protocol.Example{Task: -1}
	}
	for i := range s.tasks[task].Train.Len() {
		if row, err := s.tasks[task].Train.At(i); err == nil && row.Number == id.Row {
			e := protocol.Example{Task: task, IDs: row.IDs, Class: row.Class}
			if s.teacher != nil {
				e.Teacher = logitsOf(task, row.Number, task+2)
			}
			return e
		}
	}
	return protocol.Example{Task: -1}
}

func TestDropoutIsItsOwnForEveryRankOfAStep(t *testing.T) {
	s := stageOf(t, []int{30, 30}, plan.Settings{Epochs: 1, Batch: 6, Seed: 4})
	seen := map[uint64]string{}
	for n := range s.plan.Steps() {
		orders, err := s.deal(n, 3, []int{0, 1, 2})
		if err != nil {
			t.Fatal(err)
		}
		for rank, o := range orders {
			here := fmt.Sprintf("step %d, rank %d", n, rank)
			if there, twice := seen[o.Seed]; twice {
				t.Errorf("%s drops as %s does", here, there)
			}
			seen[o.Seed] = here
		}
	}
}

// The values are the first eight bytes, little endian, of the SHA-256 of
//
//	dropout SEED "STAGE" STEP RANK
//
// shifted right by one, computed with Python's hashlib. Another value would change every
// run with dropout.
func TestDropoutSeedsArePinned(t *testing.T) {
	for _, c := range []struct {
		seed       uint64
		stage      string
		step, rank int
		want       uint64
	}{
		{1, "student", 0, 0, 691659118139580632},
		{3, "teacher/empathy", 7, 1, 3723226274414963491},
		{math.MaxUint64, "student", 1000000, 63, 4531952182940219124},
	} {
		if got := dropoutSeed(c.seed, c.stage, c.step, c.rank); got != c.want || got > math.MaxInt64 {
			t.Errorf("%+v: %d", c, got)
		}
	}
}

func TestATeachersLogitsAreGivenInTheTasksOrder(t *testing.T) {
	logits, err := directory.OpenTeacherStore(t.TempDir()).Open(directory.TeacherKey{Classes: 3})
	if err != nil {
		t.Fatal(err)
	}
	known, unknown := job.Row{Key: directory.RowKeyOf("a")}, job.Row{Number: 17, Key: directory.RowKeyOf("b")}
	if err := logits.Add([]directory.RowKey{known.Key}, [][]float32{{5, 6, 7}}); err != nil {
		t.Fatal(err)
	}
	teacher := &teacher{task: &job.Task{Task: config.Task{Name: "emotion"}}, logits: logits, source: job.Teacher{Match: weights.Match{Order: []int{2, 0, 1}}}}
	got, err := teacher.row(known)
	if diff := cmp.Diff([]float32{7, 5, 6}, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if _, err := teacher.row(unknown); err == nil || !strings.Contains(err.Error(), "row 17") {
		t.Errorf("a row without logits: %v", err)
	}
}

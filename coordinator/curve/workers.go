package curve

import (
	"context"
	"fmt"
	"time"

	"ringmaster/coordinator/core"
	"ringmaster/run/plan"
)

// WorkersRow is what one global step takes the coordinator with so many workers.
type WorkersRow struct {
	Workers, Batch int
	Plan           time.Duration // to draw the global batch
	Deal           time.Duration // to share it out to the ranks by length
	Core           time.Duration // all workers' signs of life and reports, the commit, the next deal
}

// rounds and trainingRows are those of each measurement.
const (
	rounds       = 15
	trainingRows = 1_000_000
)

// Workers measures a step for so many workers with texts of the global batch for each.
func Workers(ctx context.Context, workers, textsEach int) (WorkersRow, error) {
	row := WorkersRow{Workers: workers, Batch: workers * textsEach}
	stage, err := newStage(max(trainingRows, row.Batch), row.Batch)
	if err != nil {
		return row, err
	}
	calls := max(1, min(1000, 20_000/row.Batch))
	step := 0
	row.Plan, err = leastTime(rounds, min(calls, max(1, stage.Steps()/rounds)), func() error {
		_, err := stage.Step(step % stage.Steps())
		step++
		return err
	})
	if err != nil {
		return row, err
	}
	lengths := make([]int, row.Batch)
	for i := range lengths {
		lengths[i] = textLength(i)
	}
	if row.Deal, err = leastTime(rounds, calls, func() error {
		plan.Deal(lengths, workers)
		return ctx.Err()
	}); err != nil {
		return row, err
	}
	m, err := startCore(workers)
	if err != nil {
		return row, err
	}
	row.Core, err = leastTime(rounds, max(1, 2000/workers), m.step)
	return row, err
}

// newStage is a plan of three tasks with so many training rows in all.
func newStage(rows, batch int) (*plan.Stage, error) {
	return plan.NewStage(
		[]plan.Task{{Name: "empathy", Size: max(1, rows/10)}, {Name: "sentiment", Size: max(1, rows*6/10)}, {Name: "emotion", Size: max(1, rows*3/10)}},
		plan.Settings{Epochs: 100, Batch: batch, LR: 1e-4, Warmup: 0.1, SamplingExponent: 0.75, Seed: 1, Targets: plan.Annealed},
	)
}

// textLength is the length of a text in tokens: mostly remarks, and an essay among five.
func textLength(i int) int {
	spread := int(uint32(i) * 2654435761 >> 8)
	if i%5 == 0 {
		return 64 + spread%65
	}
	return 6 + spread%30
}

// machine is a core in a training stage without end.
type machine struct {
	core    *core.Machine
	workers []core.WorkerID
	next    int
}

func startCore(workers int) (*machine, error) {
	const asLongAsItTakes = time.Hour
	m := &machine{
		core: core.New(core.Config{
			Workers: workers, Min: 1, Max: workers, Ahead: 1, Setbacks: 5,
			Silence: asLongAsItTakes, Suspicion: asLongAsItTakes, Gather: asLongAsItTakes,
		}, 1),
		workers: make([]core.WorkerID, workers),
	}
	for i := range m.workers {
		m.workers[i] = core.WorkerID(fmt.Sprintf("worker-%d", i))
		m.core.Apply(core.Joined{Worker: m.workers[i]})
	}
	m.core.Apply(core.Prepared{Kind: core.Train, Units: 1 << 40})
	for _, w := range m.workers {
		m.core.Apply(core.StageReady{Worker: w, Generation: 1})
	}
	dealt := 0
	for _, w := range m.workers {
		dealt += deals(m.core.Apply(core.RingReady{Worker: w, Generation: 2, State: &core.StateID{AppliedGeneration: 1}}))
	}
	if dealt != 1 {
		return nil, fmt.Errorf("%w: a ring of %d workers was dealt %d steps", errCore, workers, dealt)
	}
	return m, nil
}

// step has every worker show that it lives and report the step that was dealt last.
func (m *machine) step() error {
	dealt, now := 0, time.Unix(0, int64(m.next))
	for _, w := range m.workers {
		m.core.Apply(core.Heard{Worker: w, At: now})
		dealt += deals(m.core.Apply(core.UnitDone{Worker: w, Generation: 2, Unit: m.next}))
	}
	if dealt != 1 {
		return fmt.Errorf("%w: %d steps were dealt after step %d", errCore, dealt, m.next)
	}
	m.next++
	return nil
}

func deals(decisions []core.Decision) (n int) {
	for _, d := range decisions {
		if _, is := d.(core.DealStep); is {
			n++
		}
	}
	return n
}

package curve

import (
	"context"

	"ringmaster/coordinator/job"
	"ringmaster/run/plan"
)

// DealRow says how equal the ranks' work is over a stage's steps, for a number of workers. Costs are in
// tokens, as workers on processors divide their texts into micro-batches; all numbers are means over the steps.
type DealRow struct {
	Workers int
	// Even and ByLength are the slowest rank's cost as a part of the mean rank's: with the texts dealt
	// in equal numbers, the longest first and back and forth; and as a run deals them.
	Even, ByLength float64
	// Slowest is the slowest rank's cost as a run deals, as a part of what it is when dealt evenly.
	Slowest float64
}

// Deal looks at the first steps of a run's last training.
func Deal(ctx context.Context, j *job.Job, workers, steps int) (DealRow, error) {
	row := DealRow{Workers: workers}
	trainings := plan.Trainings(j.Run)
	training := trainings[len(trainings)-1]
	stage, err := plan.NewStage(job.Dealt(j.Tasks), training.Settings)
	if err != nil {
		return row, err
	}
	steps = min(steps, stage.Steps())
	for n := range steps {
		if err := ctx.Err(); err != nil {
			return row, err
		}
		step, err := stage.Step(n)
		if err != nil {
			return row, err
		}
		lengths := make([]int, len(step.Examples))
		for i, d := range step.Examples {
			lengths[i] = j.Tasks[d.Task].Train.Size(d.Index)
		}
		even, evenMean := slowest(lengths, plan.EvenDeal(lengths, workers))
		own, ownMean := slowest(lengths, plan.Deal(lengths, workers))
		row.Even += even / evenMean / float64(steps)
		row.ByLength += own / ownMean / float64(steps)
		row.Slowest += own / even / float64(steps)
	}
	return row, nil
}

// slowest is what the costliest rank costs, and the mean.
func slowest(lengths []int, ranks [][]int) (most, mean float64) {
	for _, positions := range ranks {
		own := make([]int, len(positions))
		for i, p := range positions {
			own[i] = lengths[p]
		}
		cost := float64(plan.Cost(own))
		most, mean = max(most, cost), mean+cost/float64(len(ranks))
	}
	return most, mean
}

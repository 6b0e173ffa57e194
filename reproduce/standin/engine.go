package standin

import (
	"context"
	"fmt"

	"ringmaster/config"
	"ringmaster/coordinator"
	"ringmaster/coordinator/metrics"
	"ringmaster/coordinator/rundir"
	"ringmaster/data"
)

// Answer says whether the student of a run gets a row of the target right.
type Answer func(run *config.Run, part rundir.Part, row data.Example) bool

// Prepare makes a job without a model: its corpora are read, nothing is tokenised.
func Prepare(ctx context.Context, run *config.Run) (*coordinator.Job, error) {
	job := &coordinator.Job{Run: run, BaseHash: run.Model.Base}
	for i, t := range run.StudentTasks() {
		corpus, err := data.Load(ctx, run.BaseDir, t)
		if err != nil {
			return nil, err
		}
		task := &coordinator.Task{Task: t, Corpus: corpus, Train: make([]coordinator.Row, len(corpus.Train))}
		for k, e := range corpus.Train {
			task.Train[k] = coordinator.Row{Number: e.Row, Class: e.Class}
		}
		if t.Target {
			job.Target = i
		}
		job.Tasks = append(job.Tasks, task)
	}
	return job, nil
}

// Engine leaves what a run of the job would: its configuration, plan, steps, predictions
// and scores of the target.
func Engine(answer Answer) func(context.Context, *coordinator.Job, *rundir.Dir, bool) error {
	return func(_ context.Context, job *coordinator.Job, dir *rundir.Dir, _ bool) error {
		if err := dir.WriteConfig(job.Run.Write); err != nil {
			return err
		}
		if err := steps(job, dir); err != nil {
			return err
		}
		target := job.Tasks[job.Target]
		scores := metrics.TaskScores{Task: target.Name}
		var predictions []rundir.Prediction
		for part, rows := range map[rundir.Part][]data.Example{rundir.Valid: target.Corpus.Valid, rundir.Test: target.Corpus.Test} {
			said, s, err := say(target, part, rows, func(e data.Example) bool { return answer(job.Run, part, e) })
			if err != nil {
				return err
			}
			predictions = append(predictions, said...)
			if part == rundir.Valid {
				scores.Valid = s
			} else {
				scores.Test = s
			}
		}
		if err := dir.WritePredictions(predictions); err != nil {
			return err
		}
		return dir.WriteMetrics(metrics.Report{scores})
	}
}

// steps leaves a plan and three steps of a student.
func steps(job *coordinator.Job, dir *rundir.Dir) error {
	p := rundir.Plan{Taken: []string{}}
	for _, t := range job.Tasks {
		planned := rundir.PlannedTask{Name: t.Name}
		for _, row := range t.Train {
			planned.Rows = append(planned.Rows, row.Number)
		}
		p.Tasks = append(p.Tasks, planned)
	}
	if err := dir.WritePlan(p); err != nil {
		return err
	}
	const total = 3
	for step := range total {
		e := rundir.Event{Stage: "student", Step: step, Total: total, Lambda: 1, Loss: map[string]float64{}, Examples: map[string]int{}}
		if job.Run.Method == config.DistillAnn {
			e.Lambda = float64(step) / (total - 1)
		}
		for _, t := range job.Tasks {
			e.Loss[t.Name], e.Examples[t.Name] = 1/float64(step+1), 4
		}
		if err := dir.AppendEvent(e); err != nil {
			return err
		}
	}
	return nil
}

// say answers rows, right or wrong, the surer the higher the row's number.
func say(task *coordinator.Task, part rundir.Part, rows []data.Example, right func(data.Example) bool) ([]rundir.Prediction, *metrics.Scores, error) {
	classes := task.Corpus.Classes
	confusion, err := metrics.NewConfusion(classes)
	if err != nil {
		return nil, nil, err
	}
	var said []rundir.Prediction
	for _, e := range rows {
		predicted := e.Class
		if !right(e) {
			predicted = (e.Class + 1) % len(classes)
		}
		sure := 0.6 + 0.3*float64(e.Row%100)/100
		p := rundir.Prediction{Task: task.Name, Part: part, Row: e.Row, Gold: classes[e.Class], Predicted: classes[predicted]}
		for c := range classes {
			share := (1 - sure) / float64(len(classes)-1)
			if c == predicted {
				share = sure
			}
			p.Probabilities = append(p.Probabilities, share)
		}
		said = append(said, p)
		if err := confusion.Add(e.Class, predicted); err != nil {
			return nil, nil, fmt.Errorf("row %d: %w", e.Row, err)
		}
	}
	scores := confusion.Scores()
	return said, &scores, nil
}

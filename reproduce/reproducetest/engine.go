package reproducetest

import (
	"context"
	"fmt"
	"math"
	"slices"

	"ringmaster/config"
	"ringmaster/coordinator/job"
	"ringmaster/data"
	"ringmaster/kinds"
	"ringmaster/run/directory"
	"ringmaster/run/metrics"
	"ringmaster/run/plan"
)

// Answer says whether the student of a run gets a row of the target right.
type Answer func(run *config.Run, part directory.Part, row data.Example) bool

// Prepare makes a job without a model: its corpora are read, nothing is tokenised.
func Prepare(ctx context.Context, run *config.Run) (*job.Job, error) {
	if run.Method == config.MaskedLM {
		return preparePretraining(ctx, run)
	}
	j := &job.Job{Run: run, BaseHash: run.Model.Base}
	for i, t := range run.StudentTasks() {
		corpus, err := data.Load(ctx, run.BaseDir, t)
		if err != nil {
			return nil, err
		}
		rows := make([]job.Row, corpus.Train.Len())
		for k := range rows {
			e := corpus.Train.Bare(k)
			rows[k] = job.Row{Number: e.Row, Gold: job.GoldOf(e)}
		}
		task := &job.Task{Task: t, Corpus: corpus, Train: job.RowsOf(rows)}
		if t.Target {
			j.Target = i
		}
		j.Tasks = append(j.Tasks, task)
	}
	if t, ok := run.Target(); ok && run.Adapts() {
		corpus, err := data.Load(ctx, run.BaseDir, t)
		if err != nil {
			return nil, err
		}
		j.AdaptTarget = &job.Task{Task: t, Corpus: corpus}
	}
	return j, nil
}

// Engine leaves what a run of the job would: its configuration, plan, steps, predictions
// and scores of the target.
func Engine(answer Answer) func(context.Context, *job.Job, *directory.Dir, bool) error {
	return func(_ context.Context, j *job.Job, dir *directory.Dir, _ bool) error {
		if j.Masked != nil {
			return pretrain(j, dir)
		}
		if err := dir.WriteConfig(j.Run.Write); err != nil {
			return err
		}
		if err := steps(j, dir); err != nil {
			return err
		}
		learnt, judged := j.Tasks[j.Target], j.EvalTask()
		valid, v, err := say(learnt, directory.Valid, learnt.Corpus.Valid, func(e data.Example) bool { return answer(j.Run, directory.Valid, e) })
		if err != nil {
			return err
		}
		test, s, err := say(judged, directory.Test, judged.Corpus.Test, func(e data.Example) bool { return answer(j.Run, directory.Test, e) })
		if err != nil {
			return err
		}
		if err := dir.WritePredictions(slices.Values(append(valid, test...))); err != nil {
			return err
		}
		if learnt != judged {
			return dir.WriteMetrics(metrics.Report{{Task: learnt.Name, Valid: v}, {Task: judged.Name, Test: s}})
		}
		return dir.WriteMetrics(metrics.Report{{Task: judged.Name, Valid: v, Test: s}})
	}
}

// steps leaves a plan and three steps of a student.
func steps(j *job.Job, dir *directory.Dir) error {
	p := directory.Plan{Taken: []string{}}
	for _, t := range j.Tasks {
		planned := directory.PlannedTask{Name: t.Name}
		for i := range t.Train.Len() {
			planned.Rows = append(planned.Rows, t.Train.Number(i))
		}
		p.Tasks = append(p.Tasks, planned)
	}
	if err := dir.WritePlan(p); err != nil {
		return err
	}
	const total = 3
	trainings := plan.Trainings(j.Run)
	for step := range total {
		e := directory.Event{Stage: trainings[len(trainings)-1].Stage, Step: step, Total: total, Lambda: 1, Loss: map[string]float64{}, Examples: map[string]int{}}
		if j.Run.Method == config.DistillAnn {
			e.Lambda = float64(step) / (total - 1)
		}
		for _, t := range j.Tasks {
			e.Loss[t.Name], e.Examples[t.Name] = 1/float64(step+1), 4
		}
		if err := dir.AppendEvent(e); err != nil {
			return err
		}
	}
	return nil
}

// say answers rows, right or wrong, the surer the higher the row's number.
func say(task *job.Task, part directory.Part, rows data.Part, right func(data.Example) bool) ([]directory.Prediction, *metrics.Scores, error) {
	scorer, err := kinds.Of(task.Kind).NewScorer(task.Corpus.Classes, task.Positive())
	if err != nil {
		return nil, nil, err
	}
	var said []directory.Prediction
	err = rows.Each(func(_ int, e data.Example) error {
		gold, logits := job.GoldOf(e), logitsOf(task, e, right(e))
		answer := kinds.Of(task.Kind).Answer(logits, metrics.DefaultThreshold)
		p := directory.PredictionOf(task.Kind, task.Corpus.Classes, gold, answer)
		p.Task, p.Part, p.Row = task.Name, part, e.Row
		said = append(said, p)
		if err := scorer.Add(gold, logits); err != nil {
			return fmt.Errorf("row %d: %w", e.Row, err)
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	scores := scorer.Scores(metrics.DefaultThreshold)
	return said, &scores, nil
}

// logitsOf are logits that say a row's gold answer, or another one.
func logitsOf(task *job.Task, e data.Example, right bool) []float32 {
	outputs := len(task.Corpus.Classes)
	sure := 0.6 + 0.3*float64(e.Row%100)/100
	switch {
	case task.Kind.Is(config.KindValue):
		if !right {
			return []float32{float32(-e.Value)}
		}
		return []float32{float32(e.Value)}
	case task.Kind.Is(config.KindLabels):
		logits := make([]float32, outputs)
		for i := range logits {
			logits[i] = float32(math.Log((1 - sure) / sure))
			if slices.Contains(e.Set, int32(i)) == (right || i > 0) { // wrong in the first label
				logits[i] = -logits[i]
			}
		}
		return logits
	}
	predicted := e.Class
	if !right {
		predicted = (e.Class + 1) % outputs
	}
	logits := make([]float32, outputs)
	for i := range logits {
		logits[i] = float32(math.Log((1 - sure) / float64(outputs-1)))
	}
	logits[predicted] = float32(math.Log(sure))
	return logits
}

package reproduce

import (
	"context"
	"encoding/json"

	"ringmaster/config"
	"ringmaster/coordinator/job"
	"ringmaster/reproduce/experiments"
)

// jobs are the jobs made so far, one for all runs that differ in their numbers alone. A
// baseline begins with weights that are its seed's, so it has a job for each.
type jobs struct {
	prepare func(ctx context.Context, run *config.Run) (*job.Job, error)
	known   map[string]*job.Job
}

func (j *jobs) of(ctx context.Context, row experiments.Row, run *config.Run) (*job.Job, error) {
	type task struct {
		Name, Teacher string
		Kind          config.Kind
		Positive      string
		Data          config.Data
	}
	parts := []any{run.Model, run.Train.MaxLength, run.Method.NeedsTeachers()}
	if row.Arch != "" {
		parts = append(parts, run.Train.Seed)
	}
	for _, t := range run.StudentTasks() {
		parts = append(parts, task{t.Name, t.Teacher.Path, t.Kind, t.Positive, t.Data})
	}
	if t, ok := run.Target(); ok && run.Adapts() {
		parts = append(parts, task{t.Name, "", t.Kind, t.Positive, t.Data})
	}
	text, err := json.Marshal(parts)
	if err != nil {
		return nil, err
	}
	if job := j.known[string(text)]; job != nil {
		return job.With(run)
	}
	job, err := j.prepare(ctx, run)
	if err == nil {
		j.known[string(text)] = job
	}
	return job, err
}

package reproducetest

import (
	"context"
	"os"

	"ringmaster/config"
	"ringmaster/coordinator/job"
	"ringmaster/data"
	"ringmaster/run/directory"
	"ringmaster/run/metrics"
	"ringmaster/run/plan"
)

// preparePretraining makes a pretraining's job; a text is a sequence, a character a token.
func preparePretraining(ctx context.Context, run *config.Run) (*job.Job, error) {
	all := &job.Task{Task: config.Task{Name: plan.MaskedTask}, Corpus: &data.Corpus{}}
	var packed []job.Row
	j := &job.Job{Run: run, BaseHash: run.Model.Base, Tasks: []*job.Task{all}, Masked: &job.MaskedCorpora{}}
	for _, t := range run.PretrainTasks() {
		corpus, err := data.Load(ctx, run.BaseDir, t)
		if err != nil {
			return nil, err
		}
		var rows [3][]job.Row
		for i, part := range []data.Part{corpus.Train, corpus.Valid, corpus.Test} {
			if rows[i], err = sequences(part); err != nil {
				return nil, err
			}
		}
		packed = append(packed, rows[0]...)
		j.Masked.HeldOut = append(j.Masked.HeldOut, job.HeldOut{Corpus: t.Name, Valid: job.RowsOf(rows[1]), Test: job.RowsOf(rows[2])})
	}
	all.Train = job.RowsOf(packed)
	return j, nil
}

func sequences(part data.Part) ([]job.Row, error) {
	rows := make([]job.Row, part.Len())
	err := part.Each(func(i int, e data.Example) error {
		rows[i] = job.Row{Number: i, IDs: []int32(e.Text)}
		return nil
	})
	return rows, err
}

// pretrain leaves what a pretraining would; its model is a folder without anything in it, and
// each corpus's perplexity goes from 20 to 10.
func pretrain(j *job.Job, dir *directory.Dir) error {
	if err := dir.WriteConfig(j.Run.Write); err != nil {
		return err
	}
	if err := steps(j, dir); err != nil {
		return err
	}
	var all metrics.Perplexities
	for _, h := range j.Masked.HeldOut {
		c := metrics.CorpusPerplexity{Corpus: h.Corpus}
		if n := h.Valid.Len(); n > 0 {
			c.Valid = &metrics.Perplexity{Before: 20, Perplexity: 10, Masked: 3 * n, Sequences: n}
		}
		all = append(all, c)
	}
	if err := os.MkdirAll(dir.Model(), 0o755); err != nil {
		return err
	}
	return dir.WriteMetrics(all)
}

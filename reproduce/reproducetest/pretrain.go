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
	j := &job.Job{Run: run, BaseHash: run.Model.Base, Tasks: []*job.Task{all}, Masked: &job.MaskedCorpora{}}
	for _, t := range run.PretrainTasks() {
		corpus, err := data.Load(ctx, run.BaseDir, t)
		if err != nil {
			return nil, err
		}
		all.Train = append(all.Train, sequences(corpus.Train)...)
		j.Masked.HeldOut = append(j.Masked.HeldOut, job.HeldOut{
			Corpus: t.Name, Valid: sequences(corpus.Valid), Test: sequences(corpus.Test),
		})
	}
	return j, nil
}

func sequences(examples []data.Example) []job.Row {
	rows := make([]job.Row, len(examples))
	for i, e := range examples {
		rows[i] = job.Row{Number: i, IDs: []int32(e.Text)}
	}
	return rows
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
		if len(h.Valid) > 0 {
			c.Valid = &metrics.Perplexity{Before: 20, Perplexity: 10, Masked: 3 * len(h.Valid), Sequences: len(h.Valid)}
		}
		all = append(all, c)
	}
	if err := os.MkdirAll(dir.Model(), 0o755); err != nil {
		return err
	}
	return dir.WriteMetrics(all)
}

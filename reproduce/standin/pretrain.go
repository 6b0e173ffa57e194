package standin

import (
	"context"
	"os"

	"ringmaster/config"
	"ringmaster/coordinator"
	"ringmaster/data"
	"ringmaster/run/directory"
	"ringmaster/run/metrics"
	"ringmaster/run/plan"
)

// preparePretraining makes a pretraining's job; a text is a sequence, a character a token.
func preparePretraining(ctx context.Context, run *config.Run) (*coordinator.Job, error) {
	all := &coordinator.Task{Task: config.Task{Name: plan.MaskedTask}, Corpus: &data.Corpus{}}
	job := &coordinator.Job{Run: run, BaseHash: run.Model.Base, Tasks: []*coordinator.Task{all}, Masked: &coordinator.MaskedCorpora{}}
	for _, t := range run.PretrainTasks() {
		corpus, err := data.Load(ctx, run.BaseDir, t)
		if err != nil {
			return nil, err
		}
		all.Train = append(all.Train, sequences(corpus.Train)...)
		job.Masked.HeldOut = append(job.Masked.HeldOut, coordinator.HeldOut{
			Corpus: t.Name, Valid: sequences(corpus.Valid), Test: sequences(corpus.Test),
		})
	}
	return job, nil
}

func sequences(examples []data.Example) []coordinator.Row {
	rows := make([]coordinator.Row, len(examples))
	for i, e := range examples {
		rows[i] = coordinator.Row{Number: i, IDs: []int32(e.Text)}
	}
	return rows
}

// pretrain leaves what a pretraining would; its model is a folder without anything in it, and
// each corpus's perplexity goes from 20 to 10.
func pretrain(job *coordinator.Job, dir *directory.Dir) error {
	if err := dir.WriteConfig(job.Run.Write); err != nil {
		return err
	}
	if err := steps(job, dir); err != nil {
		return err
	}
	var all metrics.Perplexities
	for _, h := range job.Masked.HeldOut {
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

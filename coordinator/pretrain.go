package coordinator

import "ringmaster/run/plan"

// planPretraining lists the stages of a pretraining: how well the base tells masked tokens,
// training, and how well the trained encoder does.
func (r *coordinator) planPretraining() []stage {
	training := plan.Pretrain(r.job.Run).After(r.before)
	vocabulary := r.job.Masked.Vocabulary
	train := &trainStage{
		title: training.Stage, job: r.job, tasks: r.job.Tasks, target: r.job.Target, offer: r.offer,
		settings: training.Settings, masked: &vocabulary,
	}
	return []stage{r.perplexityBefore(), train, r.perplexityAfter()}
}

package coordinator

import (
	"ringmaster/config"
	"ringmaster/coordinator/job"
	"ringmaster/kinds"
	"ringmaster/model/softmax"
)

// combined gives what the student learns a training row's target from, as logits: those of the task's one teacher, or
// logits whose probabilities, or whose value, are the mean of several teachers'. With distill.standardize each teacher's are
// standardised first, unless the task has two classes.
func combined(teachers []*teacher, row job.Row, distill config.Distillation) ([]float32, error) {
	kind := teachers[0].task.Meaning()
	all := make([][]float32, len(teachers))
	for i, t := range teachers {
		logits, err := t.row(row)
		if err != nil {
			return nil, err
		}
		if distill.Standardize && kind.Loss(len(logits)) == kinds.CrossEntropy && len(logits) > 2 {
			logits = softmax.Standardized(logits)
		}
		all[i] = logits
	}
	if len(all) == 1 {
		return all[0], nil
	}
	temperature := distill.Temperature
	if temperature == 0 {
		temperature = 1
	}
	return kind.Mean(all, temperature), nil
}

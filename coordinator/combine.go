package coordinator

import (
	"ringmaster/config"
	"ringmaster/coordinator/job"
	"ringmaster/model/softmax"
)

// combined gives what the student learns a training row's target from, as logits: those of the task's one teacher, or
// logits whose probabilities are the mean of several teachers'. With distill.standardize each teacher's are
// standardised first, unless the task has two classes.
func combined(teachers []*teacher, row job.Row, distill config.Distillation) ([]float32, error) {
	all := make([][]float32, len(teachers))
	for i, t := range teachers {
		logits, err := t.row(row)
		if err != nil {
			return nil, err
		}
		if distill.Standardize && len(logits) > 2 {
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
	return softmax.Mean(all, temperature), nil
}

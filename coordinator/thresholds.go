package coordinator

import (
	"iter"

	"ringmaster/config"
	"ringmaster/coordinator/job"
	"ringmaster/data"
	"ringmaster/run/directory"
	"ringmaster/run/metrics"
)

// thresholdsOf are the probabilities from which labels are given, by task: of each task of kind labels the one
// that its validation rows choose. Tasks without such rows, and of other kinds, have none.
func thresholdsOf(parts []scoredPart) map[string]float64 {
	thresholds := map[string]float64{}
	for _, part := range parts {
		if part.Part == directory.Valid && part.Task.Kind.Is(config.KindLabels) {
			thresholds[part.Task.Name] = part.scorer.Threshold()
		}
	}
	return thresholds
}

// thresholdOf is the threshold of the task whose head answers.
func thresholdOf(thresholds map[string]float64, t *job.Task) float64 {
	if chosen, ok := thresholds[t.Name]; ok {
		return chosen
	}
	return metrics.DefaultThreshold
}

// keepThresholds puts the thresholds into the delivered model's folder, where predict finds them.
func (e *evaluation) keepThresholds(thresholds map[string]float64) error {
	if len(thresholds) == 0 {
		return nil
	}
	for task, threshold := range thresholds {
		e.notify("%s: a label is given from a probability of %.2f, which has the best micro F1 on the validation rows", task, threshold)
	}
	return data.WriteThresholds(e.folder(), thresholds)
}

// predictions are the lines of predictions.jsonl, one an example.
func (e *evaluation) predictions(thresholds map[string]float64) iter.Seq[directory.Prediction] {
	return func(yield func(directory.Prediction) bool) {
		for position, logits := range e.logits {
			part, row := e.row(position)
			answer := part.Task.Meaning().Answer(logits, thresholdOf(thresholds, e.job.Tasks[part.Head]))
			p := directory.PredictionOf(part.Task.Kind, part.Task.Corpus.Classes, part.Rows.Gold(row), answer)
			p.Task, p.Part, p.Row = part.Task.Name, part.Part, part.Rows.Number(row)
			if !yield(p) {
				return
			}
		}
	}
}

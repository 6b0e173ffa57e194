package coordinator

import (
	"fmt"

	"ringmaster/coordinator/job"
	"ringmaster/model/softmax"
	"ringmaster/run/directory"
	"ringmaster/run/metrics"
	"ringmaster/run/protocol"
)

// scored is a part of a task's rows in the course of the scoring.
type scored struct {
	job.EvalPart
	confusion *metrics.Confusion
	// first is where the part's rows begin in the stage's list of examples.
	first int
}

// evaluate is the stage that scores the exported student on every task's valid and
// test rows, and leaves what it said of each.
func (r *coordinator) evaluate() *inferStage {
	var parts []scored
	var partOf []int                       // of each example
	var predictions []directory.Prediction // of each example
	return &inferStage{
		title:  "evaluate",
		heads:  headsOf(r.job.Tasks),
		folder: r.dir.Model,
		offer:  r.offer,
		list: func() (examples []protocol.Example, err error) {
			if parts, err = r.partsToScore(); err != nil {
				return nil, err
			}
			for p, part := range parts {
				for _, row := range part.Rows {
					examples = append(examples, protocol.Example{Task: part.Head, IDs: row.IDs})
					partOf = append(partOf, p)
				}
			}
			predictions = make([]directory.Prediction, len(examples))
			return examples, nil
		},
		describe: func(position int) string {
			part := parts[partOf[position]]
			return fmt.Sprintf("row %d of task %s", part.Rows[position-part.first].Number, part.Task.Name)
		},
		got: func(position int, logits []float32) error {
			part := parts[partOf[position]]
			row := part.Rows[position-part.first]
			predicted, classes := softmax.Argmax(logits), part.Task.Corpus.Classes
			if err := part.confusion.Add(row.Class, predicted); err != nil {
				return err
			}
			predictions[position] = directory.Prediction{
				Task: part.Task.Name, Part: part.Part, Row: row.Number,
				Gold: classes[row.Class], Predicted: classes[predicted], Probabilities: softmax.Rounded(logits),
			}
			return nil
		},
		complete: func() error {
			r.scores = scoresOf(r.job, parts)
			// Last, since its presence says that the run is scored.
			if err := r.dir.WritePredictions(predictions); err != nil {
				return err
			}
			return r.dir.WriteMetrics(r.scores)
		},
	}
}

// partsToScore lists what the run scores, with an empty confusion matrix each.
func (r *coordinator) partsToScore() (parts []scored, err error) {
	first := 0
	for _, part := range r.job.EvalParts(r.opts.TargetOnly) {
		confusion, err := part.Task.Confusion()
		if err != nil {
			return nil, err
		}
		parts = append(parts, scored{EvalPart: part, confusion: confusion, first: first})
		first += len(part.Rows)
	}
	return parts, nil
}

// scoresOf are the parts' scores, task by task.
func scoresOf(j *job.Job, parts []scored) (report metrics.Report) {
	for _, part := range parts {
		if n := len(report); n == 0 || report[n-1].Task != part.Task.Name {
			report = append(report, metrics.TaskScores{Task: part.Task.Name})
		}
		s, scores := &report[len(report)-1], part.confusion.Scores()
		if p := part.Task.Corpus.Report.Positive; p != nil {
			scores.PositiveBecause = p.Why
		}
		scores.Untaught = j.Tasks[part.Head].Corpus.Report.Untaught()
		if part.Part == directory.Valid {
			s.Valid = &scores
		} else {
			s.Test = &scores
		}
	}
	return report
}

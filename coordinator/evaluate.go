package coordinator

import (
	"fmt"
	"math"

	"ringmaster/run/directory"
	"ringmaster/run/metrics"
	"ringmaster/run/protocol"
)

// scored is a part of a task's rows in the course of the scoring.
type scored struct {
	task      *Task
	index     int // of the head in the job
	part      directory.Part
	rows      []Row
	confusion *metrics.Confusion
	// first is where the part's rows begin in the stage's list of examples.
	first int
}

// evaluate is the stage that scores the exported student on every task's valid and
// test rows, and leaves what it said of each.
func (r *running) evaluate() *inferStage {
	var parts []scored
	var partOf []int                       // of each example
	var predictions []directory.Prediction // of each example
	return &inferStage{
		title:  "evaluate",
		heads:  headsOf(r.job.Tasks),
		folder: r.dir.Model,
		offer:  r.offer,
		list: func() (examples []protocol.Example, err error) {
			if parts, err = r.job.scored(r.opts.TargetOnly); err != nil {
				return nil, err
			}
			for p, part := range parts {
				for _, row := range part.rows {
					examples = append(examples, protocol.Example{Task: part.index, IDs: row.IDs})
					partOf = append(partOf, p)
				}
			}
			predictions = make([]directory.Prediction, len(examples))
			return examples, nil
		},
		describe: func(position int) string {
			part := parts[partOf[position]]
			return fmt.Sprintf("row %d of task %s", part.rows[position-part.first].Number, part.task.Name)
		},
		got: func(position int, logits []float32) error {
			part := parts[partOf[position]]
			row := part.rows[position-part.first]
			predicted, classes := argmax(logits), part.task.Corpus.Classes
			if err := part.confusion.Add(row.Class, predicted); err != nil {
				return err
			}
			predictions[position] = directory.Prediction{
				Task: part.task.Name, Part: part.part, Row: row.Number,
				Gold: classes[row.Class], Predicted: classes[predicted], Probabilities: softmax(logits),
			}
			return nil
		},
		complete: func() error {
			r.scores = r.job.scoresOf(parts)
			// Last, since its presence says that the run is scored.
			if err := r.dir.WritePredictions(predictions); err != nil {
				return err
			}
			return r.dir.WriteMetrics(r.scores)
		},
	}
}

// scored lists the parts that have rows, the valid part of a task before its test part. Of a
// target elsewhere the validation rows have no say, and are not asked about.
func (j *Job) scored(targetOnly bool) (parts []scored, err error) {
	var all []scored
	for i, task := range j.Tasks {
		if targetOnly && i != j.Target {
			continue
		}
		all = append(all, scored{task: task, index: i, part: directory.Valid, rows: task.Valid})
		if !targetOnly || j.Elsewhere == nil {
			all = append(all, scored{task: task, index: i, part: directory.Test, rows: task.Test})
		}
	}
	if t := j.Elsewhere; t != nil { // the source's head answers
		all = append(all, scored{task: t, index: j.Target, part: directory.Test, rows: t.Test})
	}
	first := 0
	for _, part := range all {
		if len(part.rows) == 0 {
			continue
		}
		if part.confusion, err = part.task.Confusion(); err != nil {
			return nil, err
		}
		part.first = first
		first += len(part.rows)
		parts = append(parts, part)
	}
	return parts, nil
}

// scoresOf are the parts' scores, task by task.
func (j *Job) scoresOf(parts []scored) (report metrics.Report) {
	for _, part := range parts {
		if n := len(report); n == 0 || report[n-1].Task != part.task.Name {
			report = append(report, metrics.TaskScores{Task: part.task.Name})
		}
		s, scores := &report[len(report)-1], part.confusion.Scores()
		if p := part.task.Corpus.Report.Positive; p != nil {
			scores.PositiveBecause = p.Why
		}
		scores.Untaught = j.Tasks[part.index].Corpus.Report.Untaught()
		if part.part == directory.Valid {
			s.Valid = &scores
		} else {
			s.Test = &scores
		}
	}
	return report
}

// Confusion is an empty matrix over the task's classes, judged by its positive class.
func (t *Task) Confusion() (*metrics.Confusion, error) {
	c, err := metrics.NewConfusion(t.Corpus.Classes)
	if err != nil {
		return nil, err
	}
	return c, c.JudgeBy(t.positive())
}

// positive is the class that a task of two is judged by; empty for others.
func (t *Task) positive() string {
	if p := t.Corpus.Report.Positive; p != nil {
		return p.Class
	}
	return ""
}

// argmax is the index of the largest logit, the first of equals.
func argmax(logits []float32) int {
	best := 0
	for i, l := range logits {
		if l > logits[best] {
			best = i
		}
	}
	return best
}

// softmax gives probabilities, with seven digits, as float32 has them.
func softmax(logits []float32) []float64 {
	p := make([]float64, len(logits))
	largest, sum := logits[argmax(logits)], 0.0
	for i, l := range logits {
		p[i] = math.Exp(float64(l - largest))
		sum += p[i]
	}
	for i := range p {
		p[i] = math.Round(p[i]/sum*1e7) / 1e7
	}
	return p
}

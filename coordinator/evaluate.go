package coordinator

import (
	"fmt"

	"ringmaster/coordinator/job"
	"ringmaster/kinds"
	"ringmaster/run/directory"
	"ringmaster/run/metrics"
	"ringmaster/run/protocol"
)

// evaluation scores the exported student on every task's valid and test rows, and leaves what
// the student predicted for each.
type evaluation struct {
	*pipeline
	parts  []scoredPart
	partOf []int       // of each example
	logits [][]float32 // of each example
}

// scoredPart is a part of a task's rows in the course of the scoring.
type scoredPart struct {
	job.EvalPart
	scorer kinds.Scorer
	// first is where the part's rows begin in the stage's list of examples.
	first int
}

func (p *pipeline) evaluate() *inferStage {
	return &inferStage{title: "evaluate", heads: headsOf(p.job.Tasks), offer: p.offer, inference: &evaluation{pipeline: p}}
}

func (e *evaluation) folder() string { return e.dir.Model() }

func (e *evaluation) list() (sizes []int, err error) {
	if e.parts, err = e.partsToScore(); err != nil {
		return nil, err
	}
	for p, part := range e.parts {
		for i := range part.Rows.Len() {
			sizes = append(sizes, part.Rows.Size(i))
			e.partOf = append(e.partOf, p)
		}
	}
	e.logits = make([][]float32, len(sizes))
	return sizes, nil
}

func (e *evaluation) example(position int) (protocol.Example, error) {
	part, i := e.row(position)
	row, err := part.Rows.At(i)
	return protocol.Example{Task: part.Head, IDs: row.IDs, Second: row.Second}, err
}

func (e *evaluation) head(position int) int { return e.parts[e.partOf[position]].Head }

// partsToScore lists what the run scores, with a scorer each.
func (e *evaluation) partsToScore() (parts []scoredPart, err error) {
	first := 0
	for _, part := range e.job.EvalParts(e.opts.TargetOnly, e.opts.NoTest) {
		scorer, err := part.Task.Scorer()
		if err != nil {
			return nil, err
		}
		parts = append(parts, scoredPart{EvalPart: part, scorer: scorer, first: first})
		first += part.Rows.Len()
	}
	return parts, nil
}

// row is the part that an example is in, and its place there.
func (e *evaluation) row(position int) (scoredPart, int) {
	part := e.parts[e.partOf[position]]
	return part, position - part.first
}

func (e *evaluation) describe(position int) string {
	part, row := e.row(position)
	return fmt.Sprintf("row %d of task %s", part.Rows.Number(row), part.Task.Name)
}

func (e *evaluation) add(position int, logits []float32) error {
	part, row := e.row(position)
	if err := part.scorer.Add(part.Rows.Gold(row), logits); err != nil {
		return err
	}
	// What is predicted depends on thresholds that all validation rows choose: complete makes the line.
	e.logits[position] = logits
	return nil
}

// flush has nothing to keep: a part of the scores is of no use.
func (e *evaluation) flush() error { return nil }

func (e *evaluation) complete() error {
	thresholds := thresholdsOf(e.parts)
	e.scores = scoresOf(e.job, e.parts, thresholds)
	if err := e.keepThresholds(thresholds); err != nil {
		return err
	}
	// The scores last: their presence says that the run is scored.
	if err := e.dir.WritePredictions(e.predictions(thresholds)); err != nil {
		return err
	}
	return e.dir.WriteMetrics(e.scores)
}

// recall has nothing to look for: no stage comes after this one.
func (e *evaluation) recall() error { return nil }

// scoresOf are the parts' scores, task by task.
func scoresOf(j *job.Job, parts []scoredPart, thresholds map[string]float64) (report metrics.Report) {
	for _, part := range parts {
		if n := len(report); n == 0 || report[n-1].Task != part.Task.Name {
			report = append(report, metrics.TaskScores{Task: part.Task.Name})
		}
		s, scores := &report[len(report)-1], part.scorer.Scores(thresholdOf(thresholds, j.Tasks[part.Head]))
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

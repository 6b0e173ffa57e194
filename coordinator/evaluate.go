package coordinator

import (
	"ringmaster/coordinator/metrics"
	"ringmaster/coordinator/protocol"
)

// evaluate is the stage that scores the exported student on every task's valid and
// test rows.
func (r *running) evaluate() *inferStage {
	type place struct {
		confusion *metrics.Confusion
		gold      int
	}
	var places []place
	confusions := make([][2]*metrics.Confusion, len(r.job.Tasks)) // valid, test
	return &inferStage{
		title:  "evaluate",
		heads:  headsOf(r.job.Tasks),
		folder: r.dir.Model,
		offer:  r.offer,
		list: func() (examples []protocol.Example, err error) {
			for t, task := range r.job.Tasks {
				for part, rows := range [][]Row{task.Valid, task.Test} {
					if len(rows) == 0 {
						continue
					}
					if confusions[t][part], err = metrics.NewConfusion(task.Corpus.Classes); err != nil {
						return nil, err
					}
					for _, row := range rows {
						examples = append(examples, protocol.Example{Task: t, IDs: row.IDs})
						places = append(places, place{confusions[t][part], row.Class})
					}
				}
			}
			return examples, nil
		},
		got: func(position int, logits []float32) error {
			return places[position].confusion.Add(places[position].gold, argmax(logits))
		},
		complete: func() error {
			for t, task := range r.job.Tasks {
				r.scores = append(r.scores, metrics.TaskScores{
					Task: task.Name, Valid: scores(confusions[t][0]), Test: scores(confusions[t][1]),
				})
			}
			return r.dir.WriteMetrics(r.scores)
		},
	}
}

func scores(c *metrics.Confusion) *metrics.Scores {
	if c == nil {
		return nil
	}
	s := c.Scores()
	return &s
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

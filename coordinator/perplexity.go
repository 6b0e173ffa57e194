package coordinator

import (
	"fmt"
	"math"

	"ringmaster/coordinator/job"
	"ringmaster/data/mlm"
	"ringmaster/run/metrics"
	"ringmaster/run/protocol"
)

// perplexityBefore scores the base on the held-out sequences.
func (r *coordinator) perplexityBefore() *inferStage {
	s := r.perplexity("before", func() string { return r.job.Base.Dir }, (*metrics.Perplexity).SetBefore)
	score := s.complete
	s.complete = func() error {
		if err := score(); err != nil {
			return err
		}
		return r.dir.WriteBefore(r.perplexities)
	}
	s.found = func() (err error) {
		if len(r.heldOut()) == 0 {
			return nil
		}
		r.perplexities, err = r.dir.ReadBefore()
		return err
	}
	return s
}

// perplexityAfter scores the pretrained encoder on the same sequences, masked the same, and
// writes both down.
func (r *coordinator) perplexityAfter() *inferStage {
	s := r.perplexity("after", r.dir.Model, (*metrics.Perplexity).SetAfter)
	score := s.complete
	s.complete = func() error {
		if err := score(); err != nil {
			return err
		}
		return r.dir.WriteMetrics(r.perplexities)
	}
	return s
}

// heldOutPart is a part of a corpus that is not trained on.
type heldOutPart struct {
	corpus int
	test   bool
	rows   []job.Row
}

func (r *coordinator) heldOut() []heldOutPart {
	var parts []heldOutPart
	for i, h := range r.job.Masked.HeldOut {
		for part, rows := range [][]job.Row{h.Valid, h.Test} {
			if len(rows) > 0 {
				parts = append(parts, heldOutPart{i, part == 1, rows})
			}
		}
	}
	return parts
}

// perplexity asks a masked language model for its losses on the held-out sequences. What is
// masked of them is a choice of its own, the same for every model.
func (r *coordinator) perplexity(title string, folder func() string, set func(*metrics.Perplexity, float64)) *inferStage {
	parts := r.heldOut()
	sums := make([]float64, len(parts))
	masked := make([]int, len(parts))
	var partOf []int // by example
	return &inferStage{
		title: "perplexity/" + title, heads: headsOf(r.job.Tasks), folder: folder, offer: r.offer, seed: &r.job.Run.Train.Seed,
		list: func() (examples []protocol.Example, err error) {
			for p, part := range parts {
				for _, row := range part.rows {
					key := mlm.Key{Seed: r.job.Run.Train.Seed, Epoch: heldOutEpoch - p, Row: row.Number}
					m := mlm.Mask(row.IDs, r.job.Masked.Vocabulary, key)
					examples = append(examples, protocol.Example{IDs: m.IDs, Masked: m.Positions, Words: m.Words})
					partOf = append(partOf, p)
					masked[p] += len(m.Positions)
				}
			}
			return examples, nil
		},
		describe: func(position int) string {
			return fmt.Sprintf("a sequence of %s", r.job.Masked.HeldOut[parts[partOf[position]].corpus].Corpus)
		},
		got: func(position int, answer []float32) error {
			if len(answer) != 1 || math.IsNaN(float64(answer[0])) {
				return fmt.Errorf("a sequence came back with the loss %v", answer)
			}
			sums[partOf[position]] += float64(answer[0])
			return nil
		},
		complete: func() error {
			all := r.perplexities
			if all == nil {
				for _, h := range r.job.Masked.HeldOut {
					all = append(all, metrics.CorpusPerplexity{Corpus: h.Corpus})
				}
			}
			for p, part := range parts {
				place := &all[part.corpus].Valid
				if part.test {
					place = &all[part.corpus].Test
				}
				if *place == nil {
					*place = &metrics.Perplexity{Masked: masked[p], Sequences: len(part.rows)}
				}
				set(*place, sums[p])
			}
			r.perplexities = all
			return nil
		},
	}
}

// heldOutEpoch and the numbers below it, a part each, stand for the epoch where held-out
// sequences are masked: no training row is ever masked under such a key.
const heldOutEpoch = -1

package coordinator

import (
	"fmt"
	"math"

	"ringmaster/coordinator/job"
	"ringmaster/data/mlm"
	"ringmaster/run/metrics"
	"ringmaster/run/protocol"
)

// perplexity asks a masked language model for its losses on the held-out sequences. What is
// masked of them is a choice of its own, the same for every model.
type perplexity struct {
	*pipeline
	model func() string
	set   func(*metrics.Perplexity, float64)
	// write puts the scores into the run directory; read takes those that another process
	// wrote, where a later stage needs them, and is nil where none does.
	write func(metrics.Perplexities) error
	read  func() (metrics.Perplexities, error)

	parts  []heldOutPart
	sums   []float64 // of losses, by part
	masked []int     // tokens, by part
	partOf []int     // by example
	rowOf  []int     // in the part, by example
}

// perplexityBefore scores the base on the held-out sequences.
func (p *pipeline) perplexityBefore() *inferStage {
	return p.measurePerplexity("before", &perplexity{
		pipeline: p, model: func() string { return p.job.Base.Dir }, set: (*metrics.Perplexity).SetBefore,
		write: p.dir.WriteBefore, read: p.dir.ReadBefore,
	})
}

// perplexityAfter scores the pretrained encoder on the same sequences, masked the same, and
// writes both down.
func (p *pipeline) perplexityAfter() *inferStage {
	return p.measurePerplexity("after", &perplexity{
		pipeline: p, model: p.dir.Model, set: (*metrics.Perplexity).SetAfter,
		write: func(all metrics.Perplexities) error { return p.dir.WriteMetrics(all) },
	})
}

func (p *pipeline) measurePerplexity(when string, m *perplexity) *inferStage {
	m.parts = heldOutParts(p.job)
	m.sums, m.masked = make([]float64, len(m.parts)), make([]int, len(m.parts))
	return &inferStage{title: "perplexity/" + when, heads: headsOf(p.job.Tasks), offer: p.offer, seed: &p.job.Run.Train.Seed, inference: m}
}

// heldOutPart is a part of a corpus that is not trained on.
type heldOutPart struct {
	corpus int
	test   bool
	rows   job.Rows
}

func heldOutParts(j *job.Job) []heldOutPart {
	var parts []heldOutPart
	for i, h := range j.Masked.HeldOut {
		for part, rows := range []job.Rows{h.Valid, h.Test} {
			if rows.Len() > 0 {
				parts = append(parts, heldOutPart{i, part == 1, rows})
			}
		}
	}
	return parts
}

func (m *perplexity) folder() string { return m.model() }

func (m *perplexity) list() (sizes []int, err error) {
	for p, part := range m.parts {
		for i := range part.rows.Len() {
			e, err := m.masking(p, i)
			if err != nil {
				return nil, err
			}
			sizes = append(sizes, len(e.IDs))
			m.partOf, m.rowOf = append(m.partOf, p), append(m.rowOf, i)
			m.masked[p] += len(e.Masked)
		}
	}
	return sizes, nil
}

// masking is a row of a part, masked.
func (m *perplexity) masking(part, i int) (protocol.Example, error) {
	row, err := m.parts[part].rows.At(i)
	if err != nil {
		return protocol.Example{}, err
	}
	key := mlm.Key{Seed: m.job.Run.Train.Seed, Epoch: heldOutEpoch - part, Row: row.Number}
	masked := mlm.Mask(row.IDs, m.job.Masked.Vocabulary, key)
	return protocol.Example{IDs: masked.IDs, Masked: masked.Positions, Words: masked.Words}, nil
}

func (m *perplexity) example(position int) (protocol.Example, error) {
	return m.masking(m.partOf[position], m.rowOf[position])
}

func (m *perplexity) head(int) int { return 0 }

// heldOutEpoch and the numbers below it, a part each, stand for the epoch where held-out
// sequences are masked: no training row is ever masked under such a key.
const heldOutEpoch = -1

func (m *perplexity) describe(position int) string {
	return fmt.Sprintf("a sequence of %s", m.job.Masked.HeldOut[m.parts[m.partOf[position]].corpus].Corpus)
}

func (m *perplexity) add(position int, answer []float32) error {
	if len(answer) != 1 || math.IsNaN(float64(answer[0])) {
		return fmt.Errorf("the loss of a sequence is %v", answer)
	}
	m.sums[m.partOf[position]] += float64(answer[0])
	return nil
}

// flush has nothing to keep: a part of the losses is of no use.
func (m *perplexity) flush() error { return nil }

func (m *perplexity) complete() error {
	all := m.perplexities
	if all == nil {
		for _, h := range m.job.Masked.HeldOut {
			all = append(all, metrics.CorpusPerplexity{Corpus: h.Corpus})
		}
	}
	for p, part := range m.parts {
		place := &all[part.corpus].Valid
		if part.test {
			place = &all[part.corpus].Test
		}
		if *place == nil {
			*place = &metrics.Perplexity{Masked: m.masked[p], Sequences: part.rows.Len()}
		}
		m.set(*place, m.sums[p])
	}
	m.perplexities = all
	return m.write(all)
}

func (m *perplexity) recall() (err error) {
	if m.read == nil || len(m.parts) == 0 {
		return nil
	}
	m.perplexities, err = m.read()
	return err
}

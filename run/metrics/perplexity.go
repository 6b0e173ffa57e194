package metrics

import (
	"encoding/json"
	"fmt"
	"math"
)

// Perplexities are what metrics.json holds of a pretraining: how well the encoder told masked
// tokens of each corpus's held-out texts, by corpus in the run's order.
//
//	{"dialogues": {"valid": {"perplexity": 9.1, "perplexity_before": 14.2, …}}, …}
type Perplexities []CorpusPerplexity

// CorpusPerplexity is one corpus's; a nil part has no held-out texts.
type CorpusPerplexity struct {
	Corpus string      `json:"-"`
	Valid  *Perplexity `json:"valid,omitempty"`
	Test   *Perplexity `json:"test,omitempty"`
}

// Perplexity is e to the mean loss (in nats) over the masked tokens of a part, of the encoder
// before pretraining and after it. Both saw the same tokens masked.
type Perplexity struct {
	Perplexity float64 `json:"perplexity"`
	Before     float64 `json:"perplexity_before"`
	Loss       float64 `json:"loss"`
	LossBefore float64 `json:"loss_before"`
	Masked     int     `json:"masked"` // tokens that were to be told
	Sequences  int     `json:"sequences"`
}

// Rows are a line of a table for each corpus and part: its names, the perplexity before and
// after, and how many tokens and sequences were asked.
func (all Perplexities) Rows() (rows [][]string) {
	for _, c := range all {
		for _, part := range []struct {
			name string
			p    *Perplexity
		}{{"valid", c.Valid}, {"test", c.Test}} {
			if part.p != nil {
				rows = append(rows, []string{
					c.Corpus, part.name, fmt.Sprintf("%.2f", part.p.Before), fmt.Sprintf("%.2f", part.p.Perplexity),
					fmt.Sprint(part.p.Masked), fmt.Sprint(part.p.Sequences),
				})
			}
		}
	}
	return rows
}

// SetBefore takes in the sum of the losses before pretraining, SetAfter after it.
func (p *Perplexity) SetBefore(sum float64) {
	p.LossBefore = sum / float64(p.Masked)
	p.Before = math.Exp(p.LossBefore)
}

// SetAfter is SetBefore for the pretrained encoder.
func (p *Perplexity) SetAfter(sum float64) {
	p.Loss = sum / float64(p.Masked)
	p.Perplexity = math.Exp(p.Loss)
}

// MarshalJSON keeps the order of the corpora.
func (p Perplexities) MarshalJSON() ([]byte, error) {
	return object(p, func(c CorpusPerplexity) string { return c.Corpus })
}

// UnmarshalJSON reads corpora in the order they stand.
func (p *Perplexities) UnmarshalJSON(data []byte) error {
	list, err := readObject(data, func(c *CorpusPerplexity, name string) { c.Corpus = name })
	*p = list
	return err
}

var _ json.Marshaler = Perplexities{}

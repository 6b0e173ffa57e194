package length

import (
	"context"
	"fmt"
	"slices"

	"ringmaster/data"
	"ringmaster/data/tokens"
)

// The units.
const (
	Tokens = "tokens"
	Words  = "words"
)

// Report says how long the texts of a task are, and how many of them are cut.
type Report struct {
	Task string `json:"task"`
	// Unit is what a length counts: Tokens, [CLS] and [SEP] among them, or Words.
	Unit string `json:"unit"`
	// MaxLength is train.max_length; 0 cuts nothing.
	MaxLength int `json:"max_length"`
	Texts     int `json:"texts"`
	// Cut is how many texts are longer than MaxLength.
	Cut int `json:"cut"`
	// P50 to P99 are the smallest lengths that at least that share of the texts does not exceed.
	P50 int `json:"p50"`
	P95 int `json:"p95"`
	P99 int `json:"p99"`
	Max int `json:"max"`
	// Positions is how many ids the model can read at all; 0 knows no bound.
	Positions int `json:"positions,omitempty"`
}

// Count gives the length of every text of a corpus, part by part, not cut.
func Count(ctx context.Context, e tokens.Encoder, corpus *data.Corpus) ([]int, error) {
	var lengths []int
	var texts []string // some at a time
	count := func() error {
		_, some, err := tokens.Sequences(ctx, e, texts, 0)
		lengths, texts = append(lengths, some...), texts[:0]
		return err
	}
	for _, part := range []data.Part{corpus.Train, corpus.Valid, corpus.Test} {
		err := part.Each(func(_ int, example data.Example) error {
			if texts = append(texts, example.Text); len(texts) < atATime {
				return nil
			}
			return count()
		})
		if err == nil {
			err = count()
		}
		if err != nil {
			return nil, fmt.Errorf("task %s: %w", corpus.Task, err)
		}
	}
	return lengths, nil
}

// atATime is how many texts are in memory while their lengths are counted.
const atATime = 4096

// UnitOf is what an encoder's ids stand for.
func UnitOf(e tokens.Encoder) string {
	if _, ok := e.(*tokens.WordList); ok {
		return Words
	}
	return Tokens
}

// Of describes lengths, which e gave; maxLength 0 cuts nothing.
func Of(task string, lengths []int, e tokens.Encoder, maxLength int) Report {
	r := Report{Task: task, Unit: UnitOf(e), MaxLength: maxLength, Texts: len(lengths)}
	if len(lengths) == 0 {
		return r
	}
	sorted := slices.Sorted(slices.Values(lengths))
	if maxLength > 0 {
		upTo, _ := slices.BinarySearch(sorted, maxLength+1)
		r.Cut = len(sorted) - upTo
	}
	r.P50, r.P95, r.P99, r.Max = Quantile(sorted, 50), Quantile(sorted, 95), Quantile(sorted, 99), sorted[len(sorted)-1]
	return r
}

// Quantile is the smallest length that at least percent of a sorted list do not exceed.
func Quantile(sorted []int, percent int) int {
	rank := (len(sorted)*percent + 99) / 100 // rounded up, in whole numbers
	return sorted[max(rank, 1)-1]
}

// String is one line for a person, without a line break.
func (r Report) String() string {
	switch {
	case r.Texts == 0:
		return "there is no text"
	case r.MaxLength == 0:
		return fmt.Sprintf("of %d texts, half have at most %d %s, 99%% have at most %d; the longest has %d", r.Texts, r.P50, r.Unit, r.P99, r.Max)
	case r.Cut == 0:
		return fmt.Sprintf("no text of %d is cut: the longest has %d %s, and train.max_length is %d", r.Texts, r.Max, r.Unit, r.MaxLength)
	}
	held := fmt.Sprintf("a max_length of %d would fit 99%% of them, %d all", r.P99, r.Max)
	if r.P99 <= r.MaxLength || r.P99 == r.Max {
		held = fmt.Sprintf("a max_length of %d would fit all", r.Max)
	}
	if r.Positions > 0 && r.Max > r.Positions {
		held += fmt.Sprintf(" (the model can read %d)", r.Positions)
	}
	are := "are"
	if r.Cut == 1 {
		are = "is"
	}
	return fmt.Sprintf("%d of %d texts (%.1f%%) %s cut at train.max_length, %d %s: %s",
		r.Cut, r.Texts, 100*float64(r.Cut)/float64(r.Texts), are, r.MaxLength, r.Unit, held)
}

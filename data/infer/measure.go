package infer

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"ringmaster/config"
	"ringmaster/data"
	"ringmaster/data/length"
	"ringmaster/data/tokens"
	"ringmaster/errkind"
	"ringmaster/shown"
)

// measured is how many texts of a corpus tell how long its texts are.
const measured = 20_000

// Bounds of what is suggested as max_length: below the least little is gained, and beyond the dear one time and memory of a
// step grow for few texts.
const (
	leastLength = 16
	dearLength  = 256
	mostLength  = 512
)

// perWord is how many tokens of WordPiece a word of English has, about; it stands in where the model is not here.
const perWord = 1.4

// measure decides max_length from the lengths of the texts.
func (f *file) measure(ctx context.Context) error {
	fits, nearly := 0, 0
	for _, d := range f.drafts {
		lengths, err := d.textLengths(ctx, f.options.Encoder)
		if err != nil {
			return err
		}
		if len(lengths) == 0 {
			return errkind.Errorf(ErrNoText, "no row of %s that was read has %s: name another column with --text", d.tables[0].name, d.whatIsText())
		}
		slices.Sort(lengths)
		p50, p95, p99 := length.Quantile(lengths, 50), length.Quantile(lengths, 95), length.Quantile(lengths, 99)
		fits, nearly = max(fits, p99), max(nearly, p95)
		f.lengths = append(f.lengths, fmt.Sprintf("%s: half of the texts have at most %d tokens, 95%% at most %d, 99%% at most %d, the longest %d", d.name, p50, p95, p99, lengths[len(lengths)-1]))
	}
	if f.options.Encoder == nil {
		f.lengths = append(f.lengths, "estimated from the words, as the model is not on this machine")
	}
	if f.method() == config.MaskedLM {
		f.maxLength = f.bounded(128) // texts are packed into sequences of this length
		return nil
	}
	if fits > dearLength {
		fits = max(nearly, dearLength)
	}
	f.maxLength = f.bounded(max((fits+7)/8*8, leastLength))
	return nil
}

func (f *file) bounded(n int) int {
	if f.options.Positions > 0 {
		n = min(n, f.options.Positions)
	}
	return min(n, mostLength)
}

// whatIsText says what every row needs.
func (d *draft) whatIsText() string {
	switch {
	case d.text == nil:
		return "a text"
	case d.pair != nil:
		return fmt.Sprintf("a text in both of %s and %s", shown.Quote(d.text.name), shown.Quote(d.pair.name))
	}
	return "a text in " + shown.Quote(d.text.name)
}

// textLengths are the lengths of a corpus's texts, of a sample of a large one.
func (d *draft) textLengths(ctx context.Context, e tokens.Encoder) ([]int, error) {
	every := max(d.rows()/measured, 1)
	var texts []string
	n := 0
	for _, t := range d.tables {
		for _, row := range t.rows {
			if n%every == 0 {
				if text := d.textOf(row); text != "" {
					texts = append(texts, text)
				}
			}
			n++
		}
	}
	if e == nil {
		lengths := make([]int, len(texts))
		for i, text := range texts {
			lengths[i] = int(perWord*float64(len(strings.Fields(data.ShownTexts(text))))) + 2
		}
		return lengths, nil
	}
	_, lengths, err := tokens.Sequences(ctx, e, texts, 0)
	if err != nil {
		return nil, fmt.Errorf("measure the texts of %s: %w", d.tables[0].name, err)
	}
	return lengths, nil
}

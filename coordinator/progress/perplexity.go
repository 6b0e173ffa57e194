package progress

import (
	"fmt"
	"strings"

	"ringmaster/coordinator/metrics"
)

// perplexityTable is a line a corpus and part.
func perplexityTable(all metrics.Perplexities) string {
	var b strings.Builder
	b.WriteString("\nperplexity of masked tokens in texts held out from pretraining\n\n")
	width := 0
	for _, c := range all {
		width = max(width, len(c.Corpus))
	}
	none := true
	for _, c := range all {
		for _, part := range []struct {
			name string
			p    *metrics.Perplexity
		}{{"valid", c.Valid}, {"test", c.Test}} {
			if part.p != nil {
				none = false
				fmt.Fprintf(&b, "%-*s  %-5s  %9.2f before  %9.2f after  (%d tokens in %d sequences)\n",
					width, c.Corpus, part.name, part.p.Before, part.p.Perplexity, part.p.Masked, part.p.Sequences)
			}
		}
	}
	if none {
		b.WriteString("no text was held out: give a split with a share for valid\n")
	}
	return b.String()
}

package progress

import (
	"ringmaster/run/metrics"
	"ringmaster/screen"
)

// perplexityTable is a line a corpus and part, in at most width columns.
func perplexityTable(all metrics.Perplexities, width int) string {
	t := screen.Table{Header: []string{"corpus", "part", "before", "after", "tokens", "sequences"}, Texts: []int{0, 1}, Keys: 2}
	t.Rows = all.Rows()
	title := "\nperplexity of masked tokens in texts held out from pretraining\n\n"
	if len(t.Rows) == 0 {
		return title + "no texts were held out: set a share for valid in the corpus's split\n"
	}
	return title + t.Render(width) + "\n"
}

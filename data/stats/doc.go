// Package stats describes declared corpora as papers on empathy detection do: how many
// texts a label has, how long they are, which noun phrases are frequent, and what
// training, validation and test parts, and the corpora of several tasks, have in common.
//
//	d, err := stats.Describe(ctx, run.BaseDir, task, stats.Options{Phrases: 10})
//	shared := stats.Overlaps(d, another)
//	stats.WriteTables(os.Stdout, 80, []*stats.Description{d, another}, shared)
//	files, err := stats.Plot("plots", d)
//
// Everything is computed on cleaned texts, as a run would see them. Method says in a few
// sentences how words, sentences and noun phrases are found; print it beside the numbers.
//
// # Noun phrases
//
// There is no tagger behind them: a closed list of English function words and of common
// verbs and adverbs (functionwords.go), a few endings, and the word before decide. That
// finds "my closest friend from work" less reliably than a tagger would, but the most
// frequent phrases of four words are the same, and the method can be described in a
// paragraph and repeated by hand.
package stats

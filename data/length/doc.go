// Package length counts how long texts are in what a model reads, and how many of them lose
// their end because a run cuts them (train.max_length).
//
//	lengths, err := length.Count(ctx, encoder, corpus)
//	report := length.Of("empathy", lengths, encoder, 128)
//	fmt.Print(report) // how many are cut, what length would hold 99% of them, and all
package length

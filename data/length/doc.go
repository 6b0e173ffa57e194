// Package length counts how long texts are in tokens, and how many of them a run truncates
// (train.max_length).
//
//	lengths, err := length.Count(ctx, encoder, corpus)
//	report := length.Of("empathy", lengths, encoder, 128)
//	fmt.Print(report) // how many are cut, what length would hold 99% of them, and all
package length

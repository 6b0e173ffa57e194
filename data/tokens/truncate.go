package tokens

import "slices"

// Truncate is what Encode gives with a limit, of the ids that it gave without one.
func (t *Tokenizer) Truncate(ids []int32, maxLength int) []int32 {
	if maxLength == 0 || len(ids) <= maxLength {
		return ids
	}
	return append(slices.Clone(ids[:maxLength-1]), t.sep)
}

// Truncate is what Encode gives with a limit, of the ids that it gave without one.
func (w *WordList) Truncate(ids []int32, maxLength int) []int32 {
	if maxLength == 0 || len(ids) <= maxLength {
		return ids
	}
	return slices.Clone(ids[:maxLength])
}

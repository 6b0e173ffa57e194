package tokens

import (
	"context"
	"strings"
)

// PairSign stands between the two texts of a pair where both are one string. No text has it: a zero byte is refused
// where texts are read.
const PairSign = "\x00"

// Sequence is the ids of a text, or of a pair of texts ([PairSign]), cut to maxLength; 0 cuts none. cut says whether any
// were cut off. Errors are those of Encode and of Join.
func Sequence(e Encoder, text string, maxLength int) (s Pair, cut bool, err error) {
	first, second, pair := strings.Cut(text, PairSign)
	if !pair {
		bound := maxLength
		if bound > 0 {
			bound++ // one more than wanted tells whether there are more, however long the text is
		}
		ids, err := e.Encode(text, bound)
		if err != nil {
			return Pair{}, false, err
		}
		s.IDs = e.Truncate(ids, maxLength)
		return s, len(s.IDs) < len(ids), nil
	}
	a, err := e.Encode(first, 0)
	if err != nil {
		return Pair{}, false, err
	}
	b, err := e.Encode(second, 0)
	if err != nil {
		return Pair{}, false, err
	}
	s, whole, err := joined(e, a, b, maxLength)
	return s, len(s.IDs) < whole, err
}

// Sequences are the ids of texts, and of pairs of texts ([PairSign]), cut to maxLength; 0 cuts none. whole is how many
// ids each has that is not cut. Errors are those of EncodeAll and of Join.
func Sequences(ctx context.Context, e Encoder, texts []string, maxLength int) (list []Pair, whole []int, err error) {
	ids, err := EncodeAll(ctx, e, singlesIn(texts), 0) // without a limit, so that it is known what the limit cuts off
	if err != nil {
		return nil, nil, err
	}
	list, whole = make([]Pair, len(texts)), make([]int, len(texts))
	for i, text := range texts {
		if !strings.Contains(text, PairSign) {
			list[i], whole[i] = Pair{IDs: e.Truncate(ids[0], maxLength)}, len(ids[0])
			ids = ids[1:]
			continue
		}
		if list[i], whole[i], err = joined(e, ids[0], ids[1], maxLength); err != nil {
			return nil, nil, err
		}
		ids = ids[2:]
	}
	return list, whole, nil
}

// joined joins two texts' ids, and says how many they are without a limit.
func joined(e Encoder, first, second []int32, maxLength int) (s Pair, whole int, err error) {
	all, err := e.Join(first, second, 0)
	if err != nil || maxLength == 0 || len(all.IDs) <= maxLength {
		return all, len(all.IDs), err
	}
	s, err = e.Join(first, second, maxLength)
	return s, len(all.IDs), err
}

// singlesIn lists texts with those of a pair one after the other.
func singlesIn(texts []string) []string {
	list := make([]string, 0, len(texts))
	for _, text := range texts {
		first, second, pair := strings.Cut(text, PairSign)
		list = append(list, first)
		if pair {
			list = append(list, second)
		}
	}
	return list
}

// Join puts the words of two texts one after the other; where they are too many, the longer text is cut first.
func (w *WordList) Join(first, second []int32, maxLength int) (Pair, error) {
	if maxLength != 0 {
		a, b := longestFirst(len(first), len(second), maxLength)
		first, second = first[:a], second[:b]
	}
	return Pair{IDs: append(append(make([]int32, 0, len(first)+len(second)), first...), second...)}, nil
}

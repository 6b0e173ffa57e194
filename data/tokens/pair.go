package tokens

import "fmt"

// Pair is two texts as one sequence of ids.
type Pair struct {
	IDs []int32
	// Second is the place from which on token types are 1: where the second text begins. 0: all types are 0, as those of
	// a RoBERTa.
	Second int
}

// Types are the token types, 0 or 1 for each id.
func (p Pair) Types() []int32 {
	types := make([]int32, len(p.IDs))
	for at := p.Second; p.Second > 0 && at < len(types); at++ {
		types[at] = 1
	}
	return types
}

// Join puts together what Encode gave for two texts without a limit, as transformers does with text_pair: both between
// the model's own special tokens, cut to maxLength ids as truncation='longest_first' does. 0 sets no limit. Errors:
// [ErrMaxLength]; [ErrUnsupported] where tokenizer.json does not join two texts in a way that is known.
func (t *Tokenizer) Join(first, second []int32, maxLength int) (Pair, error) {
	if t.noPair {
		return Pair{}, fmt.Errorf("%w: %s: the post_processor joins two texts in a way that is not supported", ErrUnsupported, t.source)
	}
	a, b := first[1:len(first)-1], second[1:len(second)-1]
	if maxLength != 0 {
		room := maxLength - t.aroundPair()
		if room < 0 {
			return Pair{}, fmt.Errorf("%w: %d: two texts need %d for special tokens alone", ErrMaxLength, maxLength, t.aroundPair())
		}
		na, nb := longestFirst(len(a), len(b), room)
		a, b = a[:na], b[:nb]
	}
	p := Pair{IDs: make([]int32, 0, len(a)+len(b)+t.aroundPair())}
	p.IDs = append(append(p.IDs, t.cls), a...)
	for range t.pair.separators {
		p.IDs = append(p.IDs, t.sep)
	}
	if t.pair.typed {
		p.Second = len(p.IDs)
	}
	p.IDs = append(append(p.IDs, b...), t.sep)
	return p, nil
}

// aroundPair is how many special tokens stand around and between two texts.
func (t *Tokenizer) aroundPair() int { return 2 + t.pair.separators }

// longestFirst is how much is left of two texts that have room for so many ids: the longer one is cut until both are
// equally long, then both; of an odd room the longer one gets the greater half.
func longestFirst(first, second, room int) (int, int) {
	if first+second <= room {
		return first, second
	}
	if first > second {
		b, a := longestFirst(second, first, room)
		return a, b
	}
	if first > room {
		second = first
	} else {
		second = max(first, room-first)
	}
	if first+second > room {
		return room / 2, room/2 + room%2
	}
	return first, second
}

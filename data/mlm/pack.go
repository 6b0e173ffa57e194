package mlm

import "iter"

// Vocabulary is what packing and masking know of a model's token ids.
type Vocabulary struct {
	Size               int // ids are 0 to Size−1
	Pad, Unk, Cls, Sep int32
	// Mask stands in a masked token's place.
	Mask int32
	// Words, where they are given, are masked whole.
	Words *Words
}

// structural says whether an id is no token of a text: it is never masked, nor put in
// another's place.
func (v Vocabulary) structural(id int32) bool {
	return id == v.Cls || id == v.Sep || id == v.Pad || id == v.Mask
}

// Ordinary says whether the vocabulary has a token that can stand in a text, besides the one for what is unknown: another can then be put
// in a token's place.
func (v Vocabulary) Ordinary() bool {
	for id := range int32(v.Size) {
		if !v.structural(id) && id != v.Unk {
			return true
		}
	}
	return false
}

// wrapping is how many ids of a sequence are not content: [CLS] before it, [SEP] behind.
const wrapping = 2

// Pack joins documents (token ids without [CLS] and [SEP]) into sequences of length ids, the
// last one as long as it gets: [CLS], content, [SEP]. The content of all sequences is the
// documents in their order, each token once, with a [SEP] between two documents unless a
// sequence begins there. length is at least 3.
func Pack(documents iter.Seq[[]int32], length int, v Vocabulary) [][]int32 {
	var all [][]int32
	var open []int32 // the sequence being filled: [CLS] and some content; nil: none
	add := func(id int32) {
		if open == nil {
			open = append(make([]int32, 0, length), v.Cls)
		}
		if open = append(open, id); len(open) == length-wrapping+1 {
			all, open = append(all, append(open, v.Sep)), nil
		}
	}
	for document := range documents {
		if open != nil && len(document) > 0 {
			add(v.Sep)
		}
		for _, id := range document {
			add(id)
		}
	}
	if open != nil {
		all = append(all, append(open, v.Sep))
	}
	return all
}

// Maskable says whether a sequence has a token that can be masked. One without (a text of
// nothing but special tokens) teaches nothing.
func Maskable(ids []int32, v Vocabulary) bool {
	for _, id := range ids {
		if !v.structural(id) {
			return true
		}
	}
	return false
}

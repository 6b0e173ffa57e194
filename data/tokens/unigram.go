package tokens

import (
	"math"
	"unicode/utf8"
)

// unigram cuts a word into the pieces of which the sum of scores, log probabilities, is greatest (Kudo 2018). A
// character that no piece begins with alone is unknown, at a score below all; unknown ones in a row are one.
type unigram struct {
	scores   []float64 // by id
	trie     []trieNode
	root     [256]int32 // places of the first nodes; 0: none
	unk      int32
	unkScore float64
}

// trieNode is a byte of pieces that begin alike. child and sibling are places in the trie; 0: none.
type trieNode struct {
	child, sibling int32
	id             int32 // of the piece that ends here; NoID: none
	byte           byte
}

// unknownPenalty is how far below the least score an unknown character is.
const unknownPenalty = 10

func newUnigram(pieces []string, scores []float64, unk int32) *unigram {
	u := &unigram{scores: scores, trie: make([]trieNode, 1), unk: unk, unkScore: math.Inf(1)}
	for id, piece := range pieces {
		u.unkScore = min(u.unkScore, scores[id])
		u.add(piece, int32(id))
	}
	u.unkScore -= unknownPenalty
	return u
}

func (u *unigram) add(piece string, id int32) {
	at := int32(0)
	for i := range len(piece) {
		next := u.step(at, piece[i])
		if next == 0 {
			next = int32(len(u.trie))
			u.trie = append(u.trie, trieNode{id: NoID, byte: piece[i]})
			if at == 0 {
				u.root[piece[i]] = next
			} else {
				u.trie[next].sibling, u.trie[at].child = u.trie[at].child, next
			}
		}
		at = next
	}
	if at != 0 {
		u.trie[at].id = id
	}
}

// step is the node after one for a byte; 0: there is none.
func (u *unigram) step(at int32, b byte) int32 {
	if at == 0 {
		return u.root[b]
	}
	for at = u.trie[at].child; at != 0 && u.trie[at].byte != b; {
		at = u.trie[at].sibling
	}
	return at
}

// cut is the best way to a place in a word: the score of its pieces, and the last one.
type cut struct {
	score   float64
	from    int
	id      int32
	reached bool
}

func (u *unigram) appendIDs(ids []int32, word string) []int32 {
	best := make([]cut, len(word)+1)
	for from := 0; from < len(word); {
		_, size := utf8.DecodeRuneInString(word[from:])
		single := false
		at := int32(0)
		for end := from; end < len(word); {
			at = u.step(at, word[end])
			end++
			if at == 0 {
				break
			}
			if id := u.trie[at].id; id != NoID {
				best[end].improve(best[from].score+u.scores[id], from, id)
				single = single || end == from+size
			}
		}
		if !single {
			best[from+size].improve(best[from].score+u.unkScore, from, u.unk)
		}
		from += size
	}
	before := len(ids)
	for at := len(word); at > 0; at = best[at].from {
		if id := best[at].id; id != u.unk || len(ids) == before || ids[len(ids)-1] != u.unk {
			ids = append(ids, id)
		}
	}
	for i, j := before, len(ids)-1; i < j; i, j = i+1, j-1 {
		ids[i], ids[j] = ids[j], ids[i]
	}
	return ids
}

func (c *cut) improve(score float64, from int, id int32) {
	if !c.reached || score > c.score {
		*c = cut{score, from, id, true}
	}
}

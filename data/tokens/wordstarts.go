package tokens

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// WordStarts says of each id whether a token of it begins a word, and whether it ends one whatever follows. A word is
// what its tokenizer writes so: of WordPiece pieces joined by ##, each punctuation sign and Chinese character by itself;
// of byte-level BPE and unigram what stands between white space. Added tokens are words by themselves.
func (t *Tokenizer) WordStarts() (begins, ends []bool) {
	begins, ends = make([]bool, t.size), make([]bool, t.size)
	for piece, id := range t.pieces {
		switch {
		case t.pipe == nil:
			begins[id] = !strings.HasPrefix(piece, continuation)
		case t.pipe.bytes:
			bytes, written := bytesOf(piece)
			if !written {
				continue
			}
			first, _ := utf8.DecodeRuneInString(bytes)
			last, _ := utf8.DecodeLastRuneInString(bytes)
			begins[id] = unicode.IsSpace(first)
			ends[id] = last != ' ' && unicode.IsSpace(last) // a space is a part of the word after it
		default:
			begins[id] = strings.HasPrefix(piece, sentencePieceSpace)
		}
	}
	for id := range t.added.tokens {
		if t.pipe != nil && id == t.unkID { // of unigram a part of a word, as other pieces
			continue
		}
		begins[id], ends[id] = true, true
	}
	return begins, ends
}

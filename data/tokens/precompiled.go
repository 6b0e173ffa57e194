package tokens

import (
	"encoding/binary"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// precompiled is SentencePiece's normaliser: a double-array trie of what is replaced, with places in a text of
// replacements that end in NUL. The reader of github.com/sugarme/tokenizer does the same, but copies the whole table
// for each byte that it looks at.
type precompiled struct {
	trie         []uint32
	replacements string
}

var errCharsmap = errors.New("precompiled_charsmap is damaged")

func newPrecompiled(charsmap []byte) (*precompiled, error) {
	if len(charsmap) < 4 {
		return nil, errCharsmap
	}
	size, rest := int(binary.LittleEndian.Uint32(charsmap)), charsmap[4:]
	if size > len(rest) || size%4 != 0 || size == 0 {
		return nil, errCharsmap
	}
	p := &precompiled{trie: make([]uint32, size/4), replacements: string(rest[size:])}
	for i := range p.trie {
		p.trie[i] = binary.LittleEndian.Uint32(rest[4*i:])
	}
	return p, nil
}

// longestCluster is one more than the bytes of a grapheme cluster that is looked up as a whole; a longer one is looked
// up character by character.
const longestCluster = 6

func (p *precompiled) apply(text string) string {
	var out strings.Builder
	out.Grow(len(text))
	state := -1
	for rest := text; rest != ""; {
		// Of printable ASCII before ASCII each character is a cluster.
		var cluster string
		if plainASCII(rest) {
			cluster, rest, state = rest[:1], rest[1:], -1
		} else {
			cluster, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		}
		if len(cluster) < longestCluster {
			if with, ok := p.lookUp(cluster); ok {
				out.WriteString(with)
				continue
			}
		}
		for _, r := range cluster {
			if with, ok := p.lookUp(string(r)); ok {
				out.WriteString(with)
			} else {
				out.WriteRune(r)
			}
		}
	}
	return out.String()
}

func plainASCII(text string) bool {
	return ' ' <= text[0] && text[0] < 0x7F && (len(text) == 1 || text[1] < utf8.RuneSelf)
}

// lookUp is the replacement of the shortest beginning of key that has one, as the library does it.
func (p *precompiled) lookUp(key string) (string, bool) {
	offset := func(unit uint32) uint32 { return unit >> 10 << (unit & (1 << 9) >> 6) }
	node := offset(p.trie[0])
	for i := range len(key) {
		if key[i] == 0 {
			return "", false
		}
		node ^= uint32(key[i])
		if int(node) >= len(p.trie) {
			return "", false
		}
		unit := p.trie[node]
		if unit&(1<<31|0xFF) != uint32(key[i]) {
			return "", false
		}
		node ^= offset(unit)
		if int(node) >= len(p.trie) {
			return "", false
		}
		if unit>>8&1 == 1 {
			at := int(p.trie[node] & (1<<31 - 1))
			if at > len(p.replacements) {
				return "", false
			}
			with, _, _ := strings.Cut(p.replacements[at:], "\x00")
			return with, true
		}
	}
	return "", false
}

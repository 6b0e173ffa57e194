package mlm

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"slices"
)

// BERT's masking.
const (
	Rate       = 0.15 // share of the tokens that are to be told
	MaskShare  = 0.8  // of these, how many become [MASK]
	OtherShare = 0.1  // and how many another token, each as likely; the rest stays
)

// Key names one choice of what is masked.
type Key struct {
	Seed       uint64
	Epoch, Row int // of the training rows, from 0
}

// Masked is a sequence with some of its tokens masked.
type Masked struct {
	IDs []int32 // as the model sees them
	// Positions are where a token is to be told, rising; Words are the tokens that stood
	// there.
	Positions, Words []int32
}

// Mask chooses each token of a text with probability Rate, at least one where there is any, or
// whole words of as many tokens where v has Words, and masks what it chose. ids stays as it is. [CLS], [SEP], [PAD] and [MASK] are never
// chosen; they and [UNK] never take another token's place.
func Mask(ids []int32, v Vocabulary, key Key) Masked {
	random := key.stream()
	m := Masked{IDs: slices.Clone(ids)}
	if v.Words != nil {
		for _, at := range v.chooseWords(ids, random) {
			m.mask(at, v, random)
		}
		return m
	}
	var tokens []int // places of the text's tokens
	for at, id := range ids {
		if v.structural(id) {
			continue
		}
		tokens = append(tokens, at)
		if unit(random) < Rate {
			m.mask(at, v, random)
		}
	}
	if len(m.Positions) == 0 && len(tokens) > 0 {
		m.mask(tokens[below(random, uint64(len(tokens)))], v, random)
	}
	return m
}

func (m *Masked) mask(at int, v Vocabulary, random *rand.PCG) {
	m.Positions, m.Words = append(m.Positions, int32(at)), append(m.Words, m.IDs[at])
	switch u := unit(random); {
	case u < MaskShare:
		m.IDs[at] = v.Mask
	case u < MaskShare+OtherShare:
		m.IDs[at] = v.any(random)
	}
}

// any draws a token that can stand in a text.
func (v Vocabulary) any(random *rand.PCG) int32 {
	for {
		if id := int32(below(random, uint64(v.Size))); !v.structural(id) && id != v.Unk {
			return id
		}
	}
}

// stream is the key's own source of random numbers: the same on every machine and with
// every Go release, since PCG's output is fixed by its published definition.
func (k Key) stream() *rand.PCG {
	sum := sha256.Sum256(fmt.Appendf(nil, "ringmaster/mask %d %d %d", k.Seed, k.Epoch, k.Row))
	return rand.NewPCG(binary.LittleEndian.Uint64(sum[:8]), binary.LittleEndian.Uint64(sum[8:16]))
}

// unit draws a number in [0, 1) with 53 random bits.
func unit(r *rand.PCG) float64 { return float64(r.Uint64()>>11) / (1 << 53) }

// below draws a number in [0, n); its bias, n/2⁶⁴, is beyond notice.
func below(r *rand.PCG, n uint64) uint64 {
	hi, _ := bits.Mul64(r.Uint64(), n)
	return hi
}

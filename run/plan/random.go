package plan

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/bits"
	"math/rand/v2"
)

// stream is a source of random numbers named by what it is for. PCG's output is
// fixed by its published definition, and the draws below are our own, so the same
// name gives the same numbers on every machine and with every Go release.
func stream(seed uint64, name string, epoch int) *rand.PCG {
	key := sha256.Sum256(fmt.Appendf(nil, "ringmaster/plan %d %q %d", seed, name, epoch))
	return rand.NewPCG(binary.LittleEndian.Uint64(key[:8]), binary.LittleEndian.Uint64(key[8:16]))
}

// below draws an unbiased number in [0, n) by Lemire's multiply-and-reject method.
func below(r *rand.PCG, n uint64) uint64 {
	hi, lo := bits.Mul64(r.Uint64(), n)
	if lo < n {
		for reject := -n % n; lo < reject; {
			hi, lo = bits.Mul64(r.Uint64(), n)
		}
	}
	return hi
}

// randomBits is how many random bits say which task is drawn.
const randomBits = 53

// permutation shuffles 0…n−1 (Fisher–Yates).
func permutation(r *rand.PCG, n int) []int32 {
	p := make([]int32, n)
	for i := range p {
		p[i] = int32(i)
	}
	for i := n - 1; i > 0; i-- {
		j := int(below(r, uint64(i+1)))
		p[i], p[j] = p[j], p[i]
	}
	return p
}

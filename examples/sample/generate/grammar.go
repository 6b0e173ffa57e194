package main

import (
	"fmt"
	"math/bits"
	"math/rand/v2"
	"strings"
	"unicode"
	"unicode/utf8"
)

// chooser is the source of every choice. It uses PCG's specified 64-bit outputs alone:
// the methods of rand.Rand may choose differently in another Go release, and then the
// files would change.
type chooser struct{ source *rand.PCG }

func newChooser(seed, stream uint64) *chooser { return &chooser{rand.NewPCG(seed, stream)} }

// below is uniform in 0…n-1, up to a bias of n/2⁶⁴.
func (c *chooser) below(n int) int {
	high, _ := bits.Mul64(c.source.Uint64(), uint64(n))
	return int(high)
}

// chance is true percent times in a hundred.
func (c *chooser) chance(percent int) bool { return c.below(100) < percent }

func (c *chooser) pick(from []string) string { return from[c.below(len(from))] }

// grammar gives each slot its phrases. A phrase may have slots itself, in braces;
// {Who} is {who} with a capital first letter.
type grammar map[string][]string

// with is g with other's slots added or replaced.
func (g grammar) with(other grammar) grammar {
	joined := grammar{}
	for _, from := range []grammar{g, other} {
		for slot, phrases := range from {
			joined[slot] = phrases
		}
	}
	return joined
}

// expand fills every slot of a phrase. A slot that is used twice is chosen twice.
func (g grammar) expand(c *chooser, phrase string) (string, error) {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(phrase, "{")
		b.WriteString(before)
		if !found {
			return b.String(), nil
		}
		slot, after, closed := strings.Cut(rest, "}")
		phrases := g[strings.ToLower(slot)]
		if !closed || len(phrases) == 0 {
			return "", fmt.Errorf("no phrases for {%s}", slot)
		}
		filled, err := g.expand(c, c.pick(phrases))
		if err != nil {
			return "", err
		}
		if slot != strings.ToLower(slot) {
			filled = capital(filled)
		}
		b.WriteString(filled)
		phrase = after
	}
}

func capital(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[size:]
}

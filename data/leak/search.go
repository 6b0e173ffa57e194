package leak

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"slices"

	"ringmaster/data/shingles"
)

// candidate is a tested text, and what has been found of it.
type candidate struct {
	at    int // in its part
	order uint64
	words shingles.Words
	set   []shingles.Shingle // sorted
	// rarest are those that another text shares one of if it is similar, the rarest first: one
	// that contains this text shares the first. Those that no text of the other part has are
	// left out; none is left where nothing can be found.
	rarest []shingles.Shingle
	meets  int // texts of the other part that share one of rarest, at most
	// inside and like are texts of the other part; -1: none.
	inside, like int
	met          int // the last text that was held against it
}

func (c *candidate) reset() { c.inside, c.like, c.met = -1, -1, -1 }

// firstBatch is how many candidates are looked at whatever it takes; each batch after it is
// three times what went before.
const firstBatch = 32

// compare looks for the tested texts in those that another part holds.
func compare(ctx context.Context, held, tested part, most limits) (Pair, error) {
	pair := Pair{Held: held.name, Tested: tested.name, Rows: len(tested.examples), Sides: sidesOf(held, tested)}
	candidates := candidatesOf(tested)
	pair.Long = len(candidates)
	candidates = candidates[:min(len(candidates), most.texts)]
	if err := findRarest(ctx, candidates, held.texts); err != nil {
		return Pair{}, err
	}
	steps := most.steps
	for pair.Looked < len(candidates) {
		next := candidates[pair.Looked:]
		if atMost(next, held.texts) > steps {
			next = next[:min(len(next), max(firstBatch, 3*pair.Looked))]
		}
		left, err := search(ctx, next, held.texts, steps, pair.Looked == 0)
		if err != nil {
			return Pair{}, err
		}
		if left < 0 && pair.Looked > 0 {
			break
		}
		steps = left
		pair.Looked += len(next)
	}
	candidates = candidates[:pair.Looked]
	slices.SortFunc(candidates, func(a, b *candidate) int { return cmp.Compare(a.at, b.at) })
	for _, c := range candidates {
		switch {
		case c.inside >= 0:
			pair.Contained.note(tested, c.at, held, c.inside)
		case c.like >= 0:
			pair.Near.note(tested, c.at, held, c.like)
		}
	}
	return pair, nil
}

// atMost is about how many steps a search takes at most.
func atMost(candidates []*candidate, texts []shingles.Words) int {
	words := 0
	for _, text := range texts {
		words += len(text)
	}
	mean := words/max(len(texts), 1) + 1
	steps := 0
	for _, c := range candidates {
		steps += c.meets * (2*mean + len(c.words))
	}
	return steps
}

// search holds the texts of the other part against the candidates, in at most so many steps
// unless unbounded; what is left of them is below 0 where they did not suffice, and nothing
// is found then.
func search(ctx context.Context, candidates []*candidate, texts []shingles.Words, steps int, unbounded bool) (left int, err error) {
	index := map[shingles.Shingle][]*candidate{}
	for _, c := range candidates {
		for _, s := range c.rarest {
			index[s] = append(index[s], c)
		}
	}
	var set []shingles.Shingle
	for i, text := range texts {
		if i%1024 == 0 && ctx.Err() != nil {
			return 0, context.Cause(ctx)
		}
		if len(text) < shingles.MinWords {
			continue
		}
		set = text.Set(set)
		for _, s := range set {
			sharing, asked := index[s]
			if !asked {
				continue
			}
			waiting := sharing[:0]
			for _, c := range sharing {
				steps -= 1 + c.hold(i, text, set)
				if c.asks(s) {
					waiting = append(waiting, c)
				}
			}
			if index[s] = waiting; len(waiting) == 0 {
				delete(index, s)
			}
		}
		if steps < 0 && !unbounded {
			for _, c := range candidates {
				c.reset()
			}
			return steps, nil
		}
	}
	return max(steps, 0), nil
}

// hold compares the candidate with a text of the other part, and returns the steps it took.
func (c *candidate) hold(at int, text shingles.Words, set []shingles.Shingle) (steps int) {
	if c.met == at {
		return 0
	}
	c.met = at
	if c.inside < 0 && len(text) >= len(c.words) {
		steps += len(text)
		if text.Contains(c.words) {
			c.inside = at
		}
	}
	if c.like < 0 && shingles.Comparable(len(c.set), len(set)) {
		steps += len(c.set) + len(set)
		if shingles.Near(c.set, set) {
			c.like = at
		}
	}
	return steps
}

// asks says whether a further text with the shingle s can tell something new of the candidate.
func (c *candidate) asks(s shingles.Shingle) bool {
	return c.inside < 0 && (c.like < 0 || s == c.rarest[0])
}

// candidatesOf are the texts that are long enough to be looked at, in an order that a hash of
// each gives: the first n of them are a sample.
func candidatesOf(p part) []*candidate {
	var list []*candidate
	for i, text := range p.texts {
		if len(text) < shingles.MinWords {
			continue
		}
		sum := sha256.Sum256([]byte(p.examples[i].Text))
		c := &candidate{at: i, words: text, order: binary.BigEndian.Uint64(sum[:8])}
		c.reset()
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b *candidate) int {
		return cmp.Or(cmp.Compare(a.order, b.order), cmp.Compare(a.at, b.at))
	})
	return list
}

// findRarest counts in how many of the other part's texts each shingle stands, and chooses
// those that a candidate has to share one of.
func findRarest(ctx context.Context, candidates []*candidate, texts []shingles.Words) error {
	stands := map[shingles.Shingle]int{}
	for _, c := range candidates {
		c.set = c.words.Set(nil)
		for _, s := range c.set {
			stands[s] = 0
		}
	}
	var set []shingles.Shingle
	for i, text := range texts {
		if i%1024 == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if len(text) < shingles.MinWords {
			continue
		}
		set = text.Set(set)
		for _, s := range set {
			if n, asked := stands[s]; asked {
				stands[s] = n + 1
			}
		}
	}
	for _, c := range candidates {
		c.rarest = slices.Clone(c.set)
		slices.SortFunc(c.rarest, func(a, b shingles.Shingle) int {
			return cmp.Or(cmp.Compare(stands[a], stands[b]), cmp.Compare(a, b))
		})
		// A similar text has at least half of these: of more than half of them it has one.
		c.rarest = c.rarest[:len(c.rarest)/2+1]
		for _, s := range c.rarest {
			c.meets += stands[s]
		}
		for len(c.rarest) > 0 && stands[c.rarest[0]] == 0 {
			c.rarest = c.rarest[1:]
		}
	}
	return nil
}

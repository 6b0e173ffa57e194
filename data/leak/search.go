package leak

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"slices"

	"ringmaster/data"
	"ringmaster/data/shingles"
)

// candidate is a tested text, and what has been found of it.
type candidate struct {
	at    int // in its part
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
	pair := Pair{Held: held.name, Tested: tested.name, Rows: tested.examples.Len()}
	var err error
	if pair.Sides, err = sidesOf(held, tested); err != nil {
		return Pair{}, err
	}
	candidates, long, err := candidatesOf(tested, most.texts)
	if err != nil {
		return Pair{}, err
	}
	pair.Long = long
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
			err = pair.Contained.note(tested, c.at, held, c.inside)
		case c.like >= 0:
			err = pair.Near.note(tested, c.at, held, c.like)
		}
		if err != nil {
			return Pair{}, err
		}
	}
	return pair, nil
}

// atMost is about how many steps a search takes at most.
func atMost(candidates []*candidate, texts *texts) int {
	mean := texts.all()/max(texts.count(), 1) + 1
	steps := 0
	for _, c := range candidates {
		steps += c.meets * (2*mean + len(c.words))
	}
	return steps
}

// search holds the texts of the other part against the candidates, in at most so many steps
// unless unbounded; what is left of them is below 0 where they did not suffice, and nothing
// is found then.
func search(ctx context.Context, candidates []*candidate, texts *texts, steps int, unbounded bool) (left int, err error) {
	index := map[shingles.Shingle][]*candidate{}
	for _, c := range candidates {
		for _, s := range c.rarest {
			index[s] = append(index[s], c)
		}
	}
	var set []shingles.Shingle
	err = texts.each(ctx, func(i int, text shingles.Words) error {
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
			return errSteps
		}
		return nil
	})
	if errors.Is(err, errSteps) {
		for _, c := range candidates {
			c.reset()
		}
		return steps, nil
	}
	return max(steps, 0), err
}

// errSteps ends a search whose steps did not suffice.
var errSteps = errors.New("too many steps")

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

// candidatesOf are the first most texts of those that are long enough to be looked at, in an order that a hash of
// each gives: they are a sample. long is how many there are.
func candidatesOf(p part, most int) (list []*candidate, long int, err error) {
	type place struct {
		order uint64
		at    int32
	}
	var places []place
	err = p.examples.Each(func(i int, e data.Example) error {
		if p.texts.length(i) >= shingles.MinWords {
			sum := sha256.Sum256([]byte(e.Text))
			places = append(places, place{binary.BigEndian.Uint64(sum[:8]), int32(i)})
		}
		return nil
	})
	if err != nil {
		return nil, 0, err
	}
	slices.SortFunc(places, func(a, b place) int {
		return cmp.Or(cmp.Compare(a.order, b.order), cmp.Compare(a.at, b.at))
	})
	reader := p.texts.words.Reader()
	for _, at := range places[:min(len(places), most)] {
		c := &candidate{at: int(at.at)}
		if c.words, err = p.texts.read(reader, c.at, nil); err != nil {
			return nil, 0, err
		}
		c.reset()
		list = append(list, c)
	}
	return list, len(places), nil
}

// findRarest counts in how many of the other part's texts each shingle stands, and chooses
// those that a candidate has to share one of.
func findRarest(ctx context.Context, candidates []*candidate, texts *texts) error {
	stands := map[shingles.Shingle]int{}
	for _, c := range candidates {
		c.set = c.words.Set(nil)
		for _, s := range c.set {
			stands[s] = 0
		}
	}
	var set []shingles.Shingle
	err := texts.each(ctx, func(_ int, text shingles.Words) error {
		set = text.Set(set)
		for _, s := range set {
			if n, asked := stands[s]; asked {
				stands[s] = n + 1
			}
		}
		return nil
	})
	if err != nil {
		return err
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

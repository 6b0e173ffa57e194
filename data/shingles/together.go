package shingles

import "slices"

// Together gives texts numbers: two have one number if one of them, MinWords words and more,
// stands inside the other, or if texts between them hold them together so, as a sentence does
// its phrases. The numbers are of one of the texts that are together.
func Together(texts []string) []int {
	v := Vocabulary{}
	words := make([]Words, len(texts))
	stands := map[Shingle]int{} // in how many texts
	var set []Shingle
	for i, text := range texts {
		words[i] = v.Words(text)
		set = words[i].Set(set)
		for _, s := range set {
			stands[s]++
		}
	}
	// A text that holds another has all its shingles: the other is looked for by its rarest.
	inside := map[Shingle][]int{}
	for i, w := range words {
		if len(w) < MinWords {
			continue
		}
		set = w.Set(set)
		rarest := slices.MinFunc(set, func(a, b Shingle) int { return stands[a] - stands[b] })
		inside[rarest] = append(inside[rarest], i)
	}
	f := newForest(len(texts))
	for i, w := range words {
		set = w.Set(set)
		for _, s := range set {
			for _, other := range inside[s] {
				if len(words[other]) <= len(w) && f.root(other) != f.root(i) && w.Contains(words[other]) {
					f.join(other, i)
				}
			}
		}
	}
	for i := range texts {
		f[i] = f.root(i)
	}
	return f
}

// forest is a union-find: each text's way to the one that stands for its set.
type forest []int

func newForest(n int) forest {
	f := make(forest, n)
	for i := range f {
		f[i] = i
	}
	return f
}

func (f forest) root(i int) int {
	for f[i] != i {
		f[i] = f[f[i]]
		i = f[i]
	}
	return i
}

func (f forest) join(i, j int) { f[f.root(i)] = f.root(j) }

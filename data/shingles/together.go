package shingles

import (
	"encoding/binary"
	"slices"
)

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
	f := newForest(len(texts))
	// A text that holds another has all its shingles: the other is looked for by its rarest.
	inside := map[Shingle][]int{}
	first := map[string]int{} // of the texts of the same words
	for i, w := range words {
		if len(w) < MinWords {
			continue
		}
		key := w.key()
		if same, met := first[key]; met {
			f.join(i, same)
			continue
		}
		first[key] = i
		set = w.Set(set)
		rarest := slices.MinFunc(set, func(a, b Shingle) int { return stands[a] - stands[b] })
		inside[rarest] = append(inside[rarest], i)
	}
	for i, w := range words {
		if f[i] != i { // a text of the same words, or one that holds it, has been looked at
			continue
		}
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

// key is the same for the same words, and for no others.
func (w Words) key() string {
	key := make([]byte, 0, 4*len(w))
	for _, id := range w {
		key = binary.LittleEndian.AppendUint32(key, id)
	}
	return string(key)
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

package tokens

// bpe merges pairs of neighbouring pieces, the pair that was learnt first before others and the leftmost of equals,
// until no pair is known (Sennrich, Haddow & Birch 2016).
type bpe struct {
	bytes  [256]int32 // ids of single bytes; NoID: none
	merges map[uint64]merged
	// unk stands for a byte without id; NoID: such bytes are left out. fuse: several in a row are one.
	unk  int32
	fuse bool
	// whole are pieces that a word is looked for in before pairs are merged; nil: it is not.
	whole map[string]int32
}

// merged is what becomes of a pair, and how early it was learnt.
type merged struct {
	rank int
	id   int32
}

func pairKey(a, b int32) uint64 { return uint64(uint32(a))<<32 | uint64(uint32(b)) }

// symbol is a piece of a word on its way, in a list of neighbours.
type symbol struct {
	id         int32
	prev, next int // -1: none
}

func (b *bpe) appendIDs(ids []int32, word string) []int32 {
	if id, ok := b.whole[word]; ok {
		return append(ids, id)
	}
	m := merging{bpe: b, symbols: make([]symbol, 0, len(word))}
	unknown := false
	for i := range len(word) {
		id := b.bytes[word[i]]
		if id == NoID {
			if b.unk == NoID || unknown && b.fuse {
				continue
			}
			id, unknown = b.unk, true
		} else {
			unknown = false
		}
		m.symbols = append(m.symbols, symbol{id, len(m.symbols) - 1, len(m.symbols) + 1})
	}
	if len(m.symbols) == 0 {
		return ids
	}
	m.symbols[len(m.symbols)-1].next = -1
	for at := range m.symbols {
		m.offer(at)
	}
	m.all()
	for at := 0; at >= 0; at = m.symbols[at].next {
		ids = append(ids, m.symbols[at].id)
	}
	return ids
}

// merging is one word's merging. queue is a heap of rank<<32|place of a pair's left piece.
type merging struct {
	*bpe
	symbols []symbol
	queue   []uint64
}

// pairAt is what becomes of the pair whose left piece is at a place.
func (m *merging) pairAt(at int) (merged, bool) {
	s := m.symbols[at]
	if s.id == gone || s.next < 0 {
		return merged{}, false
	}
	known, ok := m.merges[pairKey(s.id, m.symbols[s.next].id)]
	return known, ok
}

// gone is the id of a piece that was merged into the one before.
const gone int32 = -2

func (m *merging) offer(at int) {
	if pair, ok := m.pairAt(at); ok {
		m.push(uint64(pair.rank)<<32 | uint64(at))
	}
}

func (m *merging) all() {
	for len(m.queue) > 0 {
		top := m.pop()
		at := int(uint32(top))
		pair, ok := m.pairAt(at)
		if !ok || pair.rank != int(top>>32) {
			continue // one of the pair has been merged since
		}
		left := &m.symbols[at]
		right := &m.symbols[left.next]
		left.id, left.next, right.id = pair.id, right.next, gone
		if left.next >= 0 {
			m.symbols[left.next].prev = at
		}
		if left.prev >= 0 {
			m.offer(left.prev)
		}
		m.offer(at)
	}
}

func (m *merging) push(x uint64) {
	m.queue = append(m.queue, x)
	for i := len(m.queue) - 1; i > 0; {
		parent := (i - 1) / 2
		if m.queue[parent] <= m.queue[i] {
			return
		}
		m.queue[parent], m.queue[i] = m.queue[i], m.queue[parent]
		i = parent
	}
}

func (m *merging) pop() uint64 {
	top, last := m.queue[0], len(m.queue)-1
	m.queue[0] = m.queue[last]
	m.queue = m.queue[:last]
	for i := 0; ; {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < last; child++ {
			if m.queue[child] < m.queue[least] {
				least = child
			}
		}
		if least == i {
			return top
		}
		m.queue[i], m.queue[least] = m.queue[least], m.queue[i]
		i = least
	}
}

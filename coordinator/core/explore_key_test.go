package core

import (
	"hash/maphash"
	"slices"
	"strconv"
)

// key names a state of the world, up to what makes no difference to what can still
// happen: the numbers of generations count by their order only, times not at all, and of
// a history only where it leaves the record.
type key [2]uint64

// token is a number in a key: plain, a generation, or a history.
type token uint64

const (
	generationToken token = 1 << 62
	historyToken    token = 1 << 63
)

var keySeeds = [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}

// keys are what a key is written with.
type keys struct {
	tokens, flat []token
	generations  []token
	bytes        []byte
}

func (k *keys) num(n int)      { k.tokens = append(k.tokens, token(n+1)) }
func (k *keys) gen(g uint64)   { k.tokens = append(k.tokens, generationToken|token(g)) }
func (k *keys) past(h history) { k.tokens = append(k.tokens, historyToken|token(h)) }
func (k *keys) id(m StateID)   { k.num(m.Applied); k.gen(m.AppliedGeneration) }
func (k *keys) worker(w WorkerID) {
	if w == "" {
		k.num(-1)
		return
	}
	k.num(index(w))
}

func (k *keys) flags(all ...bool) {
	n := 0
	for i, f := range all {
		if f {
			n |= 1 << i
		}
	}
	k.num(n)
}

func (k *keys) workers(all []WorkerID) {
	k.num(len(all))
	for _, w := range all {
		k.worker(w)
	}
}

func (k *keys) hash(h string) {
	if h == "" {
		k.num(-1)
		return
	}
	n, err := strconv.Atoi(h)
	if err != nil {
		panic(err)
	}
	k.num(0)
	k.past(history(n))
}

// machine writes all of a machine that matters in its phase. Left out are times (every
// worker that lives is heard before time passes), lastLoss (a text), setbacks,
// members that others do not reach (nobody says so), returns and the best that they are counted from (the scenarios set no limit), attempts to
// save (none fails), proven and failures (no worker says that it failed).
func (k *keys) machine(m *Machine) {
	k.num(int(m.phase))
	if m.phase == over {
		return
	}
	k.flags(m.stopping, m.rollingBack, m.origin != nil, m.firstJoined.IsZero(), m.upToDate)
	k.gen(m.generation)
	if m.origin != nil {
		k.workers(m.origin.Members)
	}
	k.num(len(m.order))
	for _, w := range m.order {
		known := m.members[w]
		k.worker(w)
		k.flags(known.spare, !known.barred.IsZero(), known.asked, known.leaving, known.released, known.loaded)
		k.num(known.timesBarred)
		k.gen(known.begun)
		switch m.phase {
		case gathering, preparing, loading:
			k.flags(known.held != nil)
			if known.held != nil {
				k.id(*known.held)
			}
		}
	}
	k.num(m.stage)
	k.num(int(m.kind))
	k.num(m.units)
	k.num(m.gateEvery)
	k.num(m.passed)
	k.flags(m.askedIn == m.generation)
	k.gen(m.beginGeneration)
	k.id(m.committed)
	k.gen(m.settled)
	if m.kind == Infer {
		k.batches(&m.infer)
		return
	}
	k.training(&m.train, m)
}

func (k *keys) batches(i *inference) {
	k.num(i.fresh)
	k.num(len(i.returned))
	for _, c := range i.returned {
		k.num(c)
	}
	k.num(len(i.holder))
	for c := range i.fresh {
		if w, out := i.holder[c]; out {
			k.num(c)
			k.worker(w)
		}
	}
}

func (k *keys) training(t *training, m *Machine) {
	k.workers(t.ring)
	for _, w := range t.ring {
		k.flags(t.active.has(w))
		k.num(t.applied[w])
		k.num(t.blame[w])
		_, suspect := t.suspects[w]
		k.flags(suspect)
	}
	if m.phase == linking {
		for _, w := range t.ring {
			id, has := t.states[w]
			k.flags(t.answered[w], has)
			k.id(id)
		}
	}
	k.num(t.dealtTo)
	k.gen(t.broken)
	k.worker(t.saver)
	k.num(len(t.dealt))
	before := false
	for step := m.committed.Applied; step < m.units; step++ {
		d := t.dealt[step]
		if d == nil {
			k.num(-1)
			continue
		}
		before = before || d.generation != m.generation
		k.gen(d.generation)
		k.workers(d.quorum)
		k.num(len(d.reports))
		for i := range 26 {
			if r, reported := d.reports[names[i]]; reported {
				k.num(i)
				k.hash(r.hash)
			}
		}
	}
	if before {
		k.workers(t.before)
		for _, w := range t.before {
			_, suspect := t.suspects[w]
			k.flags(suspect)
		}
	}
	for step := range m.units {
		k.hash(t.hashes[step])
	}
}

// sum makes the key of what was written, histories being told as where they leave the
// record.
func (k *keys) sum(b *book, record history) key {
	k.flat, k.generations = k.flat[:0], append(k.generations[:0], 0)
	for _, t := range k.tokens {
		switch {
		case t&historyToken != 0:
			past := b.beginnings[t&^historyToken]
			truth := b.beginnings[record]
			same := 0
			for same+1 < min(len(past), len(truth)) && past[same+1] == truth[same+1] {
				same++
			}
			k.flat = append(k.flat, token(same), token(len(past)))
			for _, h := range past[same+1:] {
				k.generation(token(b.generation[h]))
			}
		case t&generationToken != 0:
			k.generation(t &^ generationToken)
		default:
			k.flat = append(k.flat, t)
		}
	}
	k.bytes = k.bytes[:0]
	for _, t := range k.flat {
		if t&generationToken != 0 {
			rank, _ := slices.BinarySearch(k.generations, t&^generationToken)
			t = token(rank)
		}
		k.bytes = append(k.bytes, byte(t))
	}
	return key{maphash.Bytes(keySeeds[0], k.bytes), maphash.Bytes(keySeeds[1], k.bytes)}
}

func (k *keys) generation(g token) {
	k.flat = append(k.flat, generationToken|g)
	if at, found := slices.BinarySearch(k.generations, g); !found {
		k.generations = slices.Insert(k.generations, at, g)
	}
}

package core

import "slices"

// key of the world.
func (w *world) key(k *keys) key {
	if w.mkey == nil {
		k.tokens = k.tokens[:0]
		k.machine(w.m)
		w.mkey = slices.Clone(k.tokens)
	}
	k.tokens = append(k.tokens[:0], w.mkey...)
	w.shell.key(k)
	for i := range w.hands {
		w.hands[i].key(k, w)
	}
	k.num(len(w.sums))
	slices.SortFunc(w.sums, func(a, b sum) int {
		if a.generation != b.generation {
			return int(a.generation) - int(b.generation)
		}
		return a.step - b.step
	})
	for _, s := range w.sums {
		k.gen(s.generation)
		k.num(s.step)
		k.num(int(s.brought))
		k.num(int(s.taken))
		k.num(int(s.all))
	}
	for _, n := range []int{w.left.kills, w.left.evicts, w.left.joins, w.left.leaves, w.left.restarts, w.left.breaks, w.left.stops, w.left.repeats} {
		k.num(n)
	}
	return k.sum(w.book, w.shell.record)
}

func (s *shell) key(k *keys) {
	k.num(s.disk.Stage)
	k.gen(s.disk.Generation)
	k.gen(s.disk.BeginGeneration)
	k.id(s.disk.Committed)
	k.gen(s.disk.Settled)
	k.num(len(s.disk.Members))
	for _, member := range s.disk.Members {
		k.worker(member)
	}
	k.past(s.record)
	k.num(s.batches)
	k.flags(s.preparing, s.back)
	k.num(s.limit)
	k.num(s.from)
	k.num(s.judging)
	k.num(s.passed)
	k.num(s.ended)
}

func (h *hand) key(k *keys, w *world) {
	k.flags(h.alive, h.known, h.asked, h.has, h.broken, h.idle, h.doing)
	k.flags(h.fetching, h.given)
	k.num(len(h.notes))
	for _, n := range h.notes {
		n.key(k)
	}
	k.num(len(h.late))
	for _, n := range h.late {
		n.key(k)
	}
	if !h.alive {
		if h.known {
			k.past(h.said)
		}
		return
	}
	k.num(len(h.queue))
	for _, o := range h.queue {
		o.key(k)
	}
	if h.has {
		k.num(h.stage)
		k.past(h.state)
		k.gen(h.applied)
	}
	k.gen(h.ring)
	k.ranks(h.members)
	if h.doing {
		h.step.key(k)
	}
	if h.fetching {
		h.fetch.key(k)
		k.num(len(h.waiting))
	}
	if h.given {
		h.gift.key(k)
		k.past(h.copy)
		k.gen(h.from)
	}
	if h.known {
		k.past(h.said)
	}
}

func (k *keys) ranks(all []int) {
	k.num(len(all))
	for _, i := range all {
		k.num(i)
	}
}

func (o *order) key(k *keys) {
	k.num(int(o.kind))
	k.num(o.stage)
	k.gen(o.generation)
	k.num(o.unit)
	k.flags(o.abrupt, o.hash)
	k.num(int(o.active))
	k.ranks(o.members)
	if o.kind == begin {
		k.past(o.state)
	}
	k.num(o.source)
}

func (n *note) key(k *keys) {
	k.num(int(n.kind))
	k.num(n.stage)
	k.gen(n.generation)
	k.num(n.unit)
	k.flags(n.hash, n.has)
	k.num(n.rank)
	if n.has {
		k.id(n.id)
		k.past(n.state)
	}
}

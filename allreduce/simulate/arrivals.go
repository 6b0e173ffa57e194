package simulate

// arrival is a message on its way.
type arrival struct {
	at     float64 // when it arrives
	order  int     // in which messages were sent
	seq    uint64  // the chunk's number on its link, or the number a credit reaches to
	to     int32
	credit bool
}

// before breaks ties by what a rank itself can see, so that two ranks to which the same happens do the same whatever
// others do at that moment: credits come before chunks, and either in their order.
func (a *arrival) before(b *arrival) bool {
	switch {
	case a.at != b.at:
		return a.at < b.at
	case a.credit != b.credit:
		return a.credit
	case a.seq != b.seq:
		return a.seq < b.seq
	}
	return a.order < b.order
}

// arrivals is a binary heap of messages, the next to arrive on top. It is written out,
// because container/heap costs an allocation a message, and there are tens of millions.
type arrivals []arrival

func (h *arrivals) any() bool { return len(*h) > 0 }

func (h *arrivals) add(m arrival) {
	s := append(*h, m)
	i := len(s) - 1
	for i > 0 {
		parent := (i - 1) / 2
		if !m.before(&s[parent]) {
			break
		}
		s[i] = s[parent]
		i = parent
	}
	s[i] = m
	*h = s
}

// next removes the message that arrives first.
func (h *arrivals) next() arrival {
	s := *h
	first, last := s[0], s[len(s)-1]
	s = s[:len(s)-1]
	*h = s
	i := 0
	for {
		child := 2*i + 1
		if child >= len(s) {
			break
		}
		if child+1 < len(s) && s[child+1].before(&s[child]) {
			child++
		}
		if !s[child].before(&last) {
			break
		}
		s[i] = s[child]
		i = child
	}
	if len(s) > 0 {
		s[i] = last
	}
	return first
}

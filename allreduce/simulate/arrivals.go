package simulate

// arrival is a message on its way.
type arrival struct {
	at     float64 // when it arrives
	order  int     // breaks ties: the order in which messages were sent
	seq    uint64  // the chunk's number on its link, or the number a credit reaches to
	to     int32
	credit bool
}

func (a *arrival) before(b *arrival) bool {
	return a.at < b.at || a.at == b.at && a.order < b.order
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

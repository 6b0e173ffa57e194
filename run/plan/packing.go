package plan

// packing fills ranks with texts.
type packing struct {
	world int
	order []int // positions of the batch, longest first
	runs  []run // of equal length, longest first
	// shorter[n] is the first run of at most n tokens.
	shorter []int
	least   int // no bound below it can be kept

	// What the last filling did.
	left  []int // texts of each run that are not given out
	skip  []int // skip[i] leads to the first run from i on that has any left
	load  load
	taken []taken
}

// run are the texts of one length: order[begin:begin+count].
type run struct{ length, begin, count int }

// taken are texts of a run that each of some ranks was given, from rank on.
type taken struct{ rank, ranks, run, count int }

func newPacking(lengths []int, world int) *packing {
	p := &packing{world: world}
	p.order, p.runs = longestFirst(lengths)
	tokens := 0
	for _, r := range p.runs {
		tokens += r.length * r.count
	}
	p.least = max(p.runs[0].length, (tokens+world-1)/world) + microBatchOverhead
	p.shorter = make([]int, p.runs[0].length+1)
	next := len(p.runs)
	for n := range p.shorter {
		for next > 0 && p.runs[next-1].length <= n {
			next--
		}
		p.shorter[n] = next
	}
	p.left, p.skip = make([]int, len(p.runs)), make([]int, len(p.runs)+1)
	return p
}

// fill gives all texts to ranks whose costs are at most bound, and says whether there is room for all.
func (p *packing) fill(bound int) bool {
	p.taken = p.taken[:0]
	for i, r := range p.runs {
		p.left[i], p.skip[i] = r.count, i
	}
	p.skip[len(p.runs)] = len(p.runs)
	texts := len(p.order)
	for rank := 0; rank < p.world && texts > 0; {
		before := len(p.taken)
		given := p.fillRank(rank, bound, p.most(rank, texts))
		alike := p.alike(p.taken[before:], rank, given, texts)
		for i := range p.taken[before:] {
			t := &p.taken[before+i]
			t.ranks = alike
			p.take(t.run, (alike-1)*t.count)
		}
		rank, texts = rank+alike, texts-alike*given
	}
	return texts == 0
}

// leftOver is how many tokens the last filling had no room for.
func (p *packing) leftOver() (tokens int) {
	for i, texts := range p.left {
		tokens += texts * p.runs[i].length
	}
	return tokens
}

// most is how many of the texts that are left a rank may be given, so that some are left for those after it.
func (p *packing) most(rank, texts int) int { return max(1, texts-(p.world-1-rank)) }

// alike is how many ranks, from one that was given these texts on, are given the same: the next
// would be as long as there are enough of each length. Of a thousand ranks most are like the one before.
func (p *packing) alike(same []taken, rank, given, texts int) int {
	alike := p.world - rank
	for _, t := range same {
		alike = min(alike, 1+p.left[t.run]/t.count)
	}
	for n := 1; n < alike; n++ {
		if texts -= given; given >= p.most(rank+n, texts) {
			return n
		}
	}
	return alike
}

func (p *packing) take(run, texts int) {
	if p.left[run] -= texts; p.left[run] == 0 {
		p.skip[run] = run + 1
	}
}

// fillRank gives a rank at most so many texts, and says how many.
func (p *packing) fillRank(rank, bound, most int) (texts int) {
	p.load.reset()
	for i := p.first(0); i < len(p.runs) && texts < most; i = p.first(i) {
		n := min(p.load.room(bound, p.runs[i].length), p.left[i], most-texts)
		if n <= 0 {
			room := bound - microBatchOverhead - p.load.cost
			if room < p.runs[len(p.runs)-1].length {
				break
			}
			i = max(i+1, p.shorter[min(room, len(p.shorter)-1)])
			continue
		}
		p.load.add(p.runs[i].length, n)
		p.taken = append(p.taken, taken{rank: rank, run: i, count: n})
		p.take(i, n)
		texts += n
		i++
	}
	return texts
}

// first is the first run from i on that has texts left.
func (p *packing) first(i int) int {
	for p.skip[i] != i {
		p.skip[i] = p.skip[p.skip[i]]
		i = p.skip[i]
	}
	return i
}

// ranks are the positions that the last filling gave to each rank.
func (p *packing) ranks() [][]int {
	texts := make([]int, p.world)
	for _, t := range p.taken {
		for n := range t.ranks {
			texts[t.rank+n] += t.count
		}
	}
	ranks, all := make([][]int, p.world), make([]int, len(p.order))
	for rank, n := range texts {
		if n > 0 {
			ranks[rank], all = all[:0:n], all[n:]
		}
	}
	for _, t := range p.taken {
		r := &p.runs[t.run]
		for n := range t.ranks {
			ranks[t.rank+n] = append(ranks[t.rank+n], p.order[r.begin:r.begin+t.count]...)
			r.begin += t.count
		}
	}
	return ranks
}

// longestFirst are the positions of lengths from the longest to the shortest, equal ones in the order
// of their positions, and the runs of equal length. Lengths are counted, not compared: they are few, and
// a batch for a thousand ranks has thousands. A length below 1 counts as 1.
func longestFirst(lengths []int) ([]int, []run) {
	longest := 1
	for _, n := range lengths {
		longest = max(longest, n)
	}
	count := make([]int, longest+1)
	for _, n := range lengths {
		count[max(n, 1)]++
	}
	var runs []run
	begin := 0
	for n := longest; n > 0; n-- {
		if count[n] > 0 {
			runs = append(runs, run{n, begin, count[n]})
			begin, count[n] = begin+count[n], begin
		}
	}
	order := make([]int, len(lengths))
	for position, n := range lengths {
		next := &count[max(n, 1)]
		order[*next] = position
		*next++
	}
	return order, runs
}

package plan

// microBatchOverhead is what a micro-batch costs beside its tokens, in tokens. It is the workers' own
// figure on processors (model/microbatch.go), which divide their examples by the same cost.
const microBatchOverhead = 24

// Cost is what a rank's texts of these lengths cost, in tokens: with padding, divided into micro-batches
// so that the cost is least, and an overhead for each.
func Cost(lengths []int) int {
	if len(lengths) == 0 {
		return 0
	}
	var l load
	_, runs := longestFirst(lengths)
	for _, r := range runs {
		l.add(r.length, r.count)
	}
	return l.cost
}

// load is what a rank has been given, longest first, and what that costs when it is divided into
// micro-batches so that the cost is least.
type load struct {
	texts, cost int
	cuts        []cut
}

// cut is a place where a micro-batch may begin: before the first text of a length.
type cut struct {
	length, before int // texts before it
	cost           int // the least of those
}

func (l *load) reset() { l.texts, l.cost, l.cuts = 0, 0, l.cuts[:0] }

// room is how many texts of a length, at most that of the shortest so far, fit in beside the others.
func (l *load) room(bound, length int) int {
	bound -= microBatchOverhead
	most := (bound - l.cost) / length
	for _, c := range l.cuts {
		if rest := bound - c.cost - (l.texts-c.before)*c.length; rest >= c.length {
			most = max(most, rest/c.length)
		}
	}
	return most
}

func (l *load) add(length, texts int) {
	l.cuts = append(l.cuts, cut{length, l.texts, l.cost})
	l.texts += texts
	last := len(l.cuts) - 1
	l.cost = l.cuts[last].cost + texts*length + microBatchOverhead
	for _, c := range l.cuts[:last] {
		l.cost = min(l.cost, c.cost+(l.texts-c.before)*c.length+microBatchOverhead)
	}
}

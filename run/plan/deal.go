package plan

// precision is how near to each other a bound of a rank's cost that is kept and one that is not are when
// the search for the smallest ends, as a part of the least that there could be.
const precision = 64

// Deal shares a global batch out to world ranks. lengths are the examples' lengths in tokens; the
// result lists, per rank, positions in the batch, longest first. Every position is dealt exactly
// once, and no rank gets none unless the batch is smaller than the world.
//
// A step lasts as long as its slowest rank, so the greatest cost of a rank is made small: tokens,
// padding, and an overhead for each micro-batch. The texts of a rank are near each other in
// length, since padding costs most where they are not; so ranks have unequal numbers of texts.
// One rank after another is filled up to a bound, with the longest texts and then the longest that
// still fit (first fit decreasing), and the smallest bound is searched for, as in MULTIFIT
// (Coffman, Garey and Johnson, 1978).
func Deal(lengths []int, world int) [][]int {
	if len(lengths) == 0 || world < 1 {
		return make([][]int, max(world, 0))
	}
	p := newPacking(lengths, world)
	tooLow, bound := p.least-1, p.least
	near := max(p.least/precision, 1)
	for !p.fill(bound) { // what was left over says how far off it was
		tooLow, bound = bound, bound+max(near, p.leftOver()/world)
	}
	filled := bound
	for bound-tooLow > near {
		filled = (tooLow + bound) / 2
		if p.fill(filled) {
			bound = filled
		} else {
			tooLow = filled
		}
	}
	if filled != bound {
		p.fill(bound)
	}
	return p.ranks()
}

package data

// parts are training, validation and test.
const parts = 3

// apportion divides sizes[c] rows of each class c among the parts by weight, so
// that each part's total is the largest-remainder rounding of its exact share,
// each class is divided completely, and each cell is the exact share rounded down or
// up. A table with fixed margins can always be rounded like this; see L. H. Cox,
// "A constructive procedure for unbiased controlled rounding", JASA 82 (1987).
// All arithmetic is in whole numbers; of equals the first is taken.
func apportion(sizes []int, weights [parts]uint64) [][parts]int {
	t := &roundingTable{cells: make([][parts]cell, len(sizes))}
	all := 0
	var given [parts]int
	for c, n := range sizes {
		all += n
		t.cells[c] = exactShares(n, weights)
		giveOut(&t.cells[c], n)
		for p := range parts {
			given[p] += t.cells[c][p].rows()
		}
	}
	goal := exactShares(all, weights)
	giveOut(&goal, all)
	for p := range parts {
		t.surplus[p] = given[p] - goal[p].rows()
	}
	t.balance()

	result := make([][parts]int, len(sizes))
	for c := range t.cells {
		for p := range parts {
			result[c][p] = t.cells[c][p].rows()
		}
	}
	return result
}

// cell is an exact share: a whole number and a remainder, which may be rounded up.
type cell struct {
	whole     int
	remainder uint64
	up        bool
}

func (c cell) rows() int {
	if c.up {
		return c.whole + 1
	}
	return c.whole
}

func exactShares(n int, weights [parts]uint64) (shares [parts]cell) {
	sum := uint64(0)
	for _, w := range weights {
		sum += w
	}
	for p, w := range weights {
		x := uint64(n) * w
		shares[p] = cell{whole: int(x / sum), remainder: x % sum}
	}
	return shares
}

// giveOut rounds up the largest remainders until n rows are given.
func giveOut(shares *[parts]cell, n int) {
	for _, s := range shares {
		n -= s.whole
	}
	for ; n > 0; n-- {
		best := -1
		for p, s := range shares {
			if !s.up && s.remainder > 0 && (best < 0 || s.remainder > shares[best].remainder) {
				best = p
			}
		}
		shares[best].up = true
	}
}

// roundingTable is a table whose rows are right and whose columns may not be.
type roundingTable struct {
	cells   [][parts]cell
	surplus [parts]int
}

// balance moves rounded-up cells from parts with too many to parts with too few,
// over the third part where there is no direct way.
func (t *roundingTable) balance() {
	for from := range parts {
		for t.surplus[from] > 0 {
			to := 0
			for t.surplus[to] >= 0 {
				to++
			}
			third := parts - from - to
			if c := t.cheapest(from, to); c >= 0 {
				t.move(c, from, to)
			} else {
				t.move(t.cheapest(from, third), from, third)
				t.move(t.cheapest(third, to), third, to)
			}
		}
	}
}

// cheapest is the class that loses least by rounding up in one part in place of
// another; -1 if none can.
func (t *roundingTable) cheapest(from, to int) int {
	best, bestLoss := -1, int64(0)
	for c, row := range t.cells {
		if !row[from].up || row[to].up || row[to].remainder == 0 {
			continue
		}
		loss := int64(row[from].remainder) - int64(row[to].remainder)
		if best < 0 || loss < bestLoss {
			best, bestLoss = c, loss
		}
	}
	return best
}

func (t *roundingTable) move(c, from, to int) {
	t.cells[c][from].up, t.cells[c][to].up = false, true
	t.surplus[from]--
	t.surplus[to]++
}

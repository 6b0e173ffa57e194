package data

// gold is a row's class, labels or value: equal ones say the same of a text.
type gold struct {
	class, set int32
	value      float64
}

func (r *row) gold() gold { return gold{r.class, r.set, r.value} }

// content is what a row says: its text, and its class, labels or value.
type content struct {
	text int32
	gold
}

func (r *row) content() content { return content{r.text, r.gold()} }

// withoutDuplicates keeps the first row of each text and class.
func (t *table) withoutDuplicates(rows []int32) (kept []int32, removed int) {
	first := make([]int32, t.texts.count()) // by text, the place of its first row, counted from 1
	more := map[content]bool{}              // what is said besides of texts that stand with several classes
	for _, place := range rows {
		r := t.at(place)
		switch before := first[r.text]; {
		case before == 0:
			first[r.text] = place + 1
		case t.at(before-1).gold() == r.gold() || more[r.content()]:
			removed++
			continue
		default:
			more[r.content()] = true
		}
		kept = append(kept, place)
	}
	return kept, removed
}

// withoutTextsOf removes the training rows whose text is tested on.
func (t *table) withoutTextsOf(train []int32, tested ...[]int32) (kept []int32, removed int) {
	held := make([]bool, t.texts.count())
	for _, part := range tested {
		for _, place := range part {
			held[t.at(place).text] = true
		}
	}
	for _, place := range train {
		if held[t.at(place).text] {
			removed++
			continue
		}
		kept = append(kept, place)
	}
	return kept, removed
}

// removeOverlaps takes the training rows out whose text is tested on, and counts them.
func (c *cleanedCorpus) removeOverlaps() error {
	before := c.train
	var removed int
	c.train, removed = c.rows.withoutTextsOf(before, c.valid, c.test)
	c.report.Overlaps += removed
	return c.leaveOutOverlaps(before)
}

// repeats counts the rows that say what an earlier one said.
func (t *table) repeats(rows []int32) int {
	_, n := t.withoutDuplicates(rows)
	return n
}

// shared counts the test rows whose text is a validation text.
func (c *cleanedCorpus) shared() int {
	_, n := c.rows.withoutTextsOf(c.test, c.valid)
	return n
}

package data

// content is what a row says: its text, and its class, labels or value.
type content struct {
	text, gold string
	class      int
}

func contentOf(r row) content { return content{r.Text, goldKey(r.Example), r.Class} }

// withoutDuplicates keeps the first row of each text and class.
func withoutDuplicates(rows []row) (kept []row, removed int) {
	seen := make(map[content]bool, len(rows))
	for _, r := range rows {
		c := contentOf(r)
		if seen[c] {
			removed++
			continue
		}
		seen[c] = true
		kept = append(kept, r)
	}
	return kept, removed
}

// withoutTextsOf removes the training rows whose text is tested on.
func withoutTextsOf(train []row, tested ...[]row) (kept []row, removed int) {
	held := map[string]bool{}
	for _, part := range tested {
		for _, r := range part {
			held[r.Text] = true
		}
	}
	for _, r := range train {
		if held[r.Text] {
			removed++
			continue
		}
		kept = append(kept, r)
	}
	return kept, removed
}

// removeOverlaps takes the training rows out whose text is tested on, and counts them.
func (r *Report) removeOverlaps(train *[]row, valid, test []row, trace *Trace) {
	kept, removed := withoutTextsOf(*train, valid, test)
	trace.leaveOutOverlaps(*train, kept, valid, test)
	*train = kept
	r.Overlaps += removed
}

// repeats counts the rows that say what an earlier one said.
func repeats(rows []row) int {
	_, n := withoutDuplicates(rows)
	return n
}

// shared counts the test rows whose text is a validation text.
func shared(valid, test []row) int {
	_, n := withoutTextsOf(test, valid)
	return n
}

package coordinator

import "ringmaster/coordinator/job"

// longestTexts are lengths in tokens, as many as a batch has texts, falling: no batch has longer ones. A row
// may come twice in a batch, where an epoch of its task ends there, and more often where a batch has more
// texts than the task.
func longestTexts(tasks []*job.Task, batch int) []int {
	var texts []int // by length; a corpus has few lengths and may have many rows
	for _, t := range tasks {
		rows := t.Train.Len()
		if rows == 0 {
			continue
		}
		times := 1 + (batch-1+rows-1)/rows // epochs that so many draws can touch
		for i := range rows {
			n := t.Train.Size(i)
			if n >= len(texts) {
				texts = append(texts, make([]int, n+1-len(texts))...)
			}
			texts[n] += times
		}
	}
	var longest []int
	for n := len(texts) - 1; n >= 0; n-- {
		for range min(texts[n], batch-len(longest)) {
			longest = append(longest, n)
		}
	}
	return longest
}

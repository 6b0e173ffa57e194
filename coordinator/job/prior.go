package job

import "ringmaster/kinds"

// prior is what the bias of the task's new head begins with, where it begins with the frequencies of the training rows as they
// are dealt, weighted and smoothed.
func (t *Task) prior() []float64 {
	kind, outputs, rows := kinds.Of(t.Kind), len(t.HeadOutputs()), t.Corpus.Train
	shares := t.sharesDealt()
	var mean []float64
	for i := range rows.Len() {
		target := kind.Target(GoldOf(rows.Bare(i)), nil, 1, outputs, t.Settings)
		if mean == nil {
			mean = make([]float64, len(target))
		}
		for k, y := range target {
			mean[k] += shares[i] * y
		}
	}
	return kind.Prior(mean, rows.Len())
}

// sharesDealt are the shares that training rows have of what is dealt, of sum 1.
func (t *Task) sharesDealt() []float64 {
	shares := make([]float64, t.Corpus.Train.Len())
	classes := t.Dealt().Classes
	if classes == nil {
		for i := range shares {
			shares[i] = 1 / float64(len(shares))
		}
		return shares
	}
	counts := map[int32]int{}
	for _, c := range classes {
		counts[c]++
	}
	for i, c := range classes {
		shares[i] = 1 / (float64(len(counts)) * float64(counts[c]))
	}
	return shares
}

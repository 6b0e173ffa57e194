package job

import (
	"ringmaster/config"
	"ringmaster/data"
	"ringmaster/kinds"
)

// GoldOf is an example's gold answer.
func GoldOf(e data.Example) kinds.Gold {
	return kinds.Gold{Class: e.Class, Set: e.Set, Value: e.Value}
}

// setSettings finds the numbers of training that depend on the training rows.
func (t *Task) setSettings(smoothing float64) {
	t.Settings = kinds.Settings{}
	if t.Corpus == nil {
		return
	}
	switch w := t.ClassWeights; {
	case w.Balanced():
		t.Settings.Weights = balanced(t.Kind, t.Corpus)
	case len(w) > 0:
		t.Settings.Weights = w.Of(t.Corpus.Classes)
	}
	if !t.Kind.Is(config.KindValue) {
		t.Settings.Smoothing = smoothing
	}
	if t.Kind.Is(config.KindValue) {
		values := make([]float64, t.Corpus.Train.Len())
		for i := range values {
			values[i] = t.Corpus.Train.Bare(i).Value
		}
		t.Settings.Scale, _ = kinds.ScaleOf(values) // rows of one value were refused
	}
	if t.HeadBias == config.HeadBiasPrior {
		t.Settings.Bias = t.prior()
	}
}

// balanced are weights inverse to the numbers of training rows. Of n rows of k classes, of which n_c are of class c, that is
// n/(k·n_c), as scikit-learn has it: their mean over the rows is 1. Of a label that is n_absent/n_present, as PyTorch
// suggests for pos_weight. A class without rows weighs 1.
func balanced(kind config.Kind, c *data.Corpus) []float64 {
	weights := make([]float64, len(c.Classes))
	rows, counts := float64(c.Report.Train.Rows), c.Report.Train.Classes
	met := 0
	for _, n := range counts {
		if n > 0 {
			met++
		}
	}
	for i, n := range counts {
		present := float64(n)
		switch {
		case n == 0 || kind.Is(config.KindLabels) && present == rows:
			weights[i] = 1
		case kind.Is(config.KindLabels):
			weights[i] = (rows - present) / present
		default:
			weights[i] = rows / (float64(met) * present)
		}
	}
	return weights
}

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
func (t *Task) setSettings() {
	if t.Corpus == nil {
		return
	}
	if t.Task.Kind.Is(config.KindValue) {
		values := make([]float64, len(t.Corpus.Train))
		for i, e := range t.Corpus.Train {
			values[i] = e.Value
		}
		t.Settings.Scale, _ = kinds.ScaleOf(values) // rows of one value were refused
	}
}

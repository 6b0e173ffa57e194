package coordinator

import (
	"slices"
	"testing"

	"ringmaster/coordinator/core"
	"ringmaster/run/protocol"
)

// Most of the ranks of a step's generation decide which sums it has. A tie excludes nobody.
func TestMostRanksDecideAStepsSums(t *testing.T) {
	done := func(generation uint64, loss float64) *protocol.StepDone {
		return &protocol.StepDone{Generation: generation, LossSum: []float64{loss, 1}}
	}
	type reports = map[core.WorkerID]*protocol.StepDone
	for name, c := range map[string]struct {
		of      reports
		witness core.WorkerID
		honest  core.WorkerID
		odd     []core.WorkerID
	}{
		"one":                      {reports{"a": done(2, 5)}, "a", "a", nil},
		"all agree":                {reports{"a": done(2, 5), "b": done(2, 5), "c": done(2, 5)}, "b", "b", nil},
		"one of three lies":        {reports{"a": done(2, 5), "b": done(2, -42), "c": done(2, 5)}, "a", "a", []core.WorkerID{"b"}},
		"the witness lies":         {reports{"a": done(2, -42), "b": done(2, 5), "c": done(2, 5)}, "a", "b", []core.WorkerID{"a"}},
		"two that differ":          {reports{"a": done(2, 5), "b": done(2, 6)}, "b", "b", nil},
		"three that all differ":    {reports{"a": done(2, 5), "b": done(2, 6), "c": done(2, 7)}, "c", "c", nil},
		"two of five, differently": {reports{"a": done(2, 5), "b": done(2, 5), "c": done(2, 5), "d": done(2, 6), "e": done(2, 7)}, "d", "a", []core.WorkerID{"d", "e"}},
		"another generation's":     {reports{"a": done(3, 5), "b": done(2, 6), "c": done(2, 6)}, "a", "a", nil},
	} {
		honest, odd := differing(c.of, c.witness)
		if honest != c.honest || !slices.Equal(odd, c.odd) {
			t.Errorf("%s: %s is believed and %v are not, want %s and %v", name, honest, odd, c.honest, c.odd)
		}
	}
}

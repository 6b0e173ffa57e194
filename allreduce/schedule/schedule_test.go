package schedule

import "testing"

func TestPlanOfThreeRanks(t *testing.T) {
	// The table of package allreduce's comment, by rank and step.
	sends := [3][4]int{{0, 2, 1, 0}, {1, 0, 2, 1}, {2, 1, 0, 2}}
	for rank := range sends {
		p := Plan{Rank: rank, World: 3, Total: 10, PerChunk: 4, Lag: 1}
		for step, want := range sends[rank] {
			if got := p.SendSegment(step); got != want {
				t.Errorf("rank %d step %d sends segment %d, want %d", rank, step, got, want)
			}
			left := Plan{Rank: mod(rank-1, 3), World: 3}
			if got, want := p.ReceiveSegment(step), left.SendSegment(step); got != want {
				t.Errorf("rank %d step %d receives segment %d, its left sends %d", rank, step, got, want)
			}
		}
	}
}

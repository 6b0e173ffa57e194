package coordinator

import (
	"testing"

	"ringmaster/coordinator/core"
)

// A change of how many take part is told once, and nothing is told of more than were asked for.
func TestChangesOfParticipationAreToldOnce(t *testing.T) {
	p := newParticipation(3)
	ab := []core.WorkerID{"a", "b"}
	for i, c := range []struct {
		now     int
		members []core.WorkerID
		want    string
	}{
		{3, nil, ""},
		{4, nil, ""},
		{2, ab, "2 of the 3 requested workers take part from now on: worker a, b"},
		{2, ab, ""},
		{1, ab, "1 of the 3 requested workers take part from now on"}, // the ring is a newer one
		{3, nil, "all 3 workers take part again"},
		{3, nil, ""},
	} {
		if got := p.change(c.now, c.members); got != c.want {
			t.Errorf("%d: with %d it says %q, want %q", i, c.now, got, c.want)
		}
	}
}

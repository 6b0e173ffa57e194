package allreduce

import (
	"errors"
	"testing"
	"time"
)

// A rank that is late is waited for, which is no link's fault.
func TestALateRankIsNoSlowLink(t *testing.T) {
	const world, operations, late = 3, 20, 20 * time.Millisecond
	for name, connect := range topologies {
		t.Run(name, func(t *testing.T) {
			rings := openOver(t, connect(t, world), testOptions(world))
			defer closeAll(t, rings)
			for range operations {
				noErrors(t, onEveryRank(world, func(rank int) error {
					if rank == 1 {
						<-time.After(late) // is its work
					}
					return rings[rank].AllReduce(t.Context(), make([]float32, 30_000))
				}))
			}
			for rank, ring := range rings {
				s := ring.Stats()
				if rank != 1 && s.WaitedForData < operations*late/2 {
					t.Errorf("rank %d has waited %v for one that was late by %v", rank, s.WaitedForData, operations*late)
				}
				if s.InTransit > operations*late/2 {
					t.Errorf("of %v that were waited, %v are said to be the fault of rank %d's link", operations*late, s.InTransit, rank)
				}
			}
		})
	}
}

// Signs of life answer no chunk, and blame no link for what their sender waits for: here
// rank 1 has taken rank 0's first chunk, and waits for what rank 2 has not begun.
func TestSignsOfLifeBlameNoLink(t *testing.T) {
	options := quick(3)
	transports := NewMemory(options.World)
	var ticks [2]chan struct{}
	for rank := range ticks {
		ticks[rank] = make(chan struct{})
		transports[rank] = &counting{transports[rank], ticks[rank]}
	}
	rings := openAll(t, transports, options)
	defer closeAll(t, rings)
	noErrors(t, onEveryRank(options.World, func(rank int) error {
		if rank > 0 {
			<-ticks[rank-1]
			<-ticks[rank-1]
		}
		return rings[rank].AllReduce(t.Context(), make([]float32, 32)) // a chunk a segment: no credit is due for the first
	}))
	if waited, transit := rings[1].Stats().WaitedForData, rings[0].Stats().InTransit; transit > waited/4 { // a tick is half
		t.Errorf("rank 1 has waited %v, of which %v were under way", waited, transit)
	}
}

func TestACreditOfAnotherLengthIsCorrupt(t *testing.T) {
	rings := openAll(t, NewMemory(2), testOptions(2))
	defer abandonAll(rings)
	for _, length := range []int{0, creditBytes - 1, creditBytes + 1} {
		now := time.Now()
		if err := rings[0].handleCredit(header{Kind: kindCredit}, make([]byte, length), now, now); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%d bytes: %v", length, err)
		}
	}
}

// What a neighbour says of its waiting counts for no more than the time since the chunk left.
func TestACostIsBoundedByWhatIsKnownHere(t *testing.T) {
	sent := time.Now()
	m := transit{sentAt: make([]time.Time, 4)}
	m.sent(6, sent)
	for _, c := range []struct{ waited, after, want time.Duration }{
		{5, 9, 5}, {9, 5, 5}, {-1, 5, 0}, {5, -1, 0},
	} {
		if got := m.cost(6, sent.Add(c.after), c.waited); got != c.want {
			t.Errorf("waited %d, answered after %d: it cost %d, want %d", c.waited, c.after, got, c.want)
		}
	}
}

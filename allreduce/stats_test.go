package allreduce

import "testing"

// A rank that waits says for whom: for data, when all that it could send is under way; for
// credit, when more is ready and its window is full.
func TestStatsSayForWhomARankWaits(t *testing.T) {
	for name, test := range map[string]struct {
		window, length int
		waited, not    func(Stats) int64
	}{
		"data":   {64, 32, func(s Stats) int64 { return int64(s.WaitedForData) }, func(s Stats) int64 { return int64(s.WaitedForCredit) }},
		"credit": {1, 4096, func(s Stats) int64 { return int64(s.WaitedForCredit) }, func(s Stats) int64 { return int64(s.WaitedForData) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			options := quick(2)
			options.Window = test.window
			transports := NewMemory(options.World)
			ticks := make(chan struct{})
			transports[0] = &counting{transports[0], ticks}
			rings := openAll(t, transports, options)
			defer closeAll(t, rings)
			noErrors(t, onEveryRank(options.World, func(rank int) error {
				if rank == 1 { // is late: begins when rank 0 has waited through a tick
					<-ticks
					<-ticks
					s := rings[0].Stats()
					if test.waited(s) <= 0 || test.not(s) != 0 || s.WaitedForData+s.WaitedForCredit > s.Waited {
						t.Errorf("waiting for %s: %+v", name, s)
					}
				}
				return rings[rank].AllReduce(t.Context(), make([]float32, test.length))
			}))
		})
	}
}

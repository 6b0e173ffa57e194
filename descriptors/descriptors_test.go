package descriptors

import (
	"math"
	"testing"

	"golang.org/x/sys/unix"
)

func TestConnectionsLeaveDescriptorsForFiles(t *testing.T) {
	for limit, want := range map[uint64]int{
		20: 10, 100: 50, 128: 64, 256: 192, 1024: 768, 1 << 20: most, math.MaxUint64: most, // unix.RLIM_INFINITY
	} {
		if got := share(limit); got != want {
			t.Errorf("of %d descriptors %d are for connections, want %d", limit, got, want)
		}
	}
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if got := ForConnections(); got != share(limit.Cur) {
		t.Errorf("%d for connections of this process's %d", got, limit.Cur)
	}
}

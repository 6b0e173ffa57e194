package simulate_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// processorWait is how long this process's threads have been ready to run without a
// processor, all together, as Linux counts it (schedstat); 0 where nothing counts it. What
// else a machine does can lengthen a measurement by no more than this.
func processorWait(t testing.TB) time.Duration {
	t.Helper()
	threads, err := filepath.Glob("/proc/self/task/*/schedstat")
	if err != nil {
		t.Fatal(err)
	}
	var all time.Duration
	for _, path := range threads {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // the thread has ended
		}
		var ran, waited int64 // nanoseconds
		if _, err := fmt.Sscan(string(text), &ran, &waited); err != nil {
			t.Fatal(path, err)
		}
		all += time.Duration(waited)
	}
	return all
}

package curve

import (
	"fmt"
	"math"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// leastTime is the processor time of one call of work, the least over rounds of some calls each.
func leastTime(rounds, calls int, work func() error) (time.Duration, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	least := time.Duration(math.MaxInt64)
	for range rounds {
		began, err := threadTime()
		if err != nil {
			return 0, err
		}
		for range calls {
			if err := work(); err != nil {
				return 0, err
			}
		}
		ended, err := threadTime()
		if err != nil {
			return 0, err
		}
		least = min(least, (ended-began)/time.Duration(calls))
	}
	return least, nil
}

// threadTime is the processor time that this thread has used, user and system.
func threadTime() (time.Duration, error) {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t); err != nil {
		return 0, fmt.Errorf("processor time: %w", err)
	}
	return time.Duration(t.Nano()), nil
}

package curve

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
)

// forgetPeak has the kernel measure the process's greatest memory anew (proc_pid_clear_refs(5)).
func forgetPeak() error {
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil {
		return fmt.Errorf("%w: the memory of the process: %w", errMeasure, err)
	}
	return nil
}

var highWater = regexp.MustCompile(`(?m)^VmHWM:\s+(\d+) kB$`)

// peak is the most memory that the process has had since, in bytes.
func peak() (int64, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, fmt.Errorf("%w: the memory of the process: %w", errMeasure, err)
	}
	found := highWater.FindSubmatch(status)
	if found == nil {
		return 0, fmt.Errorf("%w: /proc/self/status has no VmHWM", errMeasure)
	}
	kilobytes, err := strconv.ParseInt(string(found[1]), 10, 64)
	return kilobytes << 10, err
}

package affinity

import (
	"errors"
	"fmt"
	"os/exec"
	"runtime"

	"golang.org/x/sys/unix"
)

// Cores are the numbers of the cores that this process may run on, rising.
func Cores() ([]int, error) {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		return nil, fmt.Errorf("cannot determine the allowed cores: %w", err)
	}
	var cores []int
	for core := 0; len(cores) < set.Count(); core++ {
		if set.IsSet(core) {
			cores = append(cores, core)
		}
	}
	return cores, nil
}

// Start is cmd.Start, with the child bound to the given cores.
//
// A child inherits the affinity of the thread that starts it, so this thread takes it on
// for a moment. The runtime makes no thread from a locked one: no other goroutine is affected.
func Start(cmd *exec.Cmd, cores ...int) (err error) {
	var before, wanted unix.CPUSet
	for _, core := range cores {
		wanted.Set(core)
	}
	runtime.LockOSThread()
	if err := unix.SchedGetaffinity(0, &before); err != nil {
		runtime.UnlockOSThread()
		return fmt.Errorf("cannot bind a process to cores %v: %w", cores, err)
	}
	defer func() {
		if back := unix.SchedSetaffinity(0, &before); back != nil {
			// The thread stays locked: it ends with its goroutine and spoils no other.
			err = errors.Join(err, fmt.Errorf("cannot unbind the thread that started a process: %w", back))
			return
		}
		runtime.UnlockOSThread()
	}()
	if err := unix.SchedSetaffinity(0, &wanted); err != nil {
		return fmt.Errorf("cannot bind a process to cores %v: %w", cores, err)
	}
	return cmd.Start()
}

//go:build !linux

package affinity

import (
	"os/exec"
	"runtime"
)

// Cores are the numbers of the cores that this process may run on, rising.
func Cores() ([]int, error) {
	cores := make([]int, runtime.NumCPU())
	for i := range cores {
		cores[i] = i
	}
	return cores, nil
}

// Start is cmd.Start: there is no call that binds a process to cores.
func Start(cmd *exec.Cmd, cores ...int) error { return cmd.Start() }

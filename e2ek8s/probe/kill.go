package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

var errNoContainer = errors.New("no process of this container is seen here")

// kill kills the first process of a container (SIGKILL), which the kernel does only from outside
// its namespace, and prints when. It needs the node's process namespace.
func kill(proc, container string) error {
	if len(container) < 12 { // a shorter one could mean others
		return fmt.Errorf("%w: %q is no container's id", errUsage, container)
	}
	statuses, err := filepath.Glob(filepath.Join(proc, "[0-9]*", "status"))
	if err != nil {
		return err
	}
	for _, status := range statuses {
		dir := filepath.Dir(status)
		if !first(status) || !belongs(filepath.Join(dir, "cgroup"), container) {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(dir))
		if err != nil {
			return err
		}
		at := time.Now()
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			return err
		}
		fmt.Println("killed", pid, at.UnixNano())
		return nil
	}
	return errNoContainer
}

// first says whether a process is number 1 in its own namespace, by its status file.
func first(status string) bool {
	b, err := os.ReadFile(status)
	if err != nil {
		return false // it has ended
	}
	for line := range strings.Lines(string(b)) {
		if numbers, found := strings.CutPrefix(line, "NSpid:"); found {
			fields := strings.Fields(numbers)
			return len(fields) > 1 && fields[len(fields)-1] == "1"
		}
	}
	return false
}

func belongs(cgroup, container string) bool {
	b, err := os.ReadFile(cgroup)
	return err == nil && strings.Contains(string(b), container)
}

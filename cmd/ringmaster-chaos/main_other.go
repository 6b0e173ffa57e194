//go:build !linux

package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "ringmaster-chaos: this program runs on Linux only, because it takes over sockets and mounts disks")
	os.Exit(1)
}

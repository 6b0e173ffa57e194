//go:build !linux

package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "ringmaster-chaos: it borrows sockets and mounts disks as only Linux can")
	os.Exit(1)
}

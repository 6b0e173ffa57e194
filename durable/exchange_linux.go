package durable

import "golang.org/x/sys/unix"

// exchange has two names change places, in one step. It does nothing, and says why, where
// one of them is not there or the file system cannot.
func exchange(a, b string) error {
	return unix.Renameat2(unix.AT_FDCWD, a, unix.AT_FDCWD, b, unix.RENAME_EXCHANGE)
}

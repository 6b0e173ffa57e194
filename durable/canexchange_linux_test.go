package durable_test

import (
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// canExchange asks the kernel itself.
func canExchange(t *testing.T) bool {
	t.Helper()
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	put(t, a, "x")
	put(t, b, "x")
	return unix.Renameat2(unix.AT_FDCWD, a, unix.AT_FDCWD, b, unix.RENAME_EXCHANGE) == nil
}

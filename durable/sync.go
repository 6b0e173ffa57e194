package durable

import (
	"os"
	"sync/atomic"
)

// fsync brings a file or folder to the disk. It is a variable so that tests see when that is
// done, and have it fail.
var fsync atomic.Pointer[func(*os.File) error]

func init() {
	system := (*os.File).Sync
	fsync.Store(&system)
}

// SyncFile brings an open file's content, or a folder's names, to the disk.
func SyncFile(f *os.File) error { return (*fsync.Load())(f) }

// InjectSync has sync called in place of the operating system's, until restore is called. It is
// for tests of what relies on the disk.
func InjectSync(sync func(*os.File) error) (restore func()) {
	before := fsync.Swap(&sync)
	return func() { fsync.Store(before) }
}

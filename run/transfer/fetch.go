package transfer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/nats-io/nats.go"

	"ringmaster/durable"
	"ringmaster/sleep"
)

// obtainPatience is how long an owner may be away while its folder is obtained: a coordinator
// that is killed is back within it.
const obtainPatience = 2 * time.Minute

// Obtain returns a folder on this machine with f's files: f.Path itself where they
// stand there unchanged, else cacheDir/ID, fetched from the owner if need be. What a cut leaves
// of it stays in cacheDir, and the next call goes on from there, in this process or another.
func Obtain(ctx context.Context, nc *nats.Conn, subject string, f Folder, cacheDir string) (string, error) {
	if err := f.Check(); err != nil {
		return "", err
	}
	if f.check(f.Path) == nil {
		return f.Path, nil
	}
	dir := filepath.Join(cacheDir, f.ID)
	if f.check(dir) == nil {
		return dir, nil
	}
	draft := filepath.Join(cacheDir, durable.Prefix+f.ID+durable.PartSuffix)
	if err := os.MkdirAll(draft, 0o755); err != nil {
		return "", err
	}
	lock, err := waitForLock(ctx, draft)
	if err != nil {
		return "", err
	}
	defer lock.Close()
	if f.check(dir) == nil { // by whoever held the lock
		return dir, os.RemoveAll(draft)
	}
	owner := remote{nc: nc, subject: subject, name: f.ID, patience: obtainPatience}
	if err := f.fetchInto(ctx, draft, func(part int) asked { return asked{owner, part} }); err != nil {
		return "", err
	}
	return dir, durable.PutFolder(draft, dir)
}

// Fetch pulls f's files into dir, which appears complete or not at all; a folder that
// stands there is replaced. An owner that is gone is not waited for.
func Fetch(ctx context.Context, nc *nats.Conn, subject string, f Folder, dir string) error {
	if err := f.Check(); err != nil {
		return err
	}
	draft, err := durable.NewFolder(dir)
	if err != nil {
		return err
	}
	defer os.RemoveAll(draft) // nothing is there once it is in place
	owner := remote{nc: nc, subject: subject, name: f.ID}
	if err := f.fetchInto(ctx, draft, func(part int) asked { return asked{owner, part} }); err != nil {
		return err
	}
	return durable.PutFolder(draft, dir)
}

// lockPause is between two tries to take a lock that another process holds.
const lockPause = 100 * time.Millisecond

// waitForLock locks a folder that other processes of this machine may be filling. The lock ends
// with the file.
func waitForLock(ctx context.Context, dir string) (*os.File, error) {
	for {
		f, err := os.Open(dir)
		if errors.Is(err, os.ErrNotExist) { // the other has put it in its place
			if err := os.MkdirAll(dir, 0o755); err != nil {
				return nil, err
			}
			continue
		}
		if err != nil {
			return nil, err
		}
		err = durable.TryLock(f)
		if err == nil {
			if there, err := os.Stat(dir); err == nil && same(f, there) {
				return f, nil
			}
		} else if !errors.Is(err, durable.ErrLocked) {
			return f, nil //nolint:nilerr // a file system without locks: no other process can hold one
		}
		if err := f.Close(); err != nil {
			return nil, err
		}
		if err := sleep.For(ctx, lockPause); err != nil {
			return nil, err
		}
	}
}

// same says whether an open folder still has its name.
func same(f *os.File, there os.FileInfo) bool {
	info, err := f.Stat()
	return err == nil && os.SameFile(info, there)
}

// fetchInto pulls f's files into a folder, beside what has arrived there before.
func (f Folder) fetchInto(ctx context.Context, dir string, part func(int) asked) error {
	var missing int64
	for _, file := range f.Files {
		missing += file.Size - arrived(filepath.Join(dir, file.Name))
	}
	if err := durable.NeedRoom(dir, missing); err != nil {
		return fmt.Errorf("fetch %d files: %w", len(f.Files), err)
	}
	for i, file := range f.Files {
		if _, err := os.Lstat(filepath.Join(dir, file.Name)); err == nil {
			continue // it was whole when it got its name
		}
		if err := fetchFile(ctx, file, part(i), dir, nil); err != nil {
			return fmt.Errorf("fetch %s: %w", file.Name, err)
		}
	}
	return nil
}

// arrived is how many bytes of a file are here, whole or in part.
func arrived(path string) int64 {
	for _, at := range []string{path, path + durable.PartSuffix} {
		if info, err := os.Lstat(at); err == nil {
			return info.Size()
		}
	}
	return 0
}

// fetchFile pulls a part into a file of dir, from where it was cut. Where the whole does not have
// its checksum, it is pulled once more from its beginning: what was here may have been of
// another file, or lost bytes with the machine's power.
func fetchFile(ctx context.Context, file File, part asked, dir string, progress func(bytes int64)) (err error) {
	p, err := durable.OpenPartial(filepath.Join(dir, filepath.FromSlash(file.Name)))
	if err != nil {
		return err
	}
	open := true
	defer func() {
		if open {
			err = errors.Join(err, p.Close())
		}
	}()
	if p.Size() > file.Size {
		if err := p.Restart(); err != nil {
			return err
		}
	}
	fresh := p.Size() == 0
	for {
		if err := part.copyTo(ctx, p, p.Size(), file.Size, progress); err != nil {
			return full(err, dir)
		}
		sum := p.Sum()
		if sum == (durable.Checksum{Size: file.Size, SHA256: file.SHA256}) {
			open = false
			return full(p.Finish(), dir)
		}
		if err := p.Restart(); err != nil {
			return err
		}
		if fresh {
			return fmt.Errorf("%w: what arrived has SHA-256 %s, want %s", ErrDamaged, sum.SHA256, file.SHA256)
		}
		fresh = true
	}
}

// full adds to an error of a full disk what to do.
func full(err error, dir string) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fmt.Errorf("%w: %w: make room in %s; what has arrived is kept", durable.ErrNoRoom, err, dir)
	}
	return err
}

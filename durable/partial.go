package durable

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// PartSuffix ends the name of a file that has not arrived whole.
const PartSuffix = ".part"

// Partial is a file on its way here. What has arrived is in a file beside its place, and stays
// there when the transfer is cut or the process ends, so that the next one goes on from it.
type Partial struct {
	path string
	file *os.File
	sum  summing
}

// OpenPartial opens what has arrived so far of the file that is to be at path. It reads that for
// its checksum. Only one process may have it open.
func OpenPartial(path string) (*Partial, error) {
	f, err := os.OpenFile(path+PartSuffix, os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0o644)
	if err != nil {
		return nil, err
	}
	p := &Partial{path: path, file: f, sum: summing{sum: sha256.New()}}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = &fs.PathError{Op: "open", Path: f.Name(), Err: fs.ErrExist}
	}
	if err == nil {
		_, err = io.Copy(&p.sum, f)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return p, nil
}

// Size is how many bytes have arrived.
func (p *Partial) Size() int64 { return p.sum.size }

// Sum is the checksum of what has arrived.
func (p *Partial) Sum() Checksum { return p.sum.checksum() }

// Write adds what comes next.
func (p *Partial) Write(b []byte) (int, error) {
	n, err := p.file.Write(b)
	_, _ = p.sum.Write(b[:n]) // a hash does not fail
	return n, err
}

// Restart forgets what has arrived.
func (p *Partial) Restart() error {
	if err := p.file.Truncate(0); err != nil {
		return err
	}
	_, err := p.file.Seek(0, io.SeekStart)
	p.sum = summing{sum: sha256.New()}
	return err
}

// Finish brings the content to the disk and gives the file its name, in place of what had it.
func (p *Partial) Finish() error {
	if err := errors.Join(SyncFile(p.file), p.file.Close()); err != nil {
		return err
	}
	if err := os.Rename(p.path+PartSuffix, p.path); err != nil {
		return err
	}
	return SyncFolder(filepath.Dir(p.path))
}

// Close leaves what has arrived for later.
func (p *Partial) Close() error { return p.file.Close() }

// ErrNoRoom: a disk is full, or has less room than is needed.
var ErrNoRoom = errors.New("not enough room on the disk")

// NeedRoom makes sure that so many bytes can be written into dir, which exists: ErrNoRoom,
// with the numbers, where they cannot.
func NeedRoom(dir string, bytes int64) error {
	var disk syscall.Statfs_t
	if err := syscall.Statfs(dir, &disk); err != nil {
		return &fs.PathError{Op: "statfs", Path: dir, Err: err}
	}
	free := int64(disk.Bavail) * int64(disk.Bsize) //nolint:unconvert // their types differ between systems
	if bytes > free {
		return fmt.Errorf("%w: %s has %d MB left, and %d MB are needed", ErrNoRoom, dir, free>>20, (bytes+1<<20-1)>>20)
	}
	return nil
}

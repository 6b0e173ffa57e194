package bucket

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"syscall"

	"github.com/minio/minio-go/v7"

	"ringmaster/durable"
)

// Get copies an object, as it was looked at, to path, whose folder is there. progress hears of
// bytes that have come; nil is not called. Errors besides the server's: durable.ErrNoRoom,
// ErrDamaged, ErrChanged.
func (s *Store) Get(ctx context.Context, o Object, path string, progress func(bytes int64)) (err error) {
	p, err := durable.OpenPartial(path)
	if err != nil {
		return err
	}
	open := true
	defer func() {
		if open {
			err = errors.Join(err, p.Close())
		}
	}()
	if p.Size() > o.Size {
		if err := p.Restart(); err != nil {
			return err
		}
	}
	if err := durable.NeedRoom(filepath.Dir(path), o.Size-p.Size()); err != nil {
		return fmt.Errorf("%s: %w", o.At, err)
	}
	for fresh := p.Size() == 0; ; fresh = true {
		if err := s.getRest(ctx, o, p, progress); err != nil {
			return s.explain(o.At, err)
		}
		if o.SHA256 == "" || p.Sum().SHA256 == o.SHA256 {
			open = false
			return fullDisk(p.Finish(), o, path)
		}
		if err := p.Restart(); err != nil {
			return err
		}
		if fresh {
			return fmt.Errorf("%w: %s has another SHA-256 than it was put with: put it there again", ErrDamaged, o.At)
		}
	}
}

// getRest appends what is missing of an object.
func (s *Store) getRest(ctx context.Context, o Object, p *durable.Partial, progress func(int64)) error {
	t := tries{pause: s.pause}
	for p.Size() < o.Size {
		before := p.Size()
		err := s.getOnce(ctx, o, p, progress)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err == nil && p.Size() < o.Size {
			err = io.ErrUnexpectedEOF
		}
		if err != nil && !passing(err) {
			return err
		}
		if p.Size() > before {
			t.got()
		}
		if err != nil && !t.more(ctx) {
			return err
		}
	}
	return nil
}

// getOnce makes one request for the rest.
func (s *Store) getOnce(ctx context.Context, o Object, p *durable.Partial, progress func(int64)) error {
	ctx, moved, done := watched(ctx)
	defer done()
	var options minio.GetObjectOptions
	if o.ETag != "" { // some servers give none
		if err := options.SetMatchETag(o.ETag); err != nil {
			return err
		}
	}
	if p.Size() > 0 {
		if err := options.SetRange(p.Size(), 0); err != nil {
			return err
		}
	}
	body, _, _, err := s.core.GetObject(ctx, o.At.Bucket, o.At.Key, options)
	if err != nil {
		return stalled(ctx, err)
	}
	defer body.Close() // read to its end, or of no use
	to := writer(func(b []byte) (int, error) {
		n, err := p.Write(b)
		moved()
		if progress != nil {
			progress(int64(n))
		}
		return n, fullDisk(err, o, "")
	})
	_, err = io.Copy(to, io.LimitReader(body, o.Size-p.Size()))
	return stalled(ctx, err)
}

// writer is a function as an io.Writer.
type writer func([]byte) (int, error)

func (w writer) Write(b []byte) (int, error) { return w(b) }

// stalled tells a transfer that was ended because it stood still from one that was cancelled.
func stalled(ctx context.Context, err error) error {
	if err != nil && errors.Is(context.Cause(ctx), errClientClosed) {
		return errClientClosed
	}
	return err
}

func fullDisk(err error, o Object, path string) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fmt.Errorf("%s: %w: %w; %s has %d MB in all: make room, and start again: what has arrived is kept", o.At, durable.ErrNoRoom, err, path, o.Size>>20)
	}
	return err
}

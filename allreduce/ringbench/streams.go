package ringbench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	loopback       = "127.0.0.1"
	connectTimeout = 10 * time.Second
	// writeBytes is how much a stream hands to the kernel at once, about a message of the ring.
	writeBytes = 64 << 10
)

// streams are a rank's raw TCP links, to its right neighbour and from its left one.
type streams struct {
	listener    net.Listener
	left, right net.Conn
}

// listen returns the address at which the left neighbour finds this rank.
func (s *streams) listen() (address string, err error) {
	if s.listener, err = net.Listen("tcp", net.JoinHostPort(loopback, "0")); err != nil {
		return "", fmt.Errorf("listen for raw bytes: %w", err)
	}
	return s.listener.Addr().String(), nil
}

// connect links up with both neighbours, once all ranks listen.
func (s *streams) connect(ctx context.Context, right string) (err error) {
	dialer := net.Dialer{Timeout: connectTimeout}
	if s.right, err = dialer.DialContext(ctx, "tcp", right); err != nil {
		return fmt.Errorf("link for raw bytes to the right neighbour: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { _ = s.listener.Close() }) // ends Accept
	defer stop()
	if s.left, err = s.listener.Accept(); err != nil {
		return fmt.Errorf("link for raw bytes from the left neighbour: %w", errors.Join(err, context.Cause(ctx)))
	}
	return nil
}

// exchange sends so many bytes to the right while it takes as many from the left.
func (s *streams) exchange(ctx context.Context, bytes int64) error {
	stop := context.AfterFunc(ctx, func() { _, _ = s.left.Close(), s.right.Close() }) // ends Read and Write
	defer stop()
	var both errgroup.Group
	both.Go(func() error {
		from := make([]byte, writeBytes)
		for sent := int64(0); sent < bytes; {
			n, err := s.right.Write(from[:min(writeBytes, bytes-sent)])
			if err != nil {
				return fmt.Errorf("send raw bytes: %w", err)
			}
			sent += int64(n)
		}
		return nil
	})
	into := make([]byte, writeBytes)
	var err error
	for taken := int64(0); taken < bytes && err == nil; {
		var n int
		n, err = io.ReadAtLeast(s.left, into[:min(writeBytes, bytes-taken)], 1)
		taken += int64(n)
	}
	if err != nil {
		err = fmt.Errorf("receive raw bytes: %w", err)
	}
	return errors.Join(err, both.Wait())
}

func (s *streams) close() error {
	var errs []error
	for _, c := range []io.Closer{s.listener, s.left, s.right} {
		if c == nil {
			continue
		}
		if err := c.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

package hub

import (
	"context"
	"errors"
	"os"
	"time"

	"ringmaster/durable"
)

// lockInterval is how often a lock that another process holds is tried; waiting for it in the
// kernel could not be given up when ctx ends.
const lockInterval = 100 * time.Millisecond

// lock takes a lock file, waiting for other processes; the file itself stays.
func lock(ctx context.Context, path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	ticker := time.NewTicker(lockInterval)
	defer ticker.Stop()
	for {
		err := durable.TryLock(f)
		if err == nil {
			return func() { f.Close() }, nil // closing frees it
		}
		if !errors.Is(err, durable.ErrLocked) {
			return nil, errors.Join(err, f.Close())
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), f.Close())
		case <-ticker.C:
		}
	}
}

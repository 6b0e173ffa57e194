package sleep

import (
	"context"
	"time"
)

// For waits for d, or until ctx ends, which is context.Cause(ctx).
func For(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

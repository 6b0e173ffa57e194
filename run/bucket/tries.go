package bucket

import (
	"context"
	"time"

	"ringmaster/sleep"
)

// tries counts attempts that brought nothing further, and the pauses between them.
type tries struct {
	pause  time.Duration
	failed int
}

// more waits for the next attempt; false after too many, or when ctx ends.
func (t *tries) more(ctx context.Context) bool {
	if t.failed++; t.failed >= mostTries {
		return false
	}
	return sleep.For(ctx, min(t.pause<<(t.failed-1), longestPause)) == nil
}

// got forgets the failures: there was progress.
func (t *tries) got() { t.failed = 0 }

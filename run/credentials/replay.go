package credentials

import "fmt"

// A Window tells requests that are new from those that came before. Requests that overtake one another by
// fewer than its width are new still.
type Window struct {
	newest uint64
	seen   uint64 // a bit for each of the last windowWidth counts, the newest lowest
}

const windowWidth = 64

// Take takes a request's count, or says that it came before (ErrReplay).
func (w *Window) Take(count uint64) error {
	switch {
	case count > w.newest:
		if ahead := count - w.newest; ahead < windowWidth {
			w.seen <<= ahead
		} else {
			w.seen = 0
		}
		w.newest = count
		w.seen |= 1
		return nil
	case w.newest-count >= windowWidth || w.seen>>(w.newest-count)&1 == 1:
		return fmt.Errorf("%w: number %d", ErrReplay, count)
	}
	w.seen |= 1 << (w.newest - count)
	return nil
}

package schedule

import "errors"

// ErrCredit: a credit for chunks that were never sent.
var ErrCredit = errors.New("credit for chunks that were not sent")

// Window is one rank's flow control, over the life of its links: to the right it sends
// at most Size chunks beyond what was credited; from the left it credits what it has
// consumed. Numbers count chunks since the link was opened.
type Window struct {
	Size uint64

	sent, acked       uint64 // to the right
	consumed, granted uint64 // from the left
}

// Open says whether one more chunk may be sent.
func (w *Window) Open() bool { return w.sent-w.acked < w.Size }

// SentOne counts a chunk sent, and returns its number.
func (w *Window) SentOne() uint64 {
	w.sent++
	return w.sent
}

// Sent is how many chunks were sent.
func (w *Window) Sent() uint64 { return w.sent }

// Credit takes the right neighbour's word that it has consumed chunks up to seq, and
// says whether that is news: credits are cumulative, so an older one says nothing.
func (w *Window) Credit(seq uint64) (news bool, err error) {
	if seq > w.sent {
		return false, ErrCredit
	}
	if seq <= w.acked {
		return false, nil
	}
	w.acked = seq
	return true, nil
}

// ConsumedOne counts a chunk consumed, and says whether the left neighbour should hear
// of it now: every half of the window is worth a message.
func (w *Window) ConsumedOne() (due bool) {
	w.consumed++
	return w.consumed-w.granted >= max(1, w.Size/2)
}

// Grant is the number to credit the left neighbour with; it is taken as told.
func (w *Window) Grant() uint64 {
	w.granted = w.consumed
	return w.granted
}

// Granted says whether the left neighbour was allowed to send the chunk of that number.
func (w *Window) Granted(seq uint64) bool { return seq <= w.granted+w.Size }

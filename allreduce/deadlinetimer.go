package allreduce

import "time"

// deadlineTimer is a timer that is reset only when its deadline changes: a ring receives many
// messages between two ticks.
type deadlineTimer struct {
	timer *time.Timer
	at    time.Time
}

// until is a channel that receives at that moment.
func (a *deadlineTimer) until(moment time.Time) <-chan time.Time {
	if a.timer == nil {
		a.timer, a.at = time.NewTimer(time.Until(moment)), moment
	} else if !a.at.Equal(moment) {
		a.timer.Reset(time.Until(moment))
		a.at = moment
	}
	return a.timer.C
}

// fired is called after the channel has received.
func (a *deadlineTimer) fired() { a.at = time.Time{} }

package allreduce

import "time"

// alarm is a timer that is set anew only when its moment changes: a ring waits for many
// messages between two ticks.
type alarm struct {
	timer *time.Timer
	at    time.Time
}

// until is the channel that something comes on at that moment.
func (a *alarm) until(moment time.Time) <-chan time.Time {
	if a.timer == nil {
		a.timer, a.at = time.NewTimer(time.Until(moment)), moment
	} else if !a.at.Equal(moment) {
		a.timer.Reset(time.Until(moment))
		a.at = moment
	}
	return a.timer.C
}

// rung is called when something came on the channel.
func (a *alarm) rung() { a.at = time.Time{} }

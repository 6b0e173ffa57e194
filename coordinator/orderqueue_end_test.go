package coordinator

import (
	"testing"

	"ringmaster/run/protocol"
)

// The run's end comes next, whatever was pushed before and is not known to have come.
func TestTheEndComesBeforeWhatWaits(t *testing.T) {
	o := &orderQueue{}
	defer o.close()
	push(t, o, save(0), save(1), save(2))
	poll(o, 0)
	held := poll(o, 3)
	o.end(protocol.End{Error: "no space"})
	heard := o.drained()
	for _, c := range []struct {
		replies replyChan
		want    uint64
	}{{held, 4}, {poll(o, 1), 2}, {poll(o, 1), 2}} {
		got := c.replies.orders(t)
		if len(got) != 1 || got[0].Seq != c.want || got[0].End == nil || got[0].End.Error != "no space" {
			t.Errorf("%+v, want the end as order %d", got, c.want)
		}
	}
	select {
	case <-heard:
		t.Error("nobody has acknowledged the end, and the box is empty")
	default:
	}
	push(t, o, save(9))
	if got := poll(o, 2).orders(t); len(got) != 0 {
		t.Errorf("%+v after the end", got)
	}
	<-heard
}

func TestEmptyIsToldWhenTheLastOrderIsAcknowledged(t *testing.T) {
	o := &orderQueue{}
	defer o.close()
	isClosed := func(done <-chan struct{}) bool {
		select {
		case <-done:
			return true
		default:
			return false
		}
	}
	if !isClosed(o.drained()) {
		t.Error("a new box is not empty")
	}
	push(t, o, save(0), save(1))
	first, second := o.drained(), o.drained()
	poll(o, 1)
	if isClosed(first) || isClosed(second) {
		t.Error("empty with order 2 unacknowledged")
	}
	poll(o, 2)
	if !isClosed(first) || !isClosed(second) {
		t.Error("not empty with everything acknowledged")
	}
}

func TestAClosedBoxAnswersNoHeldPoll(t *testing.T) {
	o := &orderQueue{}
	held := poll(o, 0)
	o.close()
	push(t, o, save(0))
	if len(held) > 0 {
		t.Error("a poll was answered after close")
	}
}

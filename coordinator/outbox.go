package coordinator

import (
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"ringmaster/coordinator/protocol"
)

// bundleBytes bounds one answer to a poll; orders beyond it come with the next.
const bundleBytes = 512 << 10

// outbox holds a worker's orders until it acknowledges them, and answers its polls.
type outbox struct {
	mu     sync.Mutex
	seq    uint64
	orders []queued
	// answer replies to the poll that is kept open, if one is.
	answer func([]byte)
	expiry *time.Timer
	// awaited are closed when the box is empty.
	awaited []chan struct{}
}

type queued struct {
	seq  uint64
	text json.RawMessage
}

// put adds an order; a poll kept open is answered with it.
func (o *outbox) put(order protocol.Order) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	order.Seq = o.seq + 1
	text, err := json.Marshal(order)
	if err != nil {
		return fmt.Errorf("encode order: %w", err)
	}
	o.seq++
	o.orders = append(o.orders, queued{o.seq, text})
	if o.answer != nil {
		o.reply()
	}
	return nil
}

// poll forgets what is acknowledged and answers with the rest, at once if there is
// any, else when an order comes or the hold is over. A newer poll replaces an older
// one, whose asker has given up on it.
func (o *outbox) poll(ack uint64, answer func([]byte)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for len(o.orders) > 0 && o.orders[0].seq <= ack {
		o.orders = o.orders[1:]
	}
	if len(o.orders) == 0 {
		for _, done := range o.awaited {
			close(done)
		}
		o.awaited = nil
	}
	o.answer = answer
	if o.expiry != nil {
		o.expiry.Stop()
	}
	if len(o.orders) > 0 {
		o.reply()
		return
	}
	o.expiry = time.AfterFunc(protocol.PollHold, o.nudge)
}

// nudge answers a poll that is kept open, with nothing: its asker asks again at once, and
// so shows that it lives.
func (o *outbox) nudge() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.answer != nil {
		o.reply()
	}
}

// empty is closed once everything put before has been acknowledged.
func (o *outbox) empty() <-chan struct{} {
	o.mu.Lock()
	defer o.mu.Unlock()
	done := make(chan struct{})
	if len(o.orders) == 0 {
		close(done)
	} else {
		o.awaited = append(o.awaited, done)
	}
	return done
}

// close lets go of a poll that is kept open.
func (o *outbox) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.answer = nil
	if o.expiry != nil {
		o.expiry.Stop()
	}
}

func (o *outbox) reply() {
	text := []byte(`{"orders":[`)
	for i, q := range o.orders {
		if i > 0 && len(text)+len(q.text) > bundleBytes {
			break
		}
		if i > 0 {
			text = append(text, ',')
		}
		text = append(text, q.text...)
	}
	o.answer(append(text, ']', '}'))
	o.answer = nil
}

package coordinator

import (
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"ringmaster/run/protocol"
)

// bundleBytes bounds one answer to a poll; orders beyond it come with the next.
const bundleBytes = 512 << 10

// orderQueue holds a worker's orders until it acknowledges them, and answers its polls.
type orderQueue struct {
	// limit is the server's max_payload; nil stands for that of the embedded server.
	limit func() int64

	mu     sync.Mutex
	seq    uint64
	orders []queued
	last   *protocol.End // once the run is over: the answer to every poll
	said   uint64        // the number it was sent with; 0 before
	// answer replies to the poll that is held open, if one is. The worker has all orders up to
	// ack, and has bytes of the next.
	answer func([]byte)
	ack    uint64
	has    int
	expiry *time.Timer
	// awaited are closed when the queue is empty.
	awaited []chan struct{}
}

type queued struct {
	seq  uint64
	text json.RawMessage
}

// push adds an order; a poll that is held open is answered with it.
func (o *orderQueue) push(order protocol.Order) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.last != nil {
		return nil
	}
	order.Seq = o.seq + 1
	text, err := json.Marshal(order)
	if err != nil {
		return fmt.Errorf("encode order: %w", err)
	}
	if len(text) > protocol.MaxOrder {
		return fmt.Errorf("%w: an order of %d MB exceeds the limit of %d MB: lower train.batch, or use more workers",
			protocol.ErrPayload, len(text)>>20, protocol.MaxOrder>>20)
	}
	o.seq++
	o.orders = append(o.orders, queued{o.seq, text})
	if o.answer != nil {
		o.reply()
	}
	return nil
}

// end makes the run's end the next order, in place of all that wait.
func (o *orderQueue) end(end protocol.End) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.last, o.orders = &end, nil
	if o.answer != nil {
		o.reply()
	}
}

// poll forgets what is acknowledged and answers with the rest: at once if there is any, else
// when an order comes or the hold is over. A newer poll replaces an older one, which the
// worker has given up. A poll that acknowledges what was never given changes nothing, and false
// is returned: orders would be lost.
func (o *orderQueue) poll(ack uint64, has int, answer func([]byte)) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if ack > max(o.seq, o.said) {
		return false
	}
	for len(o.orders) > 0 && o.orders[0].seq <= ack {
		o.orders[0].text = nil // it may be large
		o.orders = o.orders[1:]
	}
	if o.isEmpty(ack) {
		for _, done := range o.awaited {
			close(done)
		}
		o.awaited = nil
	}
	o.answer, o.ack, o.has = answer, ack, has
	if o.expiry != nil {
		o.expiry.Stop()
	}
	if len(o.orders) > 0 || o.last != nil && !o.isEmpty(ack) {
		o.reply()
		return true
	}
	o.expiry = time.AfterFunc(protocol.PollHold, o.nudge)
	return true
}

// isEmpty says whether nothing waits for a worker that has all orders up to ack.
func (o *orderQueue) isEmpty(ack uint64) bool {
	if o.last != nil {
		return o.said > 0 && ack >= o.said
	}
	return len(o.orders) == 0
}

// nudge answers a poll that is held open, without orders: the worker polls again at once,
// which shows that it lives.
func (o *orderQueue) nudge() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.answer != nil {
		o.reply()
	}
}

// drained is closed once everything pushed before has been acknowledged.
func (o *orderQueue) drained() <-chan struct{} {
	o.mu.Lock()
	defer o.mu.Unlock()
	done := make(chan struct{})
	if o.isEmpty(o.ack) {
		close(done)
	} else {
		o.awaited = append(o.awaited, done)
	}
	return done
}

// close drops a poll that is held open.
func (o *orderQueue) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.answer = nil
	if o.expiry != nil {
		o.expiry.Stop()
	}
}

// reply answers the poll that is held open with as much as fits one message.
func (o *orderQueue) reply() {
	limit := int64(maxPayload)
	if o.limit != nil {
		limit = o.limit()
	}
	orders := o.orders
	if o.last != nil && !o.isEmpty(o.ack) {
		o.said = o.ack + 1
		text, err := json.Marshal(protocol.Order{Seq: o.said, End: o.last})
		if err != nil {
			text = fmt.Appendf(nil, `{"seq":%d,"end":{}}`, o.said)
		}
		orders = []queued{{o.said, text}}
	}
	answer := o.answer
	o.answer = nil
	if len(orders) > 0 && len(orders[0].text) > protocol.Room(limit) {
		text, err := json.Marshal(protocol.Orders{Part: protocol.Cut(orders[0].seq, orders[0].text, o.has, limit)})
		if err == nil { // a Part can always be encoded
			answer(text)
		}
		return
	}
	most := min(bundleBytes, protocol.Room(limit))
	text := []byte(`{"orders":[`)
	for i, q := range orders {
		if i > 0 && len(text)+len(q.text) > most {
			break
		}
		if i > 0 {
			text = append(text, ',')
		}
		text = append(text, q.text...)
	}
	answer(append(text, ']', '}'))
}

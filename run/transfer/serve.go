package transfer

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

// offers answers questions for what stands under names.
type offers struct {
	sub *nats.Subscription

	mu    sync.Mutex
	names map[string]*offer
}

// offer is what one name stands for.
type offer struct {
	parts []io.ReaderAt
	// contents answers the question for contentsPart; nil where askers know them.
	contents func() contents
	// idle is how long it stays after the last question; 0 until it is withdrawn.
	idle  time.Duration
	asked *time.Timer // lets go of it; nil before the first question
}

// serve answers on subject until close.
func serve(nc *nats.Conn, subject string) (*offers, error) {
	o := &offers{names: map[string]*offer{}}
	var piece []byte // one question is answered at a time, and publishing copies
	sub, err := nc.Subscribe(subject, func(m *nats.Msg) {
		most := pieceOver(nc)
		if len(piece) < most {
			piece = make([]byte, most)
		}
		reply := nats.NewMsg(m.Reply)
		var refused error
		if reply.Data, refused = o.answer(m.Data, piece[:most]); refused != nil {
			refuse(reply, refused)
		}
		// An answer that cannot be sent is asked for again.
		_ = nc.PublishMsg(reply)
	})
	if err != nil {
		return nil, fmt.Errorf("serve %s: %w", subject, err)
	}
	o.sub = sub
	return o, nil
}

// answer puts a piece into the given room, and gives what it has filled.
func (o *offers) answer(text, room []byte) ([]byte, error) {
	var q question
	if err := json.Unmarshal(text, &q); err != nil {
		return nil, err
	}
	is, err := o.wanted(q.Name)
	if err != nil {
		return nil, err
	}
	switch {
	case q.Part == contentsPart && is.contents != nil:
		return json.Marshal(is.contents())
	case q.Part < 0, q.Part >= len(is.parts), q.Length < 0:
		return nil, fmt.Errorf("%q has no %d bytes of part %d", q.Name, q.Length, q.Part)
	}
	n, err := is.parts[q.Part].ReadAt(room[:min(q.Length, len(room))], q.Offset)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return room[:n], nil
}

// add makes something available under a name.
func (o *offers) add(name string, is *offer) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.names[name] = is
}

// wanted is the offer of a name, which is kept for a while more.
func (o *offers) wanted(name string) (*offer, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	is := o.names[name]
	switch {
	case is == nil:
		return nil, fmt.Errorf("%w: %q", errAbsent, name)
	case is.idle == 0:
	case is.asked == nil:
		is.asked = time.AfterFunc(is.idle, func() { o.release(name, is) })
	default:
		is.asked.Reset(is.idle)
	}
	return is, nil
}

// release withdraws a name while it stands for the same.
func (o *offers) release(name string, is *offer) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.names[name] == is {
		delete(o.names, name)
	}
}

// withdraw lets go of a name.
func (o *offers) withdraw(name string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if is := o.names[name]; is != nil && is.asked != nil {
		is.asked.Stop()
	}
	delete(o.names, name)
}

// withdrawAll lets go of everything.
func (o *offers) withdrawAll() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, is := range o.names {
		if is.asked != nil {
			is.asked.Stop()
		}
	}
	clear(o.names)
}

// close lets go of everything and stops answering.
func (o *offers) close() error {
	o.withdrawAll()
	return o.sub.Unsubscribe()
}

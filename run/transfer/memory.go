package transfer

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/cespare/xxhash/v2"
	"github.com/nats-io/nats.go"
)

// idle is how long something in memory stays there after the last question for it.
const idle = time.Minute

// Memory gives out byte vectors that stand in its owner's memory, each of a few under a
// name, in pieces. What nobody asks for any more is let go of.
type Memory struct {
	sub *nats.Subscription

	mu    sync.Mutex
	names map[string]*offer
}

// offer is what one name stands for.
type offer struct {
	note  []byte
	parts [][]byte
	once  sync.Once
	sum   string
	asked *time.Timer // lets go of it; nil before the first question
}

// memoryAsk is a question: for what there is when Part is negative, else for a piece.
type memoryAsk struct {
	Name   string `json:"name"`
	Part   int    `json:"part"`
	Offset int    `json:"offset"`
}

// contents answers the first question.
type contents struct {
	Note  []byte `json:"note"`
	Sizes []int  `json:"sizes"`
	Sum   string `json:"sum"` // xxHash of all parts, one after another
}

// absentHeader marks the refusal of a name that is not there, or not yet.
const absentHeader = "Ringmaster-Absent"

var errAbsent = errors.New("nothing of that name is here")

// ServeMemory answers on subject until Close.
func ServeMemory(nc *nats.Conn, subject string) (*Memory, error) {
	m := &Memory{names: map[string]*offer{}}
	sub, err := nc.Subscribe(subject, func(q *nats.Msg) {
		reply := nats.NewMsg(q.Reply)
		var err error
		reply.Data, err = m.answer(q.Data, pieceOver(nc))
		if err != nil {
			refuse(reply, err)
		}
		if errors.Is(err, errAbsent) {
			reply.Header.Set(absentHeader, "1")
		}
		// An answer that cannot be sent is asked for again.
		_ = nc.PublishMsg(reply)
	})
	if err != nil {
		return nil, fmt.Errorf("serve from memory: %w", err)
	}
	m.sub = sub
	return m, nil
}

// Offer makes parts, which must not change any more, available under a name, with a note
// that is handed over before them.
func (m *Memory) Offer(name string, note []byte, parts ...[]byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.names[name] = &offer{note: note, parts: parts}
}

// Has says whether something is there under a name, which stays for a while more.
func (m *Memory) Has(name string) bool {
	_, err := m.wanted(name)
	return err == nil
}

// Withdraw lets go of everything.
func (m *Memory) Withdraw() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for name, o := range m.names {
		if o.asked != nil {
			o.asked.Stop()
		}
		delete(m.names, name)
	}
}

// Close lets go of everything and stops answering.
func (m *Memory) Close() error {
	m.Withdraw()
	return m.sub.Unsubscribe()
}

// wanted is the offer of a name, which is kept for a while more.
func (m *Memory) wanted(name string) (*offer, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	o := m.names[name]
	if o == nil {
		return nil, fmt.Errorf("%w: %q", errAbsent, name)
	}
	if o.asked == nil {
		o.asked = time.AfterFunc(idle, func() { m.letGo(name, o) })
	}
	o.asked.Reset(idle)
	return o, nil
}

func (m *Memory) letGo(name string, o *offer) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.names[name] == o {
		delete(m.names, name)
	}
}

func (m *Memory) answer(question []byte, most int) ([]byte, error) {
	var q memoryAsk
	if err := json.Unmarshal(question, &q); err != nil {
		return nil, err
	}
	o, err := m.wanted(q.Name)
	if err != nil {
		return nil, err
	}
	if q.Part < 0 {
		return o.contents()
	}
	if q.Part >= len(o.parts) || q.Offset < 0 || q.Offset >= len(o.parts[q.Part]) {
		return nil, fmt.Errorf("%q has no byte %d in part %d", q.Name, q.Offset, q.Part)
	}
	part := o.parts[q.Part]
	return part[q.Offset:min(q.Offset+most, len(part))], nil
}

func (o *offer) contents() ([]byte, error) {
	o.once.Do(func() { o.sum = sumOf(o.parts) }) // here, so that who offers need not wait for it
	c := contents{Note: o.note, Sum: o.sum}
	for _, p := range o.parts {
		c.Sizes = append(c.Sizes, len(p))
	}
	return json.Marshal(c)
}

// sumOf is the checksum of parts, one after another.
func sumOf(parts [][]byte) string {
	sum := xxhash.New()
	for _, p := range parts {
		_, _ = sum.Write(p) // a hash does not fail
	}
	return hex.EncodeToString(sum.Sum(nil))
}

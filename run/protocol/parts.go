package protocol

import (
	"fmt"

	"ringmaster/run/credentials"
)

// A server drops a message above its max_payload, and says so to nobody but the sender's
// library. What is larger goes in parts: of an order the worker asks for one after another,
// a report it sends so. Either side holds at most one message that is not whole of another.

// Bounds of a whole message, which whoever puts parts together holds to: MaxOrder is far
// above what a step of any use takes, MaxReport above the answers to a batch.
const (
	MaxOrder  = 1 << 30
	MaxReport = 64 << 20
)

// MinPayload is the least max_payload that a server may have: what is never sent in parts
// fits into it.
const MinPayload = 4 << 10

// PartBytes is the most that one part holds, whatever the server lets through.
const PartBytes = 512 << 10

// Part is a piece of a message, which is the JSON of an Order or a Report.
type Part struct {
	// Message numbers what the part belongs to: an order's Seq; of reports each has another.
	Message uint64 `json:"message"`
	Of      int    `json:"of"`     // bytes of the whole message
	Offset  int    `json:"offset"` // where the piece belongs
	Text    []byte `json:"text"`
}

// CheckPayload says whether a server lets enough through, where is its name.
func CheckPayload(limit int64, where string) error {
	if limit >= MinPayload {
		return nil
	}
	return fmt.Errorf("%w: %s takes messages of at most %d bytes (max_payload); set it to %d or more, 1 MiB is usual",
		ErrPayload, where, limit, MinPayload)
}

// Room is how many bytes of JSON a message may hold under a server's max_payload, with what
// goes around it.
func Room(limit int64) int {
	const around = 256 + credentials.SignatureRoom
	return int(max(limit, MinPayload)) - around
}

// PartRoom is how many bytes of a message one part may hold: base64 takes a third more.
func PartRoom(limit int64) int {
	const around = 512 + credentials.SignatureRoom
	return min(PartBytes, (int(max(limit, MinPayload))-around)/4*3)
}

// Cut is the part of a message that begins at offset.
func Cut(message uint64, text []byte, offset int, limit int64) *Part {
	offset = min(max(offset, 0), len(text))
	end := min(len(text), offset+PartRoom(limit))
	return &Part{Message: message, Of: len(text), Offset: offset, Text: text[offset:end]}
}

// Assembly puts the parts of a message together, one message at a time. The zero Assembly,
// with a bound, is ready.
type Assembly struct {
	Bound   int // bytes of a whole message
	message uint64
	text    []byte
}

// Add takes a part. whole is the message when it is all there. A part of another message
// begins anew; one that does not follow what is there changes nothing: Has says where the
// next is to begin.
func (a *Assembly) Add(p *Part) (whole []byte, err error) {
	if p.Of > a.Bound || p.Of < 1 || p.Offset < 0 || len(p.Text) > p.Of-p.Offset {
		return nil, fmt.Errorf("%w: %d bytes at %d of %d, where %d are the most", ErrPayload, len(p.Text), p.Offset, p.Of, a.Bound)
	}
	if p.Message != a.message {
		a.message, a.text = p.Message, nil
	}
	if p.Offset != len(a.text) {
		return nil, nil
	}
	a.text = append(a.text, p.Text...)
	if len(a.text) < p.Of {
		return nil, nil
	}
	whole = a.text
	a.text = nil
	return whole, nil
}

// Has is how many bytes are there of a message.
func (a *Assembly) Has(message uint64) int {
	if message != a.message {
		return 0
	}
	return len(a.text)
}

package allreduce

import (
	"context"
	"errors"
	"time"
)

// faulty is a transport that does something wrong to messages it sends. edit gets
// each message and returns those to send in its place.
type faulty struct {
	Transport
	edit func(to Side, frame []byte) [][]byte
}

func (f *faulty) Send(ctx context.Context, to Side, m *Message) error {
	for _, frame := range f.edit(to, append([]byte(nil), m.Frame()...)) {
		edited := NewMessage(len(frame))
		edited.Set(frame)
		if err := f.Transport.Send(ctx, to, edited); err != nil {
			return err
		}
	}
	return nil
}

// isKind says whether a message is of that kind.
func isKind(frame []byte, k kind) bool { return kind(frame[4]) == k }

// atData applies edit to the n-th data message, from 0, and leaves the others alone.
func atData(n int, edit func(frame []byte) [][]byte) func(Side, []byte) [][]byte {
	return func(_ Side, frame []byte) [][]byte {
		if isKind(frame, kindData) {
			if n--; n == -1 {
				return edit(frame)
			}
		}
		return [][]byte{frame}
	}
}

// resealed changes a message's header, and the first bytes of its payload, and makes
// the checksum right again.
func resealed(frame []byte, change func(*header), payload ...byte) []byte {
	h, err := parseHeader(frame[:headerBytes], &testKey)
	if err != nil {
		panic(err) // the frame is the ring's own
	}
	frame = append([]byte(nil), frame...)
	change(&h)
	copy(frame[headerBytes:], payload)
	h.Sum = checksum64(frame[headerBytes:])
	h.seal(frame, &testKey)
	return frame
}

// counting lets a test wait for a number of ticks instead of a time.
type counting struct {
	Transport
	ticks chan<- struct{}
}

// Receive reports each tick of the ring.
func (c *counting) Receive(ctx context.Context, until time.Time, place Placement) (Packet, error) {
	packet, err := c.Transport.Receive(ctx, until, place)
	if errors.Is(err, ErrTick) {
		select {
		case c.ticks <- struct{}{}:
		default:
		}
	}
	return packet, err
}

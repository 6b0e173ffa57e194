package allreduce

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// Placement is asked where a frame's payload should be read to, once its head has come: a
// slice of just the payload's length, or nil where the ring has no place for it yet.
type Placement func(head []byte, payloadBytes int) []byte

// reader cuts the NATS protocol's stream from a server into frames. Payloads go from the
// socket to where they belong without a copy, but for the few bytes that come along with
// the line before. A read that fails (by a deadline) loses nothing: the next call goes on.
//
// Protocol: https://docs.nats.io/reference/reference-protocols/nats-protocol
type reader struct {
	conn io.Reader
	pool *pool        // of messages for the longest frame that may come
	pong func() error // answers the server's PING
	both *scatter     // nil where conn cannot

	space [lineBytes]byte
	ahead []byte // read and not yet used; in space

	pongs    int      // the server's PONGs so far
	early    []Packet // frames that came before the first; next gives them out
	ending   bool     // the line end after the last frame is still to come
	packet   Packet   // in progress: its head is complete
	fill     []byte   // what is missing of its payload
	inFrame  bool
	headCopy [headerBytes]byte // the head of a payload that is read elsewhere
}

const (
	// lineBytes bounds a line of the protocol; an INFO of nats-server is below 1 KB.
	lineBytes = 4096
	// aheadBytes is how much a read may run past a frame: the next one's line and head, and
	// a little of its payload, which is then copied.
	aheadBytes = 320
)

// next returns the next frame. place may be nil.
func (r *reader) next(from Side, place Placement) (Packet, error) {
	if len(r.early) > 0 {
		p := r.early[0]
		r.early = r.early[1:]
		p.From = from
		return p, nil
	}
	for !r.inFrame {
		if err := r.advance(from, place); err != nil {
			return Packet{}, err
		}
	}
	return r.finish()
}

// advance takes one line, begins one frame, or reads a little more.
func (r *reader) advance(from Side, place Placement) error {
	got, err := r.step(from, place)
	if got || err != nil {
		return err
	}
	return r.readAhead()
}

// untilPong reads until the server has answered so many PINGs. A publisher may be quicker than
// the answer: what it sends is kept for next.
func (r *reader) untilPong(pings int) error {
	for r.pongs < pings {
		if r.inFrame {
			p, err := r.finish()
			if err != nil {
				return err
			}
			if r.early = append(r.early, p); len(r.early) > spareMessages {
				return fmt.Errorf("%w: %d messages in place of PONG", ErrProtocol, len(r.early))
			}
			continue
		}
		if err := r.advance(Left, nil); err != nil {
			return err
		}
	}
	return nil
}

// finish reads what is missing of the frame in progress, and a little ahead. Nothing is
// read ahead of it when it begins: begin took all there was.
func (r *reader) finish() (Packet, error) {
	for len(r.fill) > 0 {
		n, err := r.readPayload()
		if n == 0 && err != nil {
			return Packet{}, cutOff(err)
		}
		if n > len(r.fill) {
			r.ahead = r.space[:n-len(r.fill)]
			n = len(r.fill)
		}
		r.fill = r.fill[n:]
	}
	r.inFrame, r.ending = false, true
	return r.packet, nil
}

func (r *reader) readPayload() (int, error) {
	if r.both != nil {
		return r.both.read(r.fill, r.space[:aheadBytes])
	}
	return r.conn.Read(r.fill)
}

// step uses what was read ahead: it takes one line, or begins one frame. It reports
// whether there was enough for that.
func (r *reader) step(from Side, place Placement) (bool, error) {
	if r.ending {
		if len(r.ahead) < 2 {
			return false, nil
		}
		if r.ahead[0] != '\r' || r.ahead[1] != '\n' {
			return false, fmt.Errorf("%w: a message longer than its line says", ErrProtocol)
		}
		r.ahead, r.ending = r.ahead[2:], false
	}
	i := bytes.IndexByte(r.ahead, '\n')
	if i < 0 {
		if len(r.ahead) == len(r.space) {
			return false, fmt.Errorf("%w: a line of more than %d bytes", ErrProtocol, len(r.space))
		}
		return false, nil
	}
	line := bytes.TrimSuffix(r.ahead[:i], []byte("\r"))
	if !bytes.HasPrefix(line, []byte("MSG ")) {
		err := r.control(line)
		r.ahead = r.ahead[i+1:]
		return err == nil, err
	}
	size, err := messageSize(line, r.pool.bytes)
	if err != nil {
		return false, err
	}
	if i > lineBytes-aheadBytes {
		return false, fmt.Errorf("%w: line %.40q is too long", ErrProtocol, line)
	}
	head := min(size, headerBytes)
	if len(r.ahead)-(i+1) < head {
		return false, nil
	}
	r.ahead = r.ahead[i+1:]
	r.begin(from, size, head, place)
	return true, nil
}

// begin starts a frame of size bytes whose head is the next bytes read ahead.
func (r *reader) begin(from Side, size, head int, place Placement) {
	r.packet = Packet{From: from}
	if place != nil && head == headerBytes {
		if dst := place(r.ahead[:head], size-head); len(dst) == size-head && len(dst) > 0 {
			copy(r.headCopy[:], r.ahead[:head])
			r.packet.Head, r.packet.Payload = r.headCopy[:], dst
		}
	}
	if r.packet.Payload == nil {
		m := r.pool.get(size)
		r.packet = newPacket(from, m)
		copy(r.packet.Head, r.ahead[:head])
	}
	r.ahead = r.ahead[head:]
	n := copy(r.packet.Payload, r.ahead)
	r.ahead = r.ahead[n:]
	r.fill, r.inFrame = r.packet.Payload[n:], true
}

// control takes a line that begins no message.
func (r *reader) control(line []byte) error {
	switch {
	case bytes.Equal(line, []byte("PING")):
		return r.pong()
	case bytes.Equal(line, []byte("PONG")):
		r.pongs++
		return nil
	case bytes.Equal(line, []byte("+OK")), bytes.HasPrefix(line, []byte("INFO ")):
		return nil
	case bytes.HasPrefix(line, []byte("-ERR")):
		return fmt.Errorf("%w: it says %s", ErrProtocol, line)
	}
	return fmt.Errorf("%w: line %.40q", ErrProtocol, line)
}

// readAhead reads a little more.
func (r *reader) readAhead() error {
	n := copy(r.space[:], r.ahead)
	got, err := r.conn.Read(r.space[n:min(n+aheadBytes, len(r.space))])
	r.ahead = r.space[:n+got]
	if got == 0 && (n > 0 || r.ending) {
		return cutOff(err)
	}
	if got == 0 {
		return err
	}
	return nil
}

// cutOff tells a connection that ends within a line or a message from one that ends
// between two.
func cutOff(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// line is the next line of any kind, for the greeting; it is valid until the next call.
func (r *reader) line() ([]byte, error) {
	for {
		if i := bytes.IndexByte(r.ahead, '\n'); i >= 0 {
			line := r.ahead[:i]
			r.ahead = r.ahead[i+1:]
			return bytes.TrimSuffix(line, []byte("\r")), nil
		}
		if len(r.ahead) == len(r.space) {
			return nil, fmt.Errorf("%w: a line of more than %d bytes", ErrProtocol, len(r.space))
		}
		if err := r.readAhead(); err != nil {
			return nil, err
		}
	}
}

// messageSize reads the size from "MSG subject sid [reply] size", and bounds it before
// any memory is taken.
func messageSize(line []byte, limit int) (int, error) {
	size, err := strconv.Atoi(string(line[bytes.LastIndexByte(line, ' ')+1:]))
	if err != nil || size < 0 {
		return 0, fmt.Errorf("%w: line %.60q has no size", ErrProtocol, line)
	}
	if size > limit {
		return 0, fmt.Errorf("%w: a message of %d bytes, at most %d are allowed", ErrCorrupt, size, limit)
	}
	return size, nil
}

package allreduce

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// Core NATS drops what is published before the other side has subscribed, and a
// publisher cannot see subscriptions. So each rank sends hellos to both
// neighbours until each has confirmed one: hellos are repeated by a timer, first after
// helloFirst, then ever more slowly up to helloSlowest.
const (
	helloFirst   = 20 * time.Millisecond
	helloSlowest = time.Second
	helloBytes   = 8 // ChunkBytes, Window, Stripes
)

// handshake opens both links. A neighbour that is late delays it, up to StartTimeout.
func (r *Ring) handshake(ctx context.Context) error {
	began := time.Now()
	interval := helloFirst
	next := began.Add(interval)
	r.hello(ctx, Left)
	r.hello(ctx, Right)
	for {
		waiting, wait := Right, false
		for _, side := range []Side{Right, Left} {
			if !r.peers[side].confirmed {
				waiting, wait = side, true
				if down := r.peers[side].down; down != nil {
					return r.withPosition(side, down)
				}
			}
		}
		if !wait {
			return nil
		}
		err := r.receive(ctx, next, nil)
		if err == nil {
			continue
		}
		if !errors.Is(err, ErrTick) {
			return err
		}
		if time.Since(began) > r.options.StartTimeout {
			return r.peerFault(waiting, fmt.Errorf("%w: the ring has been open for %v without it", ErrPeerNotStarted, r.options.StartTimeout))
		}
		for side, peer := range r.peers {
			if peer.confirmed {
				continue
			}
			if peer.sendErr != nil {
				return r.unsent(Side(side))
			}
			r.hello(ctx, Side(side))
		}
		interval = min(2*interval, helloSlowest, max(r.options.StartTimeout/8, helloFirst))
		next = time.Now().Add(interval)
	}
}

// hello sends one. It asks for an answer until the neighbour has
// confirmed, and confirms what it has heard: two ranks that both have confirmed
// send no more.
func (r *Ring) hello(ctx context.Context, to Side) {
	var flags uint8
	if r.peers[to].greeted {
		flags |= flagHeard
	}
	if !r.peers[to].confirmed {
		flags |= flagWant
	}
	var payload [helloBytes]byte
	binary.LittleEndian.PutUint32(payload[0:], uint32(r.options.ChunkBytes))
	binary.LittleEndian.PutUint16(payload[4:], uint16(r.options.Window))
	binary.LittleEndian.PutUint16(payload[6:], uint16(max(1, r.options.Stripes)))
	r.sendSmall(ctx, to, header{Kind: kindHello, Flags: flags}, payload[:])
}

// handleHello compares a neighbour's options with this rank's, and answers if asked.
// It may come at any time: a neighbour whose answer was lost asks again.
func (r *Ring) handleHello(ctx context.Context, side Side, h header, payload []byte) error {
	if len(payload) != helloBytes {
		return r.peerFault(side, fmt.Errorf("%w: hello of %d bytes", ErrCorrupt, len(payload)))
	}
	chunkBytes, window := binary.LittleEndian.Uint32(payload[0:]), binary.LittleEndian.Uint16(payload[4:])
	if int(chunkBytes) != r.options.ChunkBytes || int(window) != r.options.Window {
		return r.peerFault(side, fmt.Errorf("%w: it has ChunkBytes %d and Window %d, this rank %d and %d",
			ErrMismatch, chunkBytes, window, r.options.ChunkBytes, r.options.Window))
	}
	if stripes, own := binary.LittleEndian.Uint16(payload[6:]), max(1, r.options.Stripes); int(stripes) != own {
		return r.peerFault(side, fmt.Errorf("%w: its ring has %d stripes, this one %d", ErrMismatch, stripes, own))
	}
	peer := r.peers[side]
	peer.greeted = true
	if h.Flags&flagHeard != 0 {
		peer.confirmed = true
	}
	if h.Flags&flagWant != 0 {
		r.hello(ctx, side)
	}
	return nil
}

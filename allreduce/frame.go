package allreduce

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"

	"ringmaster/allreduce/schedule"
)

// A message ("frame") is a header of fixed size and a payload, little endian:
//
//	 0  magic "RMR", version 5      44  World    of the sender's ring
//	 4  Kind                        48  Total    elements of the whole vector (data)
//	 5  Wire    element format      56  Chunk    index within the segment (data)
//	 6  Phase   (data)              60  Count    elements in the payload (data)
//	 7  Flags   (hello)             64  Sum      checksum64 of the payload
//	 8  Run     hash of the name    72  Tag      keyed hash of all bytes before it
//	16  Generation                  80  payload
//	24  Op
//	32  Seq     of the link
//	40  From    sender's rank
//	42  Segment (data)
//
// The checksums are there because a sum must be right or refused: TCP's own 16 bits let a
// flipped bit through now and then. The payload's is one that costs nothing: the loops that
// add or copy a payload form it on the way, so it is compared after the payload was used,
// and a difference fails the operation. The header's is keyed (key.go): whoever lacks the
// generation's key cannot make a frame that the ring takes in.
const (
	headerBytes  = 80
	frameMagic   = uint32('R') | uint32('M')<<8 | uint32('R')<<16 | frameVersion<<24
	frameVersion = 5
	sumOffset    = 64
	tagOffset    = 72
)

// kind says what a message is.
type kind uint8

const (
	kindData   kind = 1 + iota // a chunk, to the right
	kindAlive                  // to the right: "I am in operation Op and have sent chunks up to Seq"
	kindCredit                 // to the left: "I am in operation Op and have consumed chunks up to Seq"; the payload says how long that was waited for
	kindHello                  // both ways, while the ring is opened
	kindAbort                  // both ways: operation Op failed; the payload says whose fault it was
	kindBye                    // both ways: the sender closed its ring in good order
	kindEnd                    // not a kind: the first number that is none
)

// Phase is the half of the algorithm a chunk belongs to.
type Phase = schedule.Phase

// The phases.
const (
	ReduceScatter = schedule.ReduceScatter
	AllGather     = schedule.AllGather
)

// Flags of a hello.
const (
	flagHeard uint8 = 1 << iota // the sender has heard the receiver
	flagWant                    // the sender wants an answer
)

// header is a message's header without magic and tag.
type header struct {
	Kind       kind
	Wire       WireID
	Phase      Phase
	Flags      uint8
	Run        uint64
	Generation uint64
	Op         uint64
	Seq        uint64
	From       uint32
	World      uint32
	Total      uint64
	Segment    uint32
	Chunk      uint32
	Count      uint32
	Sum        uint64
}

// seal writes h into the first headerBytes of frame, with its tag. The payload's checksum
// is h.Sum.
func (h *header) seal(frame []byte, key *Key) {
	le := binary.LittleEndian
	_ = frame[headerBytes-1]
	le.PutUint32(frame[0:], frameMagic)
	frame[4], frame[5], frame[6], frame[7] = byte(h.Kind), byte(h.Wire), byte(h.Phase), h.Flags
	le.PutUint64(frame[8:], h.Run)
	le.PutUint64(frame[16:], h.Generation)
	le.PutUint64(frame[24:], h.Op)
	le.PutUint64(frame[32:], h.Seq)
	le.PutUint16(frame[40:], uint16(h.From)) // below maxWorld, as Segment is
	le.PutUint16(frame[42:], uint16(h.Segment))
	le.PutUint32(frame[44:], h.World)
	le.PutUint64(frame[48:], h.Total)
	le.PutUint32(frame[56:], h.Chunk)
	le.PutUint32(frame[60:], h.Count)
	le.PutUint64(frame[sumOffset:], h.Sum)
	le.PutUint64(frame[tagOffset:], key.tag(frame[:tagOffset]))
}

// parseHeader checks all of a frame's head that can be checked without knowing the ring:
// size, magic, tag, kind. It takes no memory. With ErrForged it returns what the header says,
// which anybody may have written.
func parseHeader(head []byte, key *Key) (h header, err error) {
	if len(head) != headerBytes {
		return h, fmt.Errorf("%w: %d bytes, a header has %d", ErrCorrupt, len(head), headerBytes)
	}
	le := binary.LittleEndian
	if got := le.Uint32(head); got != frameMagic {
		return h, fmt.Errorf("%w: it begins with %#08x, not with %#08x", ErrCorrupt, got, frameMagic)
	}
	h = header{
		Kind: kind(head[4]), Wire: WireID(head[5]), Phase: Phase(head[6]), Flags: head[7],
		Run:        le.Uint64(head[8:]),
		Generation: le.Uint64(head[16:]),
		Op:         le.Uint64(head[24:]),
		Seq:        le.Uint64(head[32:]),
		From:       uint32(le.Uint16(head[40:])),
		Segment:    uint32(le.Uint16(head[42:])),
		World:      le.Uint32(head[44:]),
		Total:      le.Uint64(head[48:]),
		Chunk:      le.Uint32(head[56:]),
		Count:      le.Uint32(head[60:]),
		Sum:        le.Uint64(head[sumOffset:]),
	}
	if le.Uint64(head[tagOffset:]) != key.tag(head[:tagOffset]) {
		return h, fmt.Errorf("%w: %w", ErrCorrupt, ErrForged)
	}
	if h.Kind == 0 || h.Kind >= kindEnd {
		return h, fmt.Errorf("%w: unknown kind %d", ErrCorrupt, h.Kind)
	}
	return h, nil
}

// checkSum compares a payload's checksum with what the header says.
func checkSum(h header, sum uint64) error {
	if h.Sum != sum {
		return fmt.Errorf("%w: its payload's checksum is %#016x, computed %#016x", ErrCorrupt, h.Sum, sum)
	}
	return nil
}

// runHash is how a run's name travels in a header. It is another for each stripe: what belongs to one is
// never taken for another's.
func (o Options) runHash() uint64 {
	h := fnv.New64a()
	h.Write([]byte(o.Run))
	if o.Stripe > 0 {
		fmt.Fprintf(h, " %d", o.Stripe)
	}
	return h.Sum64()
}

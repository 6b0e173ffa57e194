package allreduce

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"hash/fnv"

	"ringmaster/allreduce/schedule"
)

// A message ("frame") is a header of fixed size and a payload, little endian:
//
//	 0  magic "RMR", version 1      44  World    ranks of the sender's ring
//	 4  Kind                        48  Total    elements of the whole vector (data)
//	 5  Wire    element format      56  Segment  (data)
//	 6  Phase   (data)              60  Chunk    index within the segment (data)
//	 7  Flags   (hello)             64  Count    elements in the payload (data)
//	 8  Run     hash of the name    68  CRC-32C of all bytes but these four
//	16  Generation                  72  payload
//	24  Op
//	32  Seq     of the link
//	40  From    sender's rank
//
// The checksum is there because a sum must be right or refused: TCP's own 16 bits
// let a flipped bit through now and then, and CRC-32C is one instruction per word.
const (
	headerBytes  = 72
	frameMagic   = uint32('R') | uint32('M')<<8 | uint32('R')<<16 | frameVersion<<24
	frameVersion = 1
	crcOffset    = 68
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// kind says what a message is.
type kind uint8

const (
	kindData   kind = 1 + iota // a chunk, to the right
	kindAlive                  // to the right: "I am in operation Op and have sent chunks up to Seq"
	kindCredit                 // to the left: "I am in operation Op and have consumed chunks up to Seq"
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

// header is a message's header without magic and checksum.
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
}

// seal writes h into the first headerBytes of frame, whose payload is in place, and
// adds the checksum.
func (h *header) seal(frame []byte) {
	le := binary.LittleEndian
	_ = frame[headerBytes-1]
	le.PutUint32(frame[0:], frameMagic)
	frame[4], frame[5], frame[6], frame[7] = byte(h.Kind), byte(h.Wire), byte(h.Phase), h.Flags
	le.PutUint64(frame[8:], h.Run)
	le.PutUint64(frame[16:], h.Generation)
	le.PutUint64(frame[24:], h.Op)
	le.PutUint64(frame[32:], h.Seq)
	le.PutUint32(frame[40:], h.From)
	le.PutUint32(frame[44:], h.World)
	le.PutUint64(frame[48:], h.Total)
	le.PutUint32(frame[56:], h.Segment)
	le.PutUint32(frame[60:], h.Chunk)
	le.PutUint32(frame[64:], h.Count)
	le.PutUint32(frame[crcOffset:], checksum(frame))
}

// parseFrame checks all that can be checked without knowing the ring: size, magic,
// checksum, kind. The payload is a part of frame. It takes no memory.
func parseFrame(frame []byte, maxBytes int) (h header, payload []byte, err error) {
	if len(frame) < headerBytes || len(frame) > maxBytes {
		return h, nil, fmt.Errorf("%w: %d bytes, want %d to %d", ErrCorrupt, len(frame), headerBytes, maxBytes)
	}
	le := binary.LittleEndian
	if got := le.Uint32(frame); got != frameMagic {
		return h, nil, fmt.Errorf("%w: it begins with %#08x, not with %#08x", ErrCorrupt, got, frameMagic)
	}
	if got, want := le.Uint32(frame[crcOffset:]), checksum(frame); got != want {
		return h, nil, fmt.Errorf("%w: checksum %#08x, computed %#08x", ErrCorrupt, got, want)
	}
	h = header{
		Kind: kind(frame[4]), Wire: WireID(frame[5]), Phase: Phase(frame[6]), Flags: frame[7],
		Run:        le.Uint64(frame[8:]),
		Generation: le.Uint64(frame[16:]),
		Op:         le.Uint64(frame[24:]),
		Seq:        le.Uint64(frame[32:]),
		From:       le.Uint32(frame[40:]),
		World:      le.Uint32(frame[44:]),
		Total:      le.Uint64(frame[48:]),
		Segment:    le.Uint32(frame[56:]),
		Chunk:      le.Uint32(frame[60:]),
		Count:      le.Uint32(frame[64:]),
	}
	if h.Kind == 0 || h.Kind >= kindEnd {
		return h, nil, fmt.Errorf("%w: unknown kind %d", ErrCorrupt, h.Kind)
	}
	return h, frame[headerBytes:], nil
}

func checksum(frame []byte) uint32 {
	return crc32.Update(crc32.Checksum(frame[:crcOffset], castagnoli), castagnoli, frame[headerBytes:])
}

// runHash is how a run's name travels in a header.
func runHash(run string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(run))
	return h.Sum64()
}

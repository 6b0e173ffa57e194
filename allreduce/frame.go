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
//	 0  magic "RMR", version 3      48  Total    elements of the whole vector (data)
//	 4  Kind                        56  Segment  (data)
//	 5  Wire    element format      60  Chunk    index within the segment (data)
//	 6  Phase   (data)              64  Count    elements in the payload (data)
//	 7  Flags   (hello)             68  CRC-32C of the header's other bytes
//	 8  Run     hash of the name    72  Sum      checksum64 of the payload
//	16  Generation                  80  payload
//	24  Op
//	32  Seq     of the link
//	40  From    sender's rank
//	44  World   of the sender's ring
//
// The checksums are there because a sum must be right or refused: TCP's own 16 bits let a
// flipped bit through now and then. The payload's is one that costs nothing: the loops that
// add or copy a payload form it on the way, so it is compared after the payload was used,
// and a difference fails the operation.
const (
	headerBytes  = 80
	frameMagic   = uint32('R') | uint32('M')<<8 | uint32('R')<<16 | frameVersion<<24
	frameVersion = 3
	crcOffset    = 68
	sumOffset    = 72
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

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
	Sum        uint64
}

// seal writes h into the first headerBytes of frame, with its checksum. The payload's
// checksum is h.Sum.
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
	le.PutUint64(frame[sumOffset:], h.Sum)
	le.PutUint32(frame[crcOffset:], headerChecksum(frame))
}

// parseHeader checks all of a frame's head that can be checked without knowing the ring:
// size, magic, checksum, kind. It takes no memory.
func parseHeader(head []byte) (h header, err error) {
	if len(head) != headerBytes {
		return h, fmt.Errorf("%w: %d bytes, a header has %d", ErrCorrupt, len(head), headerBytes)
	}
	le := binary.LittleEndian
	if got := le.Uint32(head); got != frameMagic {
		return h, fmt.Errorf("%w: it begins with %#08x, not with %#08x", ErrCorrupt, got, frameMagic)
	}
	if got, want := le.Uint32(head[crcOffset:]), headerChecksum(head); got != want {
		return h, fmt.Errorf("%w: its header's checksum is %#08x, computed %#08x", ErrCorrupt, got, want)
	}
	h = header{
		Kind: kind(head[4]), Wire: WireID(head[5]), Phase: Phase(head[6]), Flags: head[7],
		Run:        le.Uint64(head[8:]),
		Generation: le.Uint64(head[16:]),
		Op:         le.Uint64(head[24:]),
		Seq:        le.Uint64(head[32:]),
		From:       le.Uint32(head[40:]),
		World:      le.Uint32(head[44:]),
		Total:      le.Uint64(head[48:]),
		Segment:    le.Uint32(head[56:]),
		Chunk:      le.Uint32(head[60:]),
		Count:      le.Uint32(head[64:]),
		Sum:        le.Uint64(head[sumOffset:]),
	}
	if h.Kind == 0 || h.Kind >= kindEnd {
		return h, fmt.Errorf("%w: unknown kind %d", ErrCorrupt, h.Kind)
	}
	return h, nil
}

func headerChecksum(head []byte) uint32 {
	return crc32.Update(crc32.Checksum(head[:crcOffset], castagnoli), castagnoli, head[sumOffset:headerBytes])
}

// checkSum compares a payload's checksum with what the header says.
func checkSum(h header, sum uint64) error {
	if h.Sum != sum {
		return fmt.Errorf("%w: its payload's checksum is %#016x, computed %#016x", ErrCorrupt, h.Sum, sum)
	}
	return nil
}

// runHash is how a run's name travels in a header.
func runHash(run string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(run))
	return h.Sum64()
}

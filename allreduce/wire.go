package allreduce

import (
	"encoding/binary"
	"unsafe"

	"ringmaster/allreduce/schedule"
)

// WireID names an element format in a message's header.
type WireID uint8

// The element formats.
const (
	WireFloat32  WireID = 1
	WireFloat64  WireID = 2
	WireBFloat16 WireID = 3
	WireInt8     WireID = 4
)

// WireNamed is the format of gradients with this name: float32, bfloat16 or int8.
func WireNamed(name string) (id WireID, ok bool) {
	id, ok = map[string]WireID{"float32": WireFloat32, "bfloat16": WireBFloat16, "int8": WireInt8}[name]
	return id, ok
}

// Packing is how many bytes elements take.
func (id WireID) Packing() schedule.Packing {
	switch id {
	case WireFloat64:
		return schedule.Packing{Width: 8}
	case WireBFloat16:
		return schedule.Packing{Width: 2}
	case WireInt8:
		return schedule.Packing{Width: 1, Block: int8Block, ScaleBytes: int8ScaleBytes}
	}
	return schedule.Packing{Width: 4}
}

// element is what a vector may be made of.
type element interface{ float32 | float64 }

// wire is how elements of type E travel. A further format is one more
// implementation in a file of its own, and a WireID. Sums are checksum64's, over payloads.
type wire[E element] interface {
	// ID is the format's name in the header.
	ID() WireID
	// Packing is how many bytes elements take.
	Packing() schedule.Packing
	// Encode writes src to payload, which is as long as Packing says. Afterwards src holds exactly
	// what Copy makes of payload: a format that rounds must round src too, or the rank
	// that finished a segment would keep other bits than those who copy it. Encoding src
	// once more gives the same values: a rank may pass on what it copied in place of the
	// payload that it came in. Where lost
	// is not nil, it is set to what the rounding took from src.
	Encode(payload []byte, src, lost []E) (sum uint64)
	// Add adds payload to dst, element by element, in E's precision.
	Add(dst []E, payload []byte) (sum uint64)
	// AddEncode is Add, then Encode into the same payload, in one pass.
	AddEncode(dst []E, payload []byte, lost []E) (before, after uint64)
	// Copy replaces dst by payload.
	Copy(dst []E, payload []byte) (sum uint64)
	// Memory is dst's own memory where payloads look the same, so that one can be read
	// straight into it; else nil.
	Memory(dst []E) []byte
}

// native sends elements as they are in memory: IEEE 754, little endian.
type native[E element] struct{ id WireID }

func (w native[E]) ID() WireID { return w.id }

func (native[E]) Packing() schedule.Packing { return schedule.Packing{Width: int(unsafe.Sizeof(E(0)))} }

func (w native[E]) Encode(payload []byte, src, lost []E) uint64 {
	clear(lost)
	if littleEndian {
		return copySum(payload, bytesOf(src))
	}
	return recode(payload, src)
}

func (w native[E]) Add(dst []E, payload []byte) uint64 {
	if view, ok := viewElements[E](payload); ok {
		return addInto(dst, view)
	}
	values, sum := decode[E](payload)
	addIntoGo(dst, values)
	return sum
}

func (w native[E]) AddEncode(dst []E, payload []byte, lost []E) (before, after uint64) {
	clear(lost)
	if view, ok := viewElements[E](payload); ok {
		return addBoth(dst, view)
	}
	return w.Add(dst, payload), w.Encode(payload, dst, nil)
}

func (w native[E]) Copy(dst []E, payload []byte) uint64 {
	if littleEndian {
		return copySum(bytesOf(dst), payload)
	}
	values, sum := decode[E](payload)
	copy(dst, values)
	return sum
}

func (native[E]) Memory(dst []E) []byte {
	if !littleEndian {
		return nil
	}
	return bytesOf(dst)
}

// littleEndian says whether this machine's memory is in wire order.
var littleEndian = binary.NativeEndian.Uint16([]byte{1, 0}) == 1

// viewElements looks at b as elements without copying. ok is false where it would be
// wrong (byte order, alignment), and the caller then goes element by element.
func viewElements[E element | uint16](b []byte) (view []E, ok bool) {
	width := int(unsafe.Sizeof(E(0)))
	if len(b) < width {
		return nil, len(b) == 0
	}
	first := unsafe.Pointer(unsafe.SliceData(b))
	if !littleEndian || uintptr(first)%uintptr(width) != 0 {
		return nil, false
	}
	return unsafe.Slice((*E)(first), len(b)/width), true
}

// recode and decode are the way of machines, and of addresses, that viewElements refuses.
func recode[E element | uint16](payload []byte, src []E) uint64 {
	n, err := binary.Encode(payload, binary.LittleEndian, src)
	if err != nil {
		panic(err) // the caller cut payload for src
	}
	return checksum64Go(payload[:n])
}

func decode[E element | uint16](payload []byte) ([]E, uint64) {
	values := make([]E, len(payload)/int(unsafe.Sizeof(E(0))))
	if _, err := binary.Decode(payload, binary.LittleEndian, values); err != nil {
		panic(err) // values are cut from payload
	}
	return values, checksum64Go(payload)
}

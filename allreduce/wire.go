package allreduce

import (
	"encoding/binary"
	"math"
	"unsafe"
)

// WireID names an element format in a message's header.
type WireID uint8

// The element formats.
const (
	WireFloat32  WireID = 1
	WireFloat64  WireID = 2
	WireBFloat16 WireID = 3
)

// element is what a vector may be made of.
type element interface{ float32 | float64 }

// wire is how elements of type E travel. A further format is one more
// implementation in a file of its own, and a WireID.
type wire[E element] interface {
	// ID is the format's name in the header.
	ID() WireID
	// Width is the bytes of one element.
	Width() int
	// Encode writes src to dst, Width bytes an element. Afterwards src holds exactly
	// what Copy makes of dst: a format that rounds must round src too, or the rank
	// that finished a segment would keep other bits than those who copy it. Where lost
	// is not nil, it is set to what the rounding took from src.
	Encode(dst []byte, src, lost []E)
	// Add adds the encoded src to dst, element by element, in E's precision.
	Add(dst []E, src []byte)
	// Copy replaces dst by the encoded src.
	Copy(dst []E, src []byte)
}

// native sends elements as they are in memory: IEEE 754, little endian.
type native[E element] struct{ id WireID }

func (w native[E]) ID() WireID { return w.id }

func (native[E]) Width() int { return int(unsafe.Sizeof(E(0))) }

func (w native[E]) Encode(dst []byte, src, lost []E) {
	clear(lost)
	if view, ok := viewElements[E](dst); ok {
		copy(view, src)
		return
	}
	for i, v := range src {
		putElement(dst[i*w.Width():], v)
	}
}

func (w native[E]) Add(dst []E, src []byte) {
	if view, ok := viewElements[E](src); ok {
		addInto(dst, view)
		return
	}
	for i := range dst {
		dst[i] += getElement[E](src[i*w.Width():])
	}
}

func (w native[E]) Copy(dst []E, src []byte) {
	if view, ok := viewElements[E](src); ok {
		copy(dst, view)
		return
	}
	for i := range dst {
		dst[i] = getElement[E](src[i*w.Width():])
	}
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

func putElement[E element](b []byte, v E) {
	switch v := any(v).(type) {
	case float32:
		binary.LittleEndian.PutUint32(b, math.Float32bits(v))
	case float64:
		binary.LittleEndian.PutUint64(b, math.Float64bits(v))
	}
}

func getElement[E element](b []byte) (v E) {
	switch p := any(&v).(type) {
	case *float32:
		*p = math.Float32frombits(binary.LittleEndian.Uint32(b))
	case *float64:
		*p = math.Float64frombits(binary.LittleEndian.Uint64(b))
	}
	return v
}

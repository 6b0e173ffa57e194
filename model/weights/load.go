package weights

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"

	"ringmaster/errkind"

	"github.com/nlpodyssey/safetensors"
)

// Tensor is a named array of float32, row-major.
type Tensor struct {
	Name  string
	Shape []int64
	Data  []float32
}

// Load reads the encoder (and its pooler) as float32, by canonical name; heads are read by
// Heads. It stops when ctx ends.
func (f *Folder) Load(ctx context.Context) (map[string]Tensor, error) {
	files := f.files()
	defer files.close()
	tensors := make(map[string]Tensor, len(f.tensors))
	for name, e := range f.tensors {
		tensor, err := files.read(ctx, name, e)
		if err != nil {
			return nil, err
		}
		tensors[name] = tensor
	}
	return tensors, nil
}

// openFiles keeps a folder's files open while tensors are read from them.
type openFiles struct {
	dir   string
	shown func(name string) string // a tensor's name in messages
	open  map[string]*os.File
}

func (f *Folder) files() openFiles { return openFiles{dir: f.Dir, shown: f.Config.shown} }

func (o *openFiles) close() {
	for _, f := range o.open {
		f.Close() // opened for reading only: nothing is lost
	}
}

// raw gives the bytes of an entry.
func (o *openFiles) raw(e entry) (io.Reader, error) {
	f := o.open[e.file]
	if f == nil {
		var err error
		if f, _, err = openFile(o.dir, e.file); err != nil {
			return nil, err
		}
		if o.open == nil {
			o.open = map[string]*os.File{}
		}
		o.open[e.file] = f
	}
	return io.NewSectionReader(f, e.offset, e.size), nil
}

// chunk is how much is read between looks at the context; a multiple of every number's size.
const chunk = 1 << 20

// read reads one tensor as float32.
func (o *openFiles) read(ctx context.Context, name string, e entry) (Tensor, error) {
	width := int64(e.dtype.Size())
	data := make([]float32, 0, e.size/width)
	err := o.chunks(ctx, name, e, func(raw []byte) error {
		from := len(data)
		data = appendFloats(data, raw, e.dtype)
		return o.finite(name, e, data[from:], from)
	})
	return Tensor{Name: name, Shape: e.shape, Data: data}, err
}

// finite says which of a tensor's numbers, whose first is element from, is not finite.
func (o *openFiles) finite(name string, e entry, numbers []float32, from int) error {
	for i, x := range numbers {
		if x-x != 0 { // NaN or infinity, and nothing else
			return errkind.Errorf(ErrNotFinite, "model folder %s: %s: tensor %s is not usable: element %d is %v", o.dir, e.file, o.shown(name), from+i, x)
		}
	}
	return nil
}

// chunks hands the bytes of an entry to use, piece by piece.
func (o *openFiles) chunks(ctx context.Context, name string, e entry, use func([]byte) error) error {
	raw, err := o.raw(e)
	if err != nil {
		return err
	}
	buffer := make([]byte, min(e.size, chunk))
	for left := e.size; left > 0; left -= int64(len(buffer)) {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("model folder %s: reading stopped: %w", o.dir, err)
		}
		buffer = buffer[:min(left, chunk)]
		if _, err := io.ReadFull(raw, buffer); err != nil {
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				return errkind.Errorf(ErrCorrupt, "model folder %s: %s was truncated while it was read", o.dir, e.file)
			}
			return errkind.Errorf(ErrCorrupt, "model folder %s: %s cannot be read at tensor %s: %w", o.dir, e.file, o.shown(name), err)
		}
		if err := use(buffer); err != nil {
			return err
		}
	}
	return nil
}

// appendFloats appends little-endian numbers of the given type as float32. F64 is rounded to
// nearest even; the others are exact.
func appendFloats(to []float32, raw []byte, dtype safetensors.DType) []float32 {
	switch dtype {
	case safetensors.F32:
		for ; len(raw) >= 4; raw = raw[4:] {
			to = append(to, math.Float32frombits(binary.LittleEndian.Uint32(raw)))
		}
	case safetensors.BF16: // the upper half of a float32
		for ; len(raw) >= 2; raw = raw[2:] {
			to = append(to, math.Float32frombits(uint32(binary.LittleEndian.Uint16(raw))<<16))
		}
	case safetensors.F16:
		for ; len(raw) >= 2; raw = raw[2:] {
			to = append(to, halfToFloat(binary.LittleEndian.Uint16(raw)))
		}
	case safetensors.F64:
		for ; len(raw) >= 8; raw = raw[8:] {
			to = append(to, float32(math.Float64frombits(binary.LittleEndian.Uint64(raw))))
		}
	}
	return to
}

// halfToFloat converts IEEE 754 binary16. Moved to float32's place, its exponent is too small
// by 127−15 = 112; a multiplication by 2^112 mends that for subnormals too.
func halfToFloat(half uint16) float32 {
	sign := uint32(half&0x8000) << 16
	rest := uint32(half&0x7fff) << 13
	if half&0x7c00 == 0x7c00 { // infinity or not a number
		return math.Float32frombits(sign | 0x7f800000 | rest)
	}
	return math.Float32frombits(sign | math.Float32bits(math.Float32frombits(rest)*0x1p112))
}

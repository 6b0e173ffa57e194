package weights

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"io"
	"math"
	"slices"

	"ringmaster/errkind"

	"github.com/nlpodyssey/safetensors"
)

// maxHeader bounds the JSON header of a safetensors file, and other JSON of a folder, which takes
// some ten times its size once it is read. The largest BERT needs about 50 KB.
const maxHeader = 4 << 20

// readSafetensorsHeader reads the index of DIR/FILE and nothing else of it.
func readSafetensorsHeader(dir, file string) (map[string]entry, error) {
	f, size, err := openFile(dir, file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return parseSafetensorsHeader(dir, file, f, size)
}

// parseSafetensorsHeader reads the header of a safetensors file of the given size: 8 bytes of
// length, JSON, then the tensors' bytes, which must follow each other without gap or overlap
// to the end of the file (https://github.com/huggingface/safetensors, section Format).
func parseSafetensorsHeader(dir, file string, r io.ReaderAt, size int64) (map[string]entry, error) {
	var start [32]byte
	n, err := r.ReadAt(start[:min(size, 32)], 0)
	if n < 8 {
		return nil, corrupt(dir, file, start[:n], "it is %d bytes long (%v)", size, err)
	}
	length := binary.LittleEndian.Uint64(start[:8])
	if length > uint64(size-8) || length > maxHeader {
		return nil, corrupt(dir, file, start[:n], "its header claims %d bytes of a file of %d (at most %d are read)", length, size, maxHeader)
	}
	text := make([]byte, length)
	if _, err := r.ReadAt(text, 8); err != nil && err != io.EOF {
		return nil, errkind.Errorf(ErrCorrupt, "model folder %s: %s cannot be read: %w", dir, file, err)
	}
	var header safetensors.Metadata
	if err := json.Unmarshal(text, &header); err != nil {
		return nil, corrupt(dir, file, nil, "its header cannot be read: %v", err)
	}
	return placeTensors(dir, file, header, 8+int64(length), size)
}

// placeTensors turns a header into entries, checking that they tile the data exactly.
func placeTensors(dir, file string, header safetensors.Metadata, data, size int64) (map[string]entry, error) {
	type named struct {
		name string
		info *safetensors.TensorInfo
	}
	var inOrder []named
	for name, info := range header.Tensors() {
		inOrder = append(inOrder, named{name, info})
	}
	slices.SortFunc(inOrder, func(a, b named) int {
		x, y := a.info.DataOffsets, b.info.DataOffsets
		return cmp.Or(cmp.Compare(x[0], y[0]), cmp.Compare(x[1], y[1]), cmp.Compare(a.name, b.name))
	})
	entries := make(map[string]entry, len(inOrder))
	var end uint64
	for _, t := range inOrder {
		begin := t.info.DataOffsets[0]
		if begin != end {
			return nil, corrupt(dir, file, nil, "tensor %s begins at byte %d of the data, want %d", t.name, begin, end)
		}
		end = t.info.DataOffsets[1]
		if end < begin || end > uint64(size-data) {
			return nil, corrupt(dir, file, nil, "tensor %s ends at byte %d of %d bytes of data", t.name, end, size-data)
		}
		shape := make([]int64, len(t.info.Shape))
		for i, n := range t.info.Shape {
			shape[i] = int64(min(n, math.MaxInt64))
		}
		want, ok := byteSize(shape, t.info.DType)
		if !ok || uint64(want) != end-begin {
			return nil, corrupt(dir, file, nil, "tensor %s of shape %s and type %s has %d bytes", t.name, shapeText(shape), t.info.DType, end-begin)
		}
		entries[t.name] = entry{file: file, dtype: t.info.DType, shape: shape, offset: data + int64(begin), size: want}
	}
	if end != uint64(size-data) {
		return nil, corrupt(dir, file, nil, "its tensors have %d bytes, but %d follow the header", end, size-data)
	}
	return entries, nil
}

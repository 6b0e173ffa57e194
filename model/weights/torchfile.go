package weights

import (
	"archive/zip"
	"encoding/binary"
	"fmt"
	"io"
	"math/big"
	"path"

	"ringmaster/errkind"

	"github.com/nlpodyssey/gopickle/pickle"
	"github.com/nlpodyssey/gopickle/types"
	"github.com/nlpodyssey/safetensors"
)

// maxPickle bounds the pickle of a state dictionary; that of bert-large takes 50 KB.
const maxPickle = 4 << 20

// readPickleIndex reads where the tensors of a file written by torch.save lie.
func readPickleIndex(dir, file string) (map[string]entry, error) {
	f, size, err := openFile(dir, file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return parseTorchFile(dir, file, f, size)
}

// parseTorchFile reads the index of either format of torch.save.
func parseTorchFile(dir, file string, r io.ReaderAt, size int64) (map[string]entry, error) {
	start := make([]byte, min(size, 32))
	if _, err := r.ReadAt(start, 0); err != nil && err != io.EOF {
		return nil, errkind.Errorf(ErrCorrupt, "model folder %s: %s cannot be read: %w", dir, file, err)
	}
	parse := parseLegacy
	if len(start) >= 4 && string(start[:4]) == "PK\x03\x04" {
		parse = parseZip
	}
	entries, err := parse(file, r, size)
	if err != nil {
		return nil, corrupt(dir, file, start, "%v", err)
	}
	return entries, nil
}

// storage is a run of numbers that tensors of the pickle view. Where it lies is found after
// the pickle in the older format, so tensors point to it.
type storage struct {
	key    string
	dtype  safetensors.DType
	count  int64 // numbers, as the pickle claims
	offset int64 // in the file
	placed bool
}

func (s *storage) bytes() (int64, bool) { return byteSize([]int64{s.count}, s.dtype) }

// torchTensor is a tensor as a pickle describes it.
type torchTensor struct {
	storage *storage
	first   int64 // number of the storage it begins with
	shape   []int64
}

// storageTypes maps torch's legacy storage classes, which torch.save still names.
var storageTypes = map[string]safetensors.DType{
	"FloatStorage": safetensors.F32, "HalfStorage": safetensors.F16, "BFloat16Storage": safetensors.BF16,
	"DoubleStorage": safetensors.F64, "LongStorage": safetensors.I64, "IntStorage": safetensors.I32,
	"ShortStorage": safetensors.I16, "CharStorage": safetensors.I8, "ByteStorage": safetensors.U8,
	"BoolStorage": safetensors.BOOL,
}

// storageType is a storage class on the pickle machine's stack.
type storageType struct{ dtype safetensors.DType }

// call makes a function a callable of the pickle machine.
type call func(args ...any) (any, error)

func (c call) Call(args ...any) (any, error) { return c(args...) }

// readStateDict runs the pickle of a state dictionary. It gives its tensors, its storages by
// key, and what follows the pickle.
func readStateDict(data []byte) (map[string]*torchTensor, map[string]*storage, []byte, error) {
	storages := map[string]*storage{}
	value, rest, err := unpickle(data, func(u *pickle.Unpickler) {
		u.FindClass = findTorchClass
		u.PersistentLoad = func(id any) (any, error) { return findStorage(storages, id) }
	})
	if err != nil {
		return nil, nil, nil, err
	}
	tensors := map[string]*torchTensor{}
	put := func(key, value any) {
		name, isName := key.(string)
		tensor, isTensor := value.(*torchTensor)
		if isName && isTensor {
			tensors[name] = tensor
		}
	}
	switch dict := value.(type) {
	case *types.OrderedDict:
		for key, item := range dict.Map {
			put(key, item.Value)
		}
	case *types.Dict:
		for _, item := range *dict {
			put(item.Key, item.Value)
		}
	default:
		return nil, nil, nil, fmt.Errorf("%w: it contains a %T, want a dictionary of tensors", errPickle, value)
	}
	return tensors, storages, rest, nil
}

// findTorchClass knows the names a state dictionary needs; anything else is refused, not run.
func findTorchClass(module, name string) (any, error) {
	switch module {
	case "torch":
		if dtype, ok := storageTypes[name]; ok {
			return storageType{dtype}, nil
		}
	case "torch._utils":
		switch name {
		case "_rebuild_tensor_v2":
			return call(rebuildTensor), nil
		case "_rebuild_parameter":
			return call(func(args ...any) (any, error) {
				if len(args) > 0 {
					if tensor, ok := args[0].(*torchTensor); ok {
						return tensor, nil
					}
				}
				return nil, fmt.Errorf("%w: a parameter without a tensor", errPickle)
			}), nil
		}
	}
	return nil, fmt.Errorf("%w: it refers to %s.%s", errPickle, shortened(module), shortened(name))
}

// findStorage reads a persistent id: ("storage", class, key, device, count, …).
func findStorage(storages map[string]*storage, id any) (any, error) {
	tuple, ok := id.(*types.Tuple)
	if !ok || tuple.Len() < 5 {
		return nil, fmt.Errorf("%w: it refers to something that is not a storage", errPickle)
	}
	kind, _ := tuple.Get(0).(string)
	class, isClass := tuple.Get(1).(storageType)
	key, isKey := tuple.Get(2).(string)
	count, isCount := tuple.Get(4).(int)
	if kind != "storage" || !isClass || !isKey || !isCount || count < 0 {
		return nil, fmt.Errorf("%w: it refers to something that is not a storage", errPickle)
	}
	if tuple.Len() > 5 && tuple.Get(5) != nil {
		return nil, fmt.Errorf("%w: storage %s is a view of another", errPickle, shortened(key))
	}
	if storages[key] == nil {
		storages[key] = &storage{key: key, dtype: class.dtype, count: int64(count)}
	}
	return storages[key], nil
}

// rebuildTensor is torch._utils._rebuild_tensor_v2(storage, first, shape, strides, …).
func rebuildTensor(args ...any) (any, error) {
	if len(args) < 4 {
		return nil, fmt.Errorf("%w: a tensor of %d arguments", errPickle, len(args))
	}
	s, isStorage := args[0].(*storage)
	first, isFirst := args[1].(int)
	shape, isShape := integers(args[2])
	strides, isStrides := integers(args[3])
	if !isStorage || !isFirst || !isShape || !isStrides || len(shape) != len(strides) || first < 0 {
		return nil, fmt.Errorf("%w: a tensor of unknown form", errPickle)
	}
	span := int64(1)
	for i := len(shape) - 1; i >= 0; i-- {
		if shape[i] != 1 && strides[i] != span {
			return nil, fmt.Errorf("%w: a tensor of shape %s is stored with gaps or transposed; save it as safetensors", errPickle, shapeText(shape))
		}
		span *= shape[i] // wraps only where byteSize refuses the shape later
	}
	return &torchTensor{storage: s, first: int64(first), shape: shape}, nil
}

func integers(value any) ([]int64, bool) {
	tuple, ok := value.(*types.Tuple)
	if !ok {
		return nil, false
	}
	list := make([]int64, tuple.Len())
	for i := range list {
		n, ok := tuple.Get(i).(int)
		if !ok {
			return nil, false
		}
		list[i] = int64(n)
	}
	return list, true
}

// placeViews turns tensors into entries once their storages are placed.
func placeViews(file string, tensors map[string]*torchTensor) (map[string]entry, error) {
	entries := make(map[string]entry, len(tensors))
	for name, t := range tensors {
		if !t.storage.placed {
			return nil, fmt.Errorf("%w: the numbers of tensor %s are not in the file", errPickle, shortened(name))
		}
		size, ok := byteSize(t.shape, t.storage.dtype)
		skip, okSkip := byteSize([]int64{t.first}, t.storage.dtype)
		room, _ := t.storage.bytes()
		if !ok || !okSkip || size > room || skip > room-size {
			return nil, fmt.Errorf("%w: tensor %s of shape %s is larger than its %d bytes", errPickle, shortened(name), shapeText(t.shape), room)
		}
		entries[name] = entry{file: file, dtype: t.storage.dtype, shape: t.shape, offset: t.storage.offset + skip, size: size}
	}
	return entries, nil
}

// parseZip reads the format of torch 1.6 and later: a zip archive of data.pkl and one
// uncompressed record data/KEY a storage.
func parseZip(file string, r io.ReaderAt, size int64) (map[string]entry, error) {
	archive, err := zip.NewReader(r, size)
	if err != nil {
		return nil, err
	}
	records := make(map[string]*zip.File, len(archive.File))
	root := ""
	for _, f := range archive.File {
		records[f.Name] = f
		if path.Base(f.Name) == "data.pkl" {
			root = path.Dir(f.Name)
		}
	}
	text, err := readRecord(records[path.Join(root, "data.pkl")])
	if err != nil {
		return nil, err
	}
	if order := records[path.Join(root, "byteorder")]; order != nil {
		if text, err := readRecord(order); err != nil || string(text) != "little" {
			return nil, fmt.Errorf("%w: its numbers are in %q byte order", errPickle, text)
		}
	}
	tensors, storages, _, err := readStateDict(text)
	if err != nil {
		return nil, err
	}
	for _, s := range storages {
		record := records[path.Join(root, "data", s.key)]
		if record == nil {
			return nil, fmt.Errorf("%w: storage %s is not in the archive", errPickle, shortened(s.key))
		}
		want, ok := s.bytes()
		if !ok || record.Method != zip.Store || record.UncompressedSize64 != uint64(want) {
			return nil, fmt.Errorf("%w: storage %s is compressed, or not %d bytes long", errPickle, shortened(s.key), want)
		}
		if s.offset, err = record.DataOffset(); err != nil {
			return nil, err
		}
		if s.offset < 0 || s.offset > size || want > size-s.offset {
			return nil, fmt.Errorf("%w: storage %s goes beyond the end of the file", errPickle, shortened(s.key))
		}
		s.placed = true
	}
	return placeViews(file, tensors)
}

// readRecord reads a small record of an archive.
func readRecord(f *zip.File) ([]byte, error) {
	if f == nil {
		return nil, fmt.Errorf("%w: the archive has no data.pkl", errPickle)
	}
	if f.Method != zip.Store { // torch compresses nothing; a small file could hold gigabytes
		return nil, fmt.Errorf("%w: %q is compressed", errPickle, shortened(f.Name))
	}
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	text, err := io.ReadAll(io.LimitReader(r, maxPickle+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxPickle {
		return nil, fmt.Errorf("%w: %q is larger than %d bytes", errPickle, shortened(f.Name), maxPickle)
	}
	return text, nil
}

// legacyMagic begins files of torch.save before 1.6.
var legacyMagic, _ = new(big.Int).SetString("1950a86a20f9469cfc6c", 16)

// parseLegacy reads the format before torch 1.6: pickles of a magic number, a version, the
// system, the state dictionary and the storages' keys; then, in the keys' order, a count of 8
// bytes and the numbers of each storage.
func parseLegacy(file string, r io.ReaderAt, size int64) (map[string]entry, error) {
	text := make([]byte, min(size, maxPickle))
	if _, err := r.ReadAt(text, 0); err != nil && err != io.EOF {
		return nil, err
	}
	total := len(text)
	magic, text, err := unpickle(text, nil)
	if err != nil {
		return nil, err
	}
	if n, ok := magic.(*big.Int); !ok || n.Cmp(legacyMagic) != 0 {
		return nil, fmt.Errorf("%w: it is not a file of torch.save", errPickle)
	}
	for range 2 { // version, system
		if _, text, err = unpickle(text, nil); err != nil {
			return nil, err
		}
	}
	tensors, storages, text, err := readStateDict(text)
	if err != nil {
		return nil, err
	}
	value, text, err := unpickle(text, nil)
	if err != nil {
		return nil, err
	}
	keys, ok := value.(*types.List)
	if !ok {
		return nil, fmt.Errorf("%w: it has no list of storages", errPickle)
	}
	at := int64(total - len(text))
	for _, key := range *keys {
		name, _ := key.(string)
		s := storages[name]
		if s == nil {
			return nil, fmt.Errorf("%w: it lists storage %q, which no tensor uses", errPickle, shortened(name))
		}
		var count [8]byte
		if _, err := r.ReadAt(count[:], at); err != nil {
			return nil, fmt.Errorf("%w: it ends before storage %s", errPickle, shortened(name))
		}
		at += 8
		want, ok := s.bytes()
		if !ok || binary.LittleEndian.Uint64(count[:]) != uint64(s.count) || want > size-at {
			return nil, fmt.Errorf("%w: storage %s should have %d numbers, but the file has another count", errPickle, shortened(name), s.count)
		}
		s.offset, s.placed = at, true
		at += want
	}
	return placeViews(file, tensors)
}

package weights

import (
	"encoding/json"
	"fmt"
	"math/bits"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"ringmaster/errkind"

	"github.com/nlpodyssey/safetensors"
)

// entry says where one tensor's numbers lie: size bytes, row-major and little-endian, at an
// offset of a file of the folder. A reader of an index makes only entries that lie in the file.
type entry struct {
	file   string // base name
	dtype  safetensors.DType
	shape  []int64
	offset int64
	size   int64
}

// The files that may hold a model's tensors, in the order they are looked for.
const (
	safetensorsFile  = "model.safetensors"
	safetensorsIndex = "model.safetensors.index.json"
	pickleFile       = "pytorch_model.bin"
	pickleIndex      = "pytorch_model.bin.index.json"
)

// readIndex finds the folder's tensors by the names they have in the file.
func readIndex(dir string) (map[string]entry, error) {
	for _, source := range []struct {
		file string
		read func(dir, file string) (map[string]entry, error)
	}{
		{safetensorsFile, readSafetensorsHeader},
		{safetensorsIndex, shardReader(readSafetensorsHeader)},
		{pickleFile, readPickleIndex},
		{pickleIndex, shardReader(readPickleIndex)},
	} {
		if _, err := os.Stat(filepath.Join(dir, source.file)); err == nil {
			return source.read(dir, source.file)
		}
	}
	return nil, errkind.Errorf(ErrNoWeights, "model folder %s has neither %s nor %s", dir, safetensorsFile, pickleFile)
}

// shardReader reads the shards that an index file lists, each with read.
func shardReader(read func(dir, file string) (map[string]entry, error)) func(dir, file string) (map[string]entry, error) {
	return func(dir, file string) (map[string]entry, error) {
		text, err := readFile(dir, file)
		if err != nil {
			return nil, err
		}
		var index struct {
			WeightMap map[string]string `json:"weight_map"`
		}
		if err := json.Unmarshal(text, &index); err != nil {
			return nil, errkind.Errorf(ErrCorrupt, "model folder %s: %s is not an index of shards: %w", dir, file, err)
		}
		shards := map[string]map[string]entry{}
		all := make(map[string]entry, len(index.WeightMap))
		for name, shard := range index.WeightMap {
			if shard != filepath.Base(shard) || shard == ".." || shard == "." {
				return nil, errkind.Errorf(ErrCorrupt, "model folder %s: %s names the shard %q outside the folder", dir, file, shard)
			}
			if shards[shard] == nil {
				if shards[shard], err = read(dir, shard); err != nil {
					return nil, err
				}
			}
			e, ok := shards[shard][name]
			if !ok {
				return nil, errkind.Errorf(ErrCorrupt, "model folder %s: %s says tensor %s is in %s, but it is not", dir, file, name, shard)
			}
			all[name] = e
		}
		return all, nil
	}
}

// isFloat says whether the entry's numbers can become float32.
func (e entry) isFloat() bool {
	return slices.Contains([]safetensors.DType{safetensors.F32, safetensors.F16, safetensors.BF16, safetensors.F64}, e.dtype)
}

// byteSize is the number of bytes of a tensor; false when it overflows or a dimension is negative.
func byteSize(shape []int64, dtype safetensors.DType) (int64, bool) {
	total := dtype.Size()
	for _, n := range shape {
		if n < 0 {
			return 0, false
		}
		var high uint64
		if high, total = bits.Mul64(total, uint64(n)); high != 0 {
			return 0, false
		}
	}
	return int64(total), int64(total) >= 0
}

// shapeText writes a shape as [384 384].
func shapeText(shape []int64) string {
	return fmt.Sprint(shape)
}

// lfsPointer is how a file begins that Git LFS left in place of the real one.
const lfsPointer = "version https://git-lfs"

// corrupt is an ErrCorrupt about one file of a folder, or about the pointer in its place.
func corrupt(dir, file string, start []byte, format string, args ...any) error {
	if strings.HasPrefix(string(start), lfsPointer) {
		return errkind.Errorf(ErrCorrupt, "model folder %s: %s is a Git LFS pointer, not the file itself; run git lfs pull", dir, file)
	}
	return errkind.Errorf(ErrCorrupt, "model folder %s: %s is damaged: %s", dir, file, errkind.Errorf(ErrCorrupt, format, args...))
}

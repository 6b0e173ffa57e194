package checkpoint

import (
	"fmt"
	"io"
	"path/filepath"
	"unsafe"

	"github.com/nlpodyssey/safetensors"
)

// Of says what state a shard, or the whole of them, belongs to.
type Of struct {
	Stage   int
	Step    int   // steps applied
	Updates int64 // of the optimiser, which a skipped step does not have
	Size    int   // elements of the flat vectors
	Layout  string
}

// Vectors are the three flat vectors of a state, or the same part of each.
type Vectors struct {
	Parameters, ExpAvg, ExpAvgSq []float32
}

// Shard is part Index of Count of a state: elements [Lo, Hi).
type Shard struct {
	Of
	Index, Count int
	Lo, Hi       int
	Vectors
}

// Range is which elements of size part index of count holds.
func Range(size, index, count int) (lo, hi int) {
	return int(int64(size) * int64(index) / int64(count)), int(int64(size) * int64(index+1) / int64(count))
}

// StateName is the file of part index of count.
func StateName(index, count int) string {
	return fmt.Sprintf("state-%02d-of-%02d.safetensors", index, count)
}

// ResidualName is the file of a rank's residual.
func ResidualName(rank int) string { return fmt.Sprintf("residual-%02d.safetensors", rank) }

// IsState says whether a file's name is that of a part of a state, or of a residual.
func IsState(name string) bool {
	for _, pattern := range []string{"state-*-of-*.safetensors", "residual-*.safetensors"} {
		if ok, err := filepath.Match(pattern, name); err == nil && ok {
			return true
		}
	}
	return false
}

// Names of tensors.
const (
	parametersName = "parameters"
	expAvgName     = "exp_avg"
	expAvgSqName   = "exp_avg_sq"
	residualName   = "residual"
)

// Write writes a shard as a safetensors file.
func (s Shard) Write(w io.Writer) error {
	return safetensors.SerializeToWriter(map[string]vector{
		parametersName: s.Parameters, expAvgName: s.ExpAvg, expAvgSqName: s.ExpAvgSq,
	}, s.metadata(), w)
}

// WriteResidual writes a rank's residual of the state.
func WriteResidual(w io.Writer, of Of, rank, count int, residual []float32) error {
	s := Shard{Of: of, Index: rank, Count: count, Hi: of.Size}
	return safetensors.SerializeToWriter(map[string]vector{residualName: residual}, s.metadata(), w)
}

// vector is a flat vector as the safetensors writer asks for it, without a copy: the
// format is little-endian, as are the machines this runs on.
type vector []float32

func (v vector) DType() safetensors.DType { return safetensors.F32 }
func (v vector) Shape() []uint64          { return []uint64{uint64(len(v))} }
func (v vector) DataLen() uint64          { return 4 * uint64(len(v)) }

func (v vector) Data() []byte {
	if len(v) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(&v[0])), 4*len(v))
}

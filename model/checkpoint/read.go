package checkpoint

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"

	"github.com/nlpodyssey/safetensors"
)

// Read puts the shards of a folder together, for a model of so many elements and that
// layout. count is how many there are. Errors: ErrIncomplete, ErrMixed, ErrCorrupt,
// ErrLayout.
func Read(dir string, size int, layout string) (of Of, count int, v Vectors, err error) {
	names, err := filepath.Glob(filepath.Join(dir, "state-*-of-*.safetensors"))
	if err != nil {
		return of, 0, v, err
	}
	if len(names) == 0 {
		return of, 0, v, fmt.Errorf("%w: %s has none", ErrIncomplete, dir)
	}
	first, err := open(names[0])
	if err != nil {
		return of, 0, v, fmt.Errorf("%s: %w", names[0], err)
	}
	of, count = first.shard.Of, first.shard.Count
	if of.Layout != layout || of.Size != size {
		return of, 0, v, fmt.Errorf("%w: %s has %d elements, the model %d", ErrLayout, names[0], of.Size, size)
	}
	v = Vectors{make([]float32, size), make([]float32, size), make([]float32, size)}
	end := 0
	for i := range count {
		name := filepath.Join(dir, StateName(i, count))
		s, err := readShard(name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return of, 0, v, fmt.Errorf("%w: %s is missing", ErrIncomplete, name)
		case err != nil:
			return of, 0, v, fmt.Errorf("%s: %w", name, err)
		case s.Of != of || s.Count != count || s.Index != i:
			return of, 0, v, fmt.Errorf("%w: %s is part %d of %d at step %d of stage %d; %s is of %d at step %d of stage %d",
				ErrMixed, name, s.Index, s.Count, s.Step, s.Stage, names[0], count, of.Step, of.Stage)
		case s.Lo != end:
			return of, 0, v, fmt.Errorf("%w: %s begins at element %d, want %d", ErrIncomplete, name, s.Lo, end)
		}
		copy(v.Parameters[s.Lo:s.Hi], s.Parameters)
		copy(v.ExpAvg[s.Lo:s.Hi], s.ExpAvg)
		copy(v.ExpAvgSq[s.Lo:s.Hi], s.ExpAvgSq)
		end = s.Hi
	}
	if end != size || len(names) != count {
		return of, 0, v, fmt.Errorf("%w: %s has %d shards, want %d, with %d of %d elements", ErrIncomplete, dir, len(names), count, end, size)
	}
	return of, count, v, nil
}

// ReadResidual is a rank's residual of a state that Read has read; nil where none was
// written.
func ReadResidual(dir string, of Of, rank int) ([]float32, error) {
	name := filepath.Join(dir, ResidualName(rank))
	f, err := open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if f.shard.Of != of {
		return nil, fmt.Errorf("%w: %s is of step %d of stage %d, the state of step %d of stage %d", ErrMixed, name, f.shard.Step, f.shard.Stage, of.Step, of.Stage)
	}
	v, err := f.vector(residualName, of.Size)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return v, nil
}

func readShard(name string) (Shard, error) {
	f, err := open(name)
	if err != nil {
		return Shard{}, err
	}
	s := f.shard
	for tensor, to := range map[string]*[]float32{parametersName: &s.Parameters, expAvgName: &s.ExpAvg, expAvgSqName: &s.ExpAvgSq} {
		if *to, err = f.vector(tensor, s.Hi-s.Lo); err != nil {
			return s, err
		}
	}
	return s, nil
}

// file is an open shard or residual.
type file struct {
	shard   Shard // without vectors
	tensors safetensors.SafeTensors
}

func open(name string) (*file, error) {
	raw, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	_, header, err := safetensors.ReadMetadata(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	f := &file{}
	if f.shard, err = parse(header.Metadata()); err != nil {
		return nil, err
	}
	if f.tensors, err = safetensors.Deserialize(raw); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return f, nil
}

// vector copies out a tensor of n float32.
func (f *file) vector(name string, n int) ([]float32, error) {
	t, ok := f.tensors.Tensor(name)
	if !ok || t.DType() != safetensors.F32 || len(t.Data()) != 4*n {
		return nil, fmt.Errorf("%w: it has no tensor %s of %d float32", ErrCorrupt, name, n)
	}
	v, raw := make([]float32, n), t.Data()
	for i := range v {
		v[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
	}
	return v, nil
}

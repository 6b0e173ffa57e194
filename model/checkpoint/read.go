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

	"ringmaster/inputfile"
)

// Read puts the shards of a folder together, for a model of so many elements and that
// layout. count is how many there are. Errors: ErrIncomplete, ErrMixed, ErrCorrupt,
// ErrLayout.
func Read(dir string, size int, layout string) (of Of, count int, v Vectors, err error) {
	v = Vectors{make([]float32, size), make([]float32, size), make([]float32, size)}
	of, count, err = read(dir, size, layout, func(f *file, lo, hi int) error {
		return errors.Join(
			f.copyVector(v.Parameters[lo:hi], parametersName),
			f.copyVector(v.ExpAvg[lo:hi], expAvgName),
			f.copyVector(v.ExpAvgSq[lo:hi], expAvgSqName))
	})
	return of, count, v, err
}

// ReadParameters is Read for the parameters alone.
func ReadParameters(dir string, size int, layout string) (Of, []float32, error) {
	parameters := make([]float32, size)
	of, _, err := read(dir, size, layout, func(f *file, lo, hi int) error {
		return f.copyVector(parameters[lo:hi], parametersName)
	})
	return of, parameters, err
}

// read goes through the shards in their order and hands each with its range to take.
func read(dir string, size int, layout string, take func(f *file, lo, hi int) error) (of Of, count int, err error) {
	names, err := filepath.Glob(filepath.Join(dir, "state-*-of-*.safetensors"))
	if err != nil {
		return of, 0, err
	}
	if len(names) == 0 {
		return of, 0, fmt.Errorf("%w: %s has none", ErrIncomplete, dir)
	}
	first, err := open(names[0])
	if err != nil {
		return of, 0, fmt.Errorf("%s: %w", names[0], err)
	}
	of, count = first.shard.Of, first.shard.Count
	if of.Layout != layout || of.Size != size {
		return of, 0, fmt.Errorf("%w: %s has %d elements, the model %d", ErrLayout, names[0], of.Size, size)
	}
	end := 0
	for i := range count {
		name := filepath.Join(dir, StateName(i, count))
		f, err := open(name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return of, 0, fmt.Errorf("%w: %s is missing", ErrIncomplete, name)
		case err != nil:
			return of, 0, fmt.Errorf("%s: %w", name, err)
		}
		s := f.shard
		switch {
		case s.Of != of || s.Count != count || s.Index != i:
			return of, 0, fmt.Errorf("%w: %s is part %d of %d at step %d of stage %d; %s is of %d at step %d of stage %d",
				ErrMixed, name, s.Index, s.Count, s.Step, s.Stage, names[0], count, of.Step, of.Stage)
		case s.Lo != end:
			return of, 0, fmt.Errorf("%w: %s begins at element %d, want %d", ErrIncomplete, name, s.Lo, end)
		}
		if err := take(f, s.Lo, s.Hi); err != nil {
			return of, 0, fmt.Errorf("%s: %w", name, err)
		}
		end = s.Hi
	}
	if end != size || len(names) != count {
		return of, 0, fmt.Errorf("%w: %s has %d shards, want %d, with %d of %d elements", ErrIncomplete, dir, len(names), count, end, size)
	}
	return of, count, nil
}

// ReadResidual is a rank's residual, of size elements, of a state that Read has read; nil where
// none was written.
func ReadResidual(dir string, of Of, rank, size int) ([]float32, error) {
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
	v, err := f.vector(residualName, size)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return v, nil
}

// file is an open shard or residual.
type file struct {
	shard   Shard // without vectors
	tensors safetensors.SafeTensors
}

func open(name string) (*file, error) {
	if err := inputfile.Check(name); err != nil {
		return nil, err
	}
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
	v := make([]float32, n)
	return v, f.copyVector(v, name)
}

// copyVector copies out a tensor of as many float32 as v has.
func (f *file) copyVector(v []float32, name string) error {
	t, ok := f.tensors.Tensor(name)
	if !ok || t.DType() != safetensors.F32 || len(t.Data()) != 4*len(v) {
		return fmt.Errorf("%w: it has no tensor %s of %d float32", ErrCorrupt, name, len(v))
	}
	raw := t.Data()
	for i := range v {
		v[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
		if v[i]-v[i] != 0 { // NaN or infinity, and nothing else
			return fmt.Errorf("%w: element %d of %s is %v", ErrNotFinite, f.shard.Lo+i, name, v[i])
		}
	}
	return nil
}

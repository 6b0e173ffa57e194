package checkpoint

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// FuzzRead reads any bytes as the one shard of a state, and as a residual: it ends in vectors of
// the model's size, or in an error.
func FuzzRead(f *testing.F) {
	const size, layout = 6, "it"
	of := Of{Stage: 1, Step: 7, Updates: 7, Size: size, Layout: layout}
	vectors := Vectors{make([]float32, size), make([]float32, size), make([]float32, size)}
	var shard, residual bytes.Buffer
	if err := (Shard{Of: of, Count: 1, Hi: size, Vectors: vectors}).Write(&shard); err != nil {
		f.Fatal(err)
	}
	if err := WriteResidual(&residual, of, 0, 1, make([]float32, size)); err != nil {
		f.Fatal(err)
	}
	for _, seed := range [][]byte{shard.Bytes(), residual.Bytes(), shard.Bytes()[:100], bytes.Replace(shard.Bytes(), []byte(`"6"`), []byte(`"9"`), 1)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		dir := t.TempDir()
		for _, name := range []string{StateName(0, 1), ResidualName(0)} {
			if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		got, count, v, err := Read(dir, size, layout)
		if err == nil && (count != 1 || len(v.Parameters) != size || got.Size != size || got.Layout != layout) {
			t.Fatalf("%d shards of %+v", count, got)
		}
		if r, err := ReadResidual(dir, of, 0, size); err == nil && len(r) != size {
			t.Fatalf("a residual of %d", len(r))
		}
	})
}

package checkpoint

import (
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func random(n int, seed uint64) []float32 {
	r := rand.New(rand.NewPCG(seed, 1))
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(r.NormFloat64())
	}
	return v
}

var whole = Of{Stage: 2, Step: 40, Updates: 39, Size: 101, Layout: "layout"}

// write writes a state in so many parts, and returns it.
func write(t interface{ Fatal(...any) }, dir string, of Of, count int) Vectors {
	v := Vectors{random(of.Size, 1), random(of.Size, 2), random(of.Size, 3)}
	for i := range count {
		lo, hi := Range(of.Size, i, count)
		s := Shard{Of: of, Index: i, Count: count, Lo: lo, Hi: hi, Vectors: Vectors{v.Parameters[lo:hi], v.ExpAvg[lo:hi], v.ExpAvgSq[lo:hi]}}
		put(t, dir, s)
	}
	return v
}

func put(t interface{ Fatal(...any) }, dir string, s Shard) {
	f, err := os.Create(filepath.Join(dir, StateName(s.Index, s.Count)))
	if err == nil {
		err = errors.Join(s.Write(f), f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Whatever the size and the number of parts, more than elements included: what is read is
// what was written.
func TestShardsComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		of := whole
		of.Size = rapid.IntRange(1, 300).Draw(t, "size")
		count := rapid.IntRange(1, 120).Draw(t, "count")
		dir, err := os.MkdirTemp("", "shards-*")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		want := write(t, dir, of, count)
		got, n, v, err := Read(dir, of.Size, "layout")
		if err != nil || got != of || n != count {
			t.Fatalf("%+v in %d parts: %v", got, n, err)
		}
		if !slices.Equal(v.Parameters, want.Parameters) || !slices.Equal(v.ExpAvg, want.ExpAvg) || !slices.Equal(v.ExpAvgSq, want.ExpAvgSq) {
			t.Error("other vectors")
		}
	})
}

func TestWhatIsWrongWithShardsIsNamed(t *testing.T) {
	for name, c := range map[string]struct {
		harm func(t *testing.T, dir string)
		want error
	}{
		"none": {func(t *testing.T, dir string) {
			for i := range 3 {
				remove(t, dir, StateName(i, 3))
			}
		}, ErrIncomplete},
		"first missing": {func(t *testing.T, dir string) { remove(t, dir, StateName(0, 3)) }, ErrIncomplete},
		"last missing":  {func(t *testing.T, dir string) { remove(t, dir, StateName(2, 3)) }, ErrIncomplete},
		"of another step": {func(t *testing.T, dir string) {
			of := whole
			of.Step++
			lo, hi := Range(101, 1, 3)
			put(t, dir, Shard{Of: of, Index: 1, Count: 3, Lo: lo, Hi: hi, Vectors: Vectors{random(hi-lo, 1), random(hi-lo, 1), random(hi-lo, 1)}})
		}, ErrMixed},
		"overlap": {func(t *testing.T, dir string) {
			lo, hi := Range(101, 1, 3)
			lo--
			put(t, dir, Shard{Of: whole, Index: 1, Count: 3, Lo: lo, Hi: hi, Vectors: Vectors{random(hi-lo, 1), random(hi-lo, 1), random(hi-lo, 1)}})
		}, ErrIncomplete},
		"of another count too": {func(t *testing.T, dir string) { write(t, dir, whole, 2) }, ErrIncomplete},
		"cut short": {func(t *testing.T, dir string) {
			if err := os.Truncate(filepath.Join(dir, StateName(1, 3)), 300); err != nil {
				t.Fatal(err)
			}
		}, ErrCorrupt},
		"no shard": {func(t *testing.T, dir string) {
			if err := os.WriteFile(filepath.Join(dir, StateName(1, 3)), []byte("nothing of the kind"), 0o644); err != nil {
				t.Fatal(err)
			}
		}, ErrCorrupt},
		"other model": {func(t *testing.T, dir string) {
			of := whole
			of.Layout = "other"
			write(t, dir, of, 3)
		}, ErrLayout},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, whole, 3)
			c.harm(t, dir)
			if _, _, _, err := Read(dir, 101, "layout"); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

func TestResiduals(t *testing.T) {
	dir := t.TempDir()
	want := random(101, 9)
	f, err := os.Create(filepath.Join(dir, ResidualName(1)))
	if err == nil {
		err = errors.Join(WriteResidual(f, whole, 1, 3, want), f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	if got, err := ReadResidual(dir, whole, 1, whole.Size); err != nil || !slices.Equal(got, want) {
		t.Errorf("%d elements, %v", len(got), err)
	}
	if got, err := ReadResidual(dir, whole, 0, whole.Size); err != nil || got != nil {
		t.Errorf("of a rank that wrote none: %d elements, %v", len(got), err)
	}
	other := whole
	other.Step++
	if _, err := ReadResidual(dir, other, 1, other.Size); !errors.Is(err, ErrMixed) {
		t.Errorf("of another step: %v", err)
	}
}

func remove(t *testing.T, dir, name string) {
	t.Helper()
	if err := os.Remove(filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
}

// A state with a number that is not finite is refused, by the number's place in the whole.
func TestAStateThatIsNotFinite(t *testing.T) {
	dir := t.TempDir()
	of := Of{Stage: 1, Step: 3, Updates: 3, Size: 10, Layout: "here"}
	v := Vectors{random(10, 1), random(10, 2), random(10, 3)}
	v.Parameters[7] = float32(math.NaN())
	for i := range 2 {
		lo, hi := Range(10, i, 2)
		put(t, dir, Shard{Of: of, Index: i, Count: 2, Lo: lo, Hi: hi, Vectors: Vectors{v.Parameters[lo:hi], v.ExpAvg[lo:hi], v.ExpAvgSq[lo:hi]}})
	}
	_, _, _, whole := Read(dir, 10, "here")
	_, _, parameters := ReadParameters(dir, 10, "here")
	for _, err := range []error{whole, parameters} {
		if !errors.Is(err, ErrNotFinite) || !strings.Contains(err.Error(), "element 7 of parameters is NaN") {
			t.Errorf("%v", err)
		}
	}
}

package weights

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/nlpodyssey/safetensors"
)

// A number that is not finite is named with its tensor and place, whoever reads it: loading,
// hashing, and of a head too.
func TestNumbersThatAreNotFiniteAreNamed(t *testing.T) {
	const tensor = "bert.encoder.layer.1.attention.self.key.bias"
	for name, x := range map[string]float64{"NaN": math.NaN(), "+Inf": math.Inf(1), "-Inf": math.Inf(-1)} {
		t.Run(name, func(t *testing.T) {
			dir := copyFolder(t, "classifier-f32")
			editTensors(t, dir, func(all map[string]Tensor) { all[tensor].Data[3] = float32(x) })
			f := open(t, dir)
			_, loading := f.Load(t.Context())
			_, hashing := f.Hash()
			for _, err := range []error{loading, hashing} {
				want := "tensor encoder.layer.1.attention.self.key.bias is not usable: element 3 is " + name
				if !errors.Is(err, ErrNotFinite) || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), dir) {
					t.Errorf("%v, want %q", err, want)
				}
			}
		})
	}
	spec := smallModel(t)
	spec.Heads[1].Weight.Data[9] = float32(math.NaN())
	f := write(t, spec)
	_, reading := f.Heads()
	_, hashing := f.Hash()
	for _, err := range []error{reading, hashing} {
		if !errors.Is(err, ErrNotFinite) || !strings.Contains(err.Error(), "heads.safetensors: tensor empathy.weight") || !strings.Contains(err.Error(), "element 9 is NaN") {
			t.Errorf("%v", err)
		}
	}
}

// Beyond the first piece that is read, and in a type that float32 cannot hold.
func TestNumbersThatAreNotFiniteFarIntoAFile(t *testing.T) {
	dir := t.TempDir()
	numbers := make([]float32, chunk) // four pieces
	numbers[3*chunk/4+5] = float32(math.Inf(1))
	if err := writeTensors(filepath.Join(dir, safetensorsFile), []Tensor{{Name: "x", Shape: []int64{chunk}, Data: numbers}}); err != nil {
		t.Fatal(err)
	}
	found, err := readIndex(dir)
	if err != nil {
		t.Fatal(err)
	}
	files := openFiles{dir: dir, shown: func(name string) string { return name }}
	defer files.close()
	if _, err := files.read(t.Context(), "x", found["x"]); !errors.Is(err, ErrNotFinite) || !strings.Contains(err.Error(), "element 786437 is +Inf") {
		t.Errorf("%v", err)
	}
	large := []byte{0x9c, 0x75, 0x00, 0x88, 0x3c, 0xe4, 0x37, 0x7e} // 1e300
	if err := files.finite("x", entry{dtype: safetensors.F64}, appendFloats(nil, large, safetensors.F64), 0); !errors.Is(err, ErrNotFinite) {
		t.Errorf("1e300 as a float32: %v", err)
	}
}

// A pipe, a device and a directory in a file's place are refused, and nobody waits for them.
func TestWhatIsNoFileIsRefused(t *testing.T) {
	for name, spoil := range map[string]func(path string) error{
		"is a pipe":      func(path string) error { return syscall.Mkfifo(path, 0o600) },
		"is a device":    func(path string) error { return os.Symlink("/dev/zero", path) },
		"is a directory": func(path string) error { return os.Mkdir(path, 0o700) },
	} {
		for file, folder := range map[string]string{
			"config.json": "classifier-f32", safetensorsFile: "classifier-f32", pickleFile: "pickle-zip",
			safetensorsIndex: "sharded-no-pooler", "model-00002-of-00002.safetensors": "sharded-no-pooler", headsFile: "classifier-f32",
		} {
			t.Run(name+"/"+file, func(t *testing.T) {
				dir := copyFolder(t, folder)
				path := filepath.Join(dir, file)
				if err := errors.Join(os.RemoveAll(path), spoil(path)); err != nil {
					t.Fatal(err)
				}
				if _, err := Open(dir, AllowNoPooler()); !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), file+" "+name) {
					t.Errorf("%v", err)
				}
			})
		}
	}
}

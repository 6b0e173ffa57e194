package weights

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/nlpodyssey/safetensors"
)

// inFile checks what both index readers promise: every tensor lies in the file and has the
// bytes of its shape.
func inFile(t *testing.T, entries map[string]entry, err error, size int) {
	if err != nil {
		if !errors.Is(err, ErrCorrupt) {
			t.Fatalf("error %v is not ErrCorrupt", err)
		}
		return
	}
	for name, e := range entries {
		bytes, ok := byteSize(e.shape, e.dtype)
		if !ok || bytes != e.size || e.offset < 0 || e.offset > int64(size)-e.size {
			t.Fatalf("tensor %s is at %d, %d bytes, shape %v, in a file of %d", name, e.offset, e.size, e.shape, size)
		}
	}
}

func seed(f *testing.F, paths ...string) {
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
		f.Add(data[:len(data)/2])
	}
}

func FuzzSafetensorsHeader(f *testing.F) {
	seed(f, filepath.Join(testFolder("encoder-f16"), safetensorsFile))
	header := func(text string, data int) {
		f.Add(append([]byte{byte(len(text)), 0, 0, 0, 0, 0, 0, 0}, append([]byte(text), make([]byte, data)...)...))
	}
	header(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, 8)
	header(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}`, 12)
	header(`{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}`, 0)
	header(`{"a":{"dtype":"U8","shape":[0,18446744073709551615],"data_offsets":[0,0]}}`, 0)
	header(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[18446744073709551608,0]}}`, 8)
	f.Fuzz(func(t *testing.T, data []byte) {
		entries, err := parseSafetensorsHeader("dir", "file", bytes.NewReader(data), int64(len(data)))
		inFile(t, entries, err, len(data))
	})
}

func FuzzTorchFile(f *testing.F) {
	seed(f, filepath.Join(testFolder("pickle-zip"), pickleFile), filepath.Join(testFolder("pickle-legacy"), pickleFile))
	f.Fuzz(func(t *testing.T, data []byte) {
		entries, err := parseTorchFile("dir", "file", bytes.NewReader(data), int64(len(data)))
		inFile(t, entries, err, len(data))
	})
}

// The pickle is of most interest to somebody who means harm, and compressed in neither format.
func FuzzStateDict(f *testing.F) {
	f.Add([]byte("\x80\x02ccollections\nOrderedDict\nq\x00)Rq\x01."))
	f.Add([]byte("\x80\x02}X\x01\x00\x00\x00actorch._utils\n_rebuild_tensor_v2\n((X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x04tQK\x00K\x04\x85K\x01\x85\x89NtRs."))
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, _, _, err := readStateDict(data); err != nil {
			return
		}
	})
}

func TestPicklesThatMeanHarm(t *testing.T) {
	for name, pickle := range map[string]string{
		"runs a command":           "\x80\x02cposix\nsystem\nX\x02\x00\x00\x00ls\x85R.",
		"an exabyte of text":       "\x80\x04\x8d\xff\xff\xff\xff\xff\xff\xff\x0f.",
		"an exabyte of a frame":    "\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\x0f.",
		"more text than there is":  "\x80\x02X\xff\xff\xff\x7fabc.",
		"pops an empty stack":      "\x80\x020.",
		"a number of no bytes":     "\x80\x02\x8a\x00.",
		"no end":                   "\x80\x02}",
		"an unknown opcode":        "\xff.",
		"a list where a dict goes": "\x80\x02].",
	} {
		if _, _, _, err := readStateDict([]byte(pickle)); err == nil {
			t.Errorf("%s was read", name)
		}
	}
}

// FuzzConfig reads any bytes as a model's config.json: it ends in sizes that a model can have, or
// in an error.
func FuzzConfig(f *testing.F) {
	for _, folder := range []string{"encoder-f16", "pickle-zip"} {
		seed(f, filepath.Join(testFolder(folder), "config.json"))
	}
	for _, text := range []string{
		`{"model_type":"bert","num_hidden_layers":1000000000000}`, `{"model_type":"bert","vocab_size":-1}`, `{"model_type":"bert","hidden_size":1e400}`,
		`{"model_type":"ringmaster-lstm","dim":9223372036854775807}`, `{"id2label":{"0":"a","99999999999":"b"}}`, `[`, `null`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "config.json"), text, 0o600); err != nil {
			t.Fatal(err)
		}
		config, err := readConfig(dir)
		if err != nil {
			return
		}
		for i, spec := range config.Tensors() {
			if _, ok := byteSize(spec.Shape, safetensors.F32); !ok {
				t.Fatalf("tensor %s has shape %v", spec.Name, spec.Shape)
			}
			if i > 1<<20 {
				t.Fatal("more than a million tensors")
			}
		}
	})
}

package weights

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// refused checks that a damaged file is refused for the reason that is meant.
func refused(t *testing.T, what string, err error, why string) {
	t.Helper()
	if !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), why) {
		t.Errorf("%s: got %v, want ErrCorrupt for %q", what, err, why)
	}
}

func TestHeadersThatDoNotFitTheirData(t *testing.T) {
	tensor := func(name, shape string, begin, end uint64) string {
		return fmt.Sprintf(`%q:{"dtype":"F32","shape":%s,"data_offsets":[%d,%d]}`, name, shape, begin, end)
	}
	for _, test := range []struct {
		what, why string
		tensors   []string
		data      int
	}{
		{"a gap", "tensor b begins at byte 8", []string{tensor("a", "[1]", 0, 4), tensor("b", "[1]", 8, 12)}, 12},
		{"an overlap", "tensor b begins at byte 4", []string{tensor("a", "[2]", 0, 8), tensor("b", "[2]", 4, 12)}, 12},
		{"a tensor beyond the end", "tensor a ends at byte 8", []string{tensor("a", "[2]", 0, 8)}, 4},
		{"data left over", "its tensors have 4 bytes", []string{tensor("a", "[1]", 0, 4)}, 8},
		{"a shape of another size", "has 8 bytes", []string{tensor("a", "[3]", 0, 8)}, 8},
		{"a shape that overflows", "has 0 bytes", []string{tensor("a", "[4611686018427387904,4]", 0, 0)}, 0},
		{"an unknown type", "cannot be read", []string{`"a":{"dtype":"F3","shape":[],"data_offsets":[0,0]}`}, 0},
	} {
		text := "{" + strings.Join(test.tensors, ",") + "}"
		file := append([]byte{byte(len(text)), byte(len(text) >> 8), 0, 0, 0, 0, 0, 0}, text...)
		file = append(file, make([]byte, test.data)...)
		_, err := parseSafetensorsHeader("dir", "file", bytes.NewReader(file), int64(len(file)))
		refused(t, test.what, err, test.why)
	}
}

// legacyFile is a file of torch.save's older format: one tensor "a" in a storage of count floats,
// of which stored are in the file.
func legacyFile(first, length, stride, count, stored int) []byte {
	magic := "\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."
	version, system := "\x80\x02M\xe9\x03.", "\x80\x02}."
	dict := fmt.Sprintf("\x80\x02}X\x01\x00\x00\x00actorch._utils\n_rebuild_tensor_v2\n((X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK%ctQK%cK%c\x85K%c\x85\x89NtRs.",
		count, first, length, stride)
	keys := "\x80\x02]X\x01\x00\x00\x000a."
	file := []byte(magic + version + system + dict + keys)
	file = append(file, byte(count), 0, 0, 0, 0, 0, 0, 0)
	return append(file, make([]byte, 4*stored)...)
}

func TestTensorsBeyondTheirStorage(t *testing.T) {
	parse := func(file []byte) (map[string]entry, error) {
		return parseTorchFile("dir", "file", bytes.NewReader(file), int64(len(file)))
	}
	sound := legacyFile(1, 3, 1, 4, 4)
	entries, err := parse(sound)
	if err != nil {
		t.Fatal(err)
	}
	if e := entries["a"]; e.size != 12 || e.offset != int64(len(sound))-12 {
		t.Errorf("the last 3 of 4 numbers are said to be %d bytes at %d of %d", e.size, e.offset, len(sound))
	}
	for _, test := range []struct {
		what, why string
		file      []byte
	}{
		{"a tensor longer than its storage", "larger than its 16 bytes", legacyFile(0, 5, 1, 4, 4)},
		{"a tensor that begins too late", "larger than its 16 bytes", legacyFile(2, 3, 1, 4, 4)},
		{"a tensor with gaps", "gaps or transposed", legacyFile(0, 2, 2, 4, 4)},
		{"a storage longer than the file", "should have 4 numbers", legacyFile(0, 4, 1, 4, 3)},
	} {
		_, err := parse(test.file)
		refused(t, test.what, err, test.why)
	}
}

func TestLengthsAreCheckedBeforeAPickleRuns(t *testing.T) {
	for pickle, why := range map[string]string{
		"\x80\x02X\xff\xff\xff\x7fabc.":                      "within a string",
		"\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\x0f.":      "within a frame",
		"\x80\x04\x8d\xff\xff\xff\xff\xff\xff\xff\x0f.":      "opcode 0x8d",
		"\x80\x02cposix\nsystem\nX\x02\x00\x00\x00ls\x85R.":  "refers to posix.system",
		"\x80\x02cposix\nsyst":                               "within a name",
		"\x80\x02(c__builtin__\neval\nX\x01\x00\x00\x001tR.": "refers to __builtin__.eval",
	} {
		if _, _, _, err := readStateDict([]byte(pickle)); !errors.Is(err, errPickle) || !strings.Contains(err.Error(), why) {
			t.Errorf("%q: got %v, want %q", pickle, err, why)
		}
	}
}

package data

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
)

// Hash identifies a list of examples by content: row numbers, classes and texts,
// in order. Caches of what is computed from examples are keyed by it.
func Hash(examples []Example) string {
	h := sha256.New()
	for _, e := range examples {
		writeUint(h, uint64(e.Row))
		writeUint(h, uint64(e.Class))
		writeUint(h, uint64(len(e.Text)))
		h.Write([]byte(e.Text))
	}
	return hex.EncodeToString(h.Sum(nil))
}

func writeUint(h hash.Hash, x uint64) {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], x)
	h.Write(b[:]) // a hash.Hash never fails
}

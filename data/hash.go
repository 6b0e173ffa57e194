package data

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"math"
)

// Hash identifies the examples of a part by content: row numbers, classes, labels or values, and
// texts, in order. Caches of what is computed from examples are keyed by it. The error is of kind spool.ErrDisk.
func Hash(part Part) (string, error) {
	h := sha256.New()
	err := part.Each(func(_ int, e Example) error {
		writeUint(h, uint64(e.Row))
		writeUint(h, uint64(e.Class))
		writeUint(h, uint64(len(e.Text)))
		h.Write([]byte(e.Text))
		if e.Set != nil { // other kinds of task keep the hash that they have always had
			writeUint(h, uint64(len(e.Set)))
			for _, label := range e.Set {
				writeUint(h, uint64(label))
			}
		}
		if e.Value != 0 {
			writeUint(h, math.Float64bits(e.Value))
		}
		return nil
	})
	return hex.EncodeToString(h.Sum(nil)), err
}

func writeUint(h hash.Hash, x uint64) {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], x)
	h.Write(b[:]) // a hash.Hash never fails
}

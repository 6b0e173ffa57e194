package tokens

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
)

// A cache file is: the magic line, the 32 bytes of its key, the number of texts, per text the number of its ids and
// the ids, all as unsigned varints, and the SHA-256 of everything before.

var cacheMagic = []byte("ringmaster token ids 1\n")

var errDamaged = errors.New("damaged cache file")

func encodeSet(ids [][]int32, key [sha256.Size]byte) []byte {
	out := append(bytes.Clone(cacheMagic), key[:]...)
	out = binary.AppendUvarint(out, uint64(len(ids)))
	for _, text := range ids {
		out = binary.AppendUvarint(out, uint64(len(text)))
		for _, id := range text {
			out = binary.AppendUvarint(out, uint64(id))
		}
	}
	sum := sha256.Sum256(out)
	return append(out, sum[:]...)
}

func decodeSet(content []byte, key [sha256.Size]byte) ([][]int32, error) {
	if len(content) < sha256.Size {
		return nil, errDamaged
	}
	body, sum := content[:len(content)-sha256.Size], content[len(content)-sha256.Size:]
	if got := sha256.Sum256(body); !bytes.Equal(got[:], sum) {
		return nil, errDamaged
	}
	body, ours := bytes.CutPrefix(body, cacheMagic)
	body, same := bytes.CutPrefix(body, key[:])
	if !ours || !same {
		return nil, errDamaged
	}
	r := varints{rest: body}
	ids := make([][]int32, r.count())
	for i := range ids {
		ids[i] = make([]int32, r.count())
		for j := range ids[i] {
			ids[i][j] = int32(r.next())
		}
	}
	if r.bad || len(r.rest) != 0 {
		return nil, errDamaged
	}
	return ids, nil
}

// varints reads numbers off the front of rest until one is bad.
type varints struct {
	rest []byte
	bad  bool
}

func (v *varints) next() uint64 {
	n, size := binary.Uvarint(v.rest)
	if size <= 0 {
		v.bad, v.rest = true, nil
		return 0
	}
	v.rest = v.rest[size:]
	return n
}

// count is next for a number of things that take at least a byte each.
func (v *varints) count() uint64 {
	n := v.next()
	if n > uint64(len(v.rest)) {
		v.bad, v.rest = true, nil
		return 0
	}
	return n
}

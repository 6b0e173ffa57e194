package allreduce

import (
	"crypto/rand"
	"fmt"

	"github.com/minio/highwayhash"
)

// Key is a secret that the ranks of one generation share. The tag of every message is
// HighwayHash-64 of its header under the key. The header holds run, generation, sender, place
// in the sequence, length, and the payload's checksum.
//
// So whoever lacks the key can neither make a message nor change a header, and a message of
// another run or generation is none of this one, even where the names are equal. A repeated
// one is known by its sequence number. The payload is bound by its length and by checksum64,
// which finds damage but is no secret's: somebody who can change messages on their way could
// exchange words of a payload so that their sum stays. Against that, and against readers, the
// links need TLS. A hash with a key over the whole payload would protect against the first of
// the two alone, and would cost as much as a copy of every byte.
type Key [KeyBytes]byte

// KeyBytes is a Key's length.
const KeyBytes = highwayhash.Size

// NewKey makes a random key.
func NewKey() (k Key) {
	_, _ = rand.Read(k[:]) // which never fails
	return k
}

// KeyOf is the key with these bytes.
func KeyOf(b []byte) (k Key, err error) {
	if len(b) != KeyBytes {
		return k, fmt.Errorf("%w: a key of %d bytes, it has %d", ErrOptions, len(b), KeyBytes)
	}
	copy(k[:], b)
	return k, nil
}

// tag is the keyed hash of a header.
func (k *Key) tag(header []byte) uint64 { return highwayhash.Sum64(header, k[:]) }

// String hides the key where options are printed.
func (k Key) String() string { return "(key)" }

// GoString hides it too.
func (k Key) GoString() string { return k.String() }

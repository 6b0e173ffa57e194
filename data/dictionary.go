package data

import (
	"hash/maphash"
	"math"

	"ringmaster/data/spool"
	"ringmaster/errkind"
)

// dictionary numbers the different strings of a column in the order in which they are first met. A string is kept
// once, on the disk where there are many; what stays in memory is its place.
type dictionary struct {
	strings spool.List
	// The strings' hashes, and a hash table with open addressing of their numbers, counted from 1; nil when no
	// further string is asked for.
	hashes []uint32
	slots  []int32
	seed   maphash.Seed
}

// count is how many strings there are.
func (d *dictionary) count() int { return d.strings.Len() }

// number is a string's number, a new one if it was not met before. The error is spool's.
func (d *dictionary) number(s string) (int32, error) {
	n := d.count()
	if n == 0 {
		d.seed = maphash.MakeSeed()
	}
	if 4*(n+1) > 3*len(d.slots) {
		d.grow()
	}
	hash := uint32(maphash.String(d.seed, s))
	mask := len(d.slots) - 1
	at := int(hash) & mask
	for ; d.slots[at] != 0; at = (at + 1) & mask {
		met := d.slots[at] - 1
		if d.hashes[met] != hash {
			continue
		}
		if same, err := d.strings.Is(int(met), s); err != nil || same {
			return met, err
		}
	}
	if n == math.MaxInt32 {
		return 0, errkind.Errorf(ErrTooManyRows, "a corpus has at most %d different texts", math.MaxInt32)
	}
	d.slots[at] = int32(n + 1)
	d.hashes = append(d.hashes, hash)
	return int32(n), d.strings.Append(s)
}

func (d *dictionary) grow() {
	d.slots = make([]int32, max(64, 2*len(d.slots)))
	mask := len(d.slots) - 1
	for n, hash := range d.hashes {
		at := int(hash) & mask
		for d.slots[at] != 0 {
			at = (at + 1) & mask
		}
		d.slots[at] = int32(n + 1)
	}
}

// seal says that no further string is asked for.
func (d *dictionary) seal() { d.hashes, d.slots = nil, nil }

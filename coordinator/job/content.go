package job

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/cespare/xxhash/v2"
)

// Contents are hashes, by task, over all rows that the job learns from and is scored on: their numbers, tokens and gold
// answers. A run that is resumed is held against those that it began with.
func (j *Job) Contents() map[string]string {
	contents := map[string]string{}
	for _, t := range j.read() {
		contents[t.Name] = contentOf(t.Train, t.Valid, t.Test)
	}
	return contents
}

// hashedAtOnce is how many bytes are hashed at a time.
const hashedAtOnce = 64 << 10

func contentOf(parts ...[]Row) string {
	sum := xxhash.New()
	b := make([]byte, 0, hashedAtOnce+4096)
	for _, rows := range parts {
		b = binary.LittleEndian.AppendUint64(b, uint64(len(rows)))
		for _, r := range rows {
			for _, n := range []uint64{uint64(r.Number), uint64(r.Class), math.Float64bits(r.Value), uint64(r.Second), uint64(len(r.Set)), uint64(len(r.IDs))} {
				b = binary.LittleEndian.AppendUint64(b, n)
			}
			for _, ids := range [][]int32{r.Set, r.IDs} {
				for _, id := range ids {
					b = binary.LittleEndian.AppendUint32(b, uint32(id))
				}
			}
			if len(b) >= hashedAtOnce {
				_, _ = sum.Write(b) // a hash never fails
				b = b[:0]
			}
		}
	}
	_, _ = sum.Write(b)
	return fmt.Sprintf("%016x", sum.Sum64())
}

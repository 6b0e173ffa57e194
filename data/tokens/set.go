package tokens

import (
	"encoding/binary"
	"fmt"
	"io"
)

// Set is the ids of texts in their order. Those of many texts stay in the file of the cache that they are from, and in memory
// are twelve bytes a text. Goroutines may share it. The file is closed when the set is garbage.
type Set struct {
	file  io.ReaderAt
	at    []int64 // where each text's ids begin, with their number before them; then the end
	sizes []int32 // how many ids each text has
}

// Len is how many texts there are.
func (s *Set) Len() int { return len(s.sizes) }

// Size is how many ids a text has.
func (s *Set) Size(i int) int { return int(s.sizes[i]) }

// At is the ids of a text. The error is of kind [ErrCache].
func (s *Set) At(i int) ([]int32, error) {
	written := make([]byte, s.at[i+1]-s.at[i])
	if _, err := s.file.ReadAt(written, s.at[i]); err != nil {
		return nil, fmt.Errorf("%w: reading token ids: %w", ErrCache, err)
	}
	_, size := binary.Uvarint(written) // the number of ids
	ids := make([]int32, s.sizes[i])
	for j := range ids {
		written = written[size:]
		var id uint64
		if id, size = binary.Uvarint(written); size <= 0 {
			return nil, fmt.Errorf("%w: the file of token ids has changed since it was opened", ErrCache)
		}
		ids[j] = int32(id)
	}
	return ids, nil
}

package protocol

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
)

// TokenSet are token ids, rising, each once. It travels as base64 of the lengths of the stretches of ids that
// are left out and that are there, in turn, as unsigned varints: every rank is sent the whole
// batch's, which as numbers in JSON were most of what a coordinator of many ranks sends.
type TokenSet []int32

// MarshalJSON writes the stretches. Ids that do not rise cannot be written.
func (s TokenSet) MarshalJSON() ([]byte, error) {
	var packed []byte
	end := int32(0) // of the stretch before
	for i := 0; i < len(s); {
		begin := s[i]
		if begin < end || i > 0 && begin == end {
			return nil, fmt.Errorf("%w: token %d, number %d of a set, does not rise", ErrTokens, begin, i)
		}
		n := 1
		for i+n < len(s) && int64(s[i+n]) == int64(begin)+int64(n) {
			n++
		}
		packed = binary.AppendUvarint(packed, uint64(begin-end))
		packed = binary.AppendUvarint(packed, uint64(n))
		i, end = i+n, begin+int32(n)
	}
	return json.Marshal(packed)
}

// maxTokens bounds a set: a stretch of a few bytes must not become gigabytes. It is several times
// the largest vocabulary of a model.
const maxTokens = 4 << 20

// UnmarshalJSON reads them.
func (s *TokenSet) UnmarshalJSON(text []byte) error {
	var packed []byte
	if err := json.Unmarshal(text, &packed); err != nil {
		return err
	}
	*s = nil
	for end := uint64(0); len(packed) > 0; {
		gap, a := binary.Uvarint(packed)
		if a <= 0 {
			return fmt.Errorf("%w: a set of tokens is cut off", ErrTokens)
		}
		n, b := binary.Uvarint(packed[a:])
		if b <= 0 || gap > math.MaxInt32 || n == 0 || n > maxTokens || len(*s)+int(n) > maxTokens || end+gap+n > math.MaxInt32 {
			return fmt.Errorf("%w: a set of tokens has a stretch that cannot be", ErrTokens)
		}
		packed = packed[a+b:]
		for id := end + gap; id < end+gap+n; id++ {
			*s = append(*s, int32(id))
		}
		end += gap + n
	}
	return nil
}

package protocol

import (
	"encoding/json"
	"errors"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestATokenSetArrivesAsItWasSent(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		ids := rapid.SliceOf(rapid.Int32Range(0, rapid.SampledFrom([]int32{8, 300, 30_000, math.MaxInt32 - 1}).Draw(rt, "largest"))).Draw(rt, "ids")
		slices.Sort(ids)
		ids = slices.Compact(ids)
		text, err := json.Marshal(TokenSet(ids))
		if err != nil {
			rt.Fatal(err)
		}
		var got TokenSet
		if err := json.Unmarshal(text, &got); err != nil {
			rt.Fatal(err)
		}
		if !slices.Equal(got, ids) {
			rt.Fatalf("%v arrived as %v", ids, got)
		}
	})
}

// A set that nobody could have sent is refused, and takes no memory.
func TestATokenSetThatCannotBeIsRefused(t *testing.T) {
	for name, packed := range map[string][]byte{
		"cut off":              {5},
		"an empty stretch":     {5, 0},
		"a stretch of 2^40":    {0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x20},
		"beyond an id's range": {0xff, 0xff, 0xff, 0xff, 0x07, 1, 1, 1},
		"an endless number":    {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
	} {
		text, err := json.Marshal(packed)
		if err != nil {
			t.Fatal(err)
		}
		var got TokenSet
		if err := json.Unmarshal(text, &got); !errors.Is(err, ErrTokens) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	if _, err := json.Marshal(TokenSet{3, 3}); !errors.Is(err, ErrTokens) {
		t.Errorf("a set with an id twice is written: %v", err)
	}
	if _, err := json.Marshal(TokenSet{-1}); !errors.Is(err, ErrTokens) {
		t.Errorf("a negative id is written: %v", err)
	}
}

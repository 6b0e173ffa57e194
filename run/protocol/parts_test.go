package protocol

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// Whatever is lost, repeated or begun anew: the message arrives as it was, and no part is
// larger than the server lets through.
func TestPartsMakeTheMessage(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		limit := rapid.Int64Range(MinPayload, 4*PartBytes).Draw(rt, "limit")
		text := make([]byte, rapid.IntRange(1, 3*int(limit)).Draw(rt, "bytes"))
		noise := rand.NewChaCha8([32]byte{rapid.Uint8().Draw(rt, "seed")})
		if _, err := noise.Read(text); err != nil {
			rt.Fatal(err)
		}
		a := Assembly{Bound: 3 * 4 * PartBytes}
		if rapid.Bool().Draw(rt, "another message was under way") {
			if whole, err := a.Add(&Part{Message: 6, Of: 9, Text: []byte("other")}); whole != nil || err != nil {
				rt.Fatal(whole, err)
			}
		}
		for range 1000 {
			p := Cut(7, text, a.Has(7), limit)
			sent, err := json.Marshal(Orders{Part: p})
			if err != nil || int64(len(sent)) > limit {
				rt.Fatalf("a part of %d bytes (%v) where %d go through", len(sent), err, limit)
			}
			if rapid.IntRange(0, 3).Draw(rt, "lost") == 0 {
				continue
			}
			whole, err := a.Add(p)
			if err != nil {
				rt.Fatal(err)
			}
			if again, err := a.Add(p); whole == nil && (again != nil || err != nil) {
				rt.Fatal("a part that came twice", err)
			}
			if whole != nil {
				if !bytes.Equal(whole, text) {
					rt.Fatal("another message arrived")
				}
				return
			}
		}
		rt.Fatal("it never arrived")
	})
}

// Parts from a stranger's hand take no more memory than the bound.
func TestPartsAreBounded(t *testing.T) {
	a := Assembly{Bound: 100}
	for _, p := range []Part{
		{Of: 101, Text: []byte("x")}, {Of: -1}, {Of: 0}, {Of: 10, Offset: -1}, {Of: 10, Offset: 8, Text: []byte("xxx")},
		{Of: 10, Text: bytes.Repeat([]byte("x"), 11)}, {Of: 10, Offset: 1 << 62, Text: []byte("x")},
	} {
		if whole, err := a.Add(&p); !errors.Is(err, ErrPayload) || whole != nil || a.Has(0) != 0 {
			t.Errorf("%+v: %v", p, err)
		}
	}
}

func TestAServerThatLetsTooLittleThroughIsNamed(t *testing.T) {
	if err := CheckPayload(MinPayload, "nats://h:4222"); err != nil {
		t.Error(err)
	}
	if err := CheckPayload(1000, "nats://h:4222"); !errors.Is(err, ErrPayload) {
		t.Error(err)
	}
}

package allreduce

import (
	"errors"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"
	"time"
)

// Whoever reaches a link without the generation's key changes nothing: what is made up, sealed with
// another key, or damaged on purpose is passed over, counted, and told of.
func TestForgedMessagesArePassedOver(t *testing.T) {
	other := NewKey()
	forge := func(change func(*header)) func(frame []byte) []byte {
		return func(frame []byte) []byte {
			h, err := parseHeader(frame[:headerBytes], &testKey)
			if err != nil {
				panic(err) // the frame is the ring's own
			}
			forged := append([]byte(nil), frame...)
			change(&h)
			h.seal(forged, &other)
			return forged
		}
	}
	abort := func(h *header) { h.Kind = kindAbort }
	for name, made := range map[string]func(frame []byte) []byte{
		"garbage":                    func([]byte) []byte { return []byte("garbage") },
		"nothing":                    func([]byte) []byte { return nil },
		"the same with another key":  forge(func(*header) {}),
		"a later chunk":              forge(func(h *header) { h.Seq++ }),
		"of a newer generation":      forge(func(h *header) { h.Generation++ }),
		"of another run":             forge(func(h *header) { h.Run++ }),
		"an abort":                   forge(abort),
		"a bye":                      forge(func(h *header) { h.Kind = kindBye }),
		"another payload's checksum": func(f []byte) []byte { f = slices.Clone(f); f[sumOffset] ^= 1; return f },
		"too long":                   func(f []byte) []byte { return append(make([]byte, 1<<16), f...) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			options := testOptions(3)
			options.ChunkBytes = headerBytes + 64
			options.ProgressTimeout = 10 * time.Second
			var told atomic.Uint64
			options.Refused = func(why error) {
				if !errors.Is(why, ErrCorrupt) {
					t.Errorf("told of %v", why)
				}
				told.Add(1)
			}
			transports := NewMemory(3)
			transports[1] = &faulty{Transport: transports[1], edit: func(_ Side, f []byte) [][]byte { return [][]byte{made(f), f, made(f)} }}
			rings := openAll(t, transports, options)
			defer abandonAll(rings)
			vectors := randomVectors[float32](rand.New(rand.NewPCG(8, 8)), 3, 777)
			errs, sums := reduceAll(rings, vectors)
			noErrors(t, errs)
			refused := uint64(0)
			for rank := range sums {
				if err := sameBits(sums[rank], inDocumentedOrder(vectors)); err != nil {
					t.Errorf("rank %d: %v", rank, err)
				}
				refused += rings[rank].Stats().Refused
			}
			if refused < 20 || told.Load() != refused {
				t.Errorf("%d messages were refused, and %d told of", refused, told.Load())
			}
		})
	}
}

// Two that were given different keys do not open a ring.
func TestAnotherKeyOpensNoRing(t *testing.T) {
	transports := NewMemory(2)
	errs := onEveryRank(2, func(rank int) error {
		o := quick(2)
		o.Rank, o.StartTimeout = rank, 300*time.Millisecond
		o.Key[0] = byte(rank)
		ring, err := Open(t.Context(), transports[rank], o)
		if err == nil {
			err = ring.Close()
		}
		return err
	})
	if errs[0] == nil || errs[1] == nil || !errors.Is(errors.Join(errs...), ErrPeerNotStarted) { // one closes its links when it gives up
		t.Errorf("they end with %v", errs)
	}
}

package allreduce

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// sampleFrame is a message with a different value in each field.
func sampleFrame() (header, []byte) {
	h := header{
		Kind: kindData, Wire: WireFloat32, Phase: AllGather, Flags: 3, Run: 0x0102030405060708, Generation: 9, Op: 10, Seq: 11,
		From: 12, World: 13, Total: 14, Segment: 15, Chunk: 16, Count: 2, Sum: 0x400000003f800000,
	}
	frame := append(make([]byte, headerBytes), 0, 0, 0x80, 0x3f, 0, 0, 0, 0x40) // 1, 2
	h.seal(frame, &sampleKey)
	return h, frame
}

// sampleKey is the one that sampleFrame is sealed with.
var sampleKey = Key{1, 2, 3, 31: 32}

// checkFrame checks a whole frame as the ring does.
func checkFrame(frame []byte) error {
	p := newPacket(Left, &Message{space: frame, length: len(frame)})
	h, err := parseHeader(p.Head, &sampleKey)
	if err != nil {
		return err
	}
	return checkSum(h, checksum64(p.Payload))
}

// The format is a contract between ranks that may be built apart.
func TestFrameFormatIsStable(t *testing.T) {
	const want = "524d5205" + "01010203" + "0807060504030201" + "0900000000000000" + "0a00000000000000" + "0b00000000000000" +
		"0c00" + "0f00" + "0d000000" + "0e00000000000000" + "10000000" + "02000000" + "0000803f00000040" + "5812c2e53008b95a" + "0000803f00000040"
	_, frame := sampleFrame()
	if got := hex.EncodeToString(frame); got != want {
		t.Errorf("frame is\n%s, want\n%s", got, want)
	}
	if err := checkFrame(frame); err != nil {
		t.Error(err)
	}
}

func TestAnyFlippedBitIsSeen(t *testing.T) {
	_, frame := sampleFrame()
	for bit := range len(frame) * 8 {
		frame[bit/8] ^= 1 << (bit % 8)
		if err := checkFrame(frame); !errors.Is(err, ErrCorrupt) {
			t.Errorf("bit %d flipped: error %v", bit, err)
		}
		frame[bit/8] ^= 1 << (bit % 8)
	}
}

// Without the generation's key nobody makes a frame, and what a header says of itself in full
// view of others is of no use under another key.
func TestAFrameNeedsTheKey(t *testing.T) {
	h, frame := sampleFrame()
	others := []Key{{}, NewKey(), NewKey()}
	for bit := range KeyBytes * 8 {
		near := sampleKey
		near[bit/8] ^= 1 << (bit % 8)
		others = append(others, near)
	}
	for _, other := range others {
		if _, err := parseHeader(frame[:headerBytes], &other); !errors.Is(err, ErrForged) || !errors.Is(err, ErrCorrupt) {
			t.Fatalf("under another key: %v", err)
		}
		forged := slices.Clone(frame)
		h.seal(forged, &other)
		if err := checkFrame(forged); !errors.Is(err, ErrForged) {
			t.Fatalf("sealed with another key: %v", err)
		}
	}
	if text := fmt.Sprintf("%v %+v %#v", Options{Key: sampleKey}, Options{Key: sampleKey}, Options{Key: sampleKey}); strings.Contains(text, "32") && strings.Contains(text, "1 2 3") {
		t.Errorf("options show their key: %s", text)
	}
	if _, err := KeyOf(make([]byte, KeyBytes-1)); !errors.Is(err, ErrOptions) {
		t.Errorf("a short key: %v", err)
	}
}

func FuzzParseHeader(f *testing.F) {
	_, frame := sampleFrame()
	f.Add(frame[:headerBytes])
	f.Add(frame[:headerBytes-1])
	f.Add([]byte{})
	hello := make([]byte, headerBytes)
	(&header{Kind: kindHello, World: 2}).seal(hello, &sampleKey)
	f.Add(hello)
	unknown := make([]byte, headerBytes)
	(&header{Kind: kindEnd}).seal(unknown, &sampleKey)
	f.Add(unknown)
	f.Fuzz(func(t *testing.T, data []byte) {
		h, err := parseHeader(data, &sampleKey)
		if err != nil {
			if !errors.Is(err, ErrCorrupt) {
				t.Fatalf("error is not ErrCorrupt: %v", err)
			}
			return
		}
		if len(data) != headerBytes || h.Kind == 0 || h.Kind >= kindEnd {
			t.Fatalf("accepted %d bytes as %+v", len(data), h)
		}
		again := append([]byte(nil), data...)
		h.seal(again, &sampleKey)
		if string(again) != string(data) {
			t.Fatalf("sealing %+v again gives other bytes", h)
		}
	})
}

// A sealed frame with any content must never make a ring panic or hang, whatever it says.
func FuzzTake(f *testing.F) {
	_, frame := sampleFrame()
	f.Add(false, frame)
	f.Add(true, frame)
	f.Fuzz(func(t *testing.T, fromRight bool, data []byte) {
		if len(data) < headerBytes {
			return
		}
		o := testOptions(2).withDefaults()
		r := &Ring{options: o, run: o.runHash(), transport: NewMemory(2)[0], out: NewMessage(o.ChunkBytes)}
		r.window.Size = uint64(o.Window)
		r.peers = [2]*neighbour{{rank: 1}, {rank: 1}}
		frame := append([]byte(nil), data...)
		seed := header{Kind: kind(frame[4]%8 + 1)}
		seed.seal(frame, &o.Key)
		h, err := parseHeader(frame[:headerBytes], &o.Key)
		if err != nil {
			return
		}
		h.Run, h.Generation, h.From, h.World, h.Op = r.run, o.Generation, 1, 2, h.Op%3
		frame = append([]byte(nil), data...)
		h.Sum = checksum64(frame[headerBytes:])
		h.seal(frame, &o.Key)
		side := Left
		if fromRight {
			side = Right
		}
		p := newPacket(side, &Message{space: frame, length: len(frame)})
		if err := r.handle(t.Context(), p, r.moved); err == nil && len(r.queue) > 1 {
			t.Fatal("one message, two chunks")
		}
	})
}

func TestWireWithAndWithoutViews(t *testing.T) {
	t.Run("float32", testWire[float32])
	t.Run("float64", testWire[float64])
}

func testWire[E element](t *testing.T) {
	w := native[E]{}
	random := rand.New(rand.NewPCG(5, 6))
	for length := range 40 {
		vectors := randomVectors[E](random, 2, length)
		for _, offset := range []int{0, 1} { // an odd address cannot be viewed
			for _, little := range []bool{littleEndian, false} {
				was := littleEndian
				littleEndian = little
				payload := make([]byte, offset+w.Packing().Bytes(length))[offset:]
				sums := []uint64{w.Encode(payload, vectors[0], nil)}
				added, copied := append([]E{}, vectors[1]...), make([]E, length)
				sums = append(sums, w.Add(added, payload), w.Copy(copied, payload), checksum64Go(payload))
				both := append([]E{}, vectors[1]...)
				before, after := w.AddEncode(both, payload, nil)
				sent := make([]E, length)
				sums = append(sums, before)
				if sum := w.Copy(sent, payload); sum != after || sum != checksum64Go(payload) {
					t.Errorf("checksums after addition: %#x and %#x, want %#x", after, sum, checksum64Go(payload))
				}
				littleEndian = was
				for _, sum := range sums {
					if sum != sums[0] {
						t.Errorf("checksums of one payload: %#x", sums)
					}
				}
				for what, pair := range map[string][2][]E{
					"copy": {copied, vectors[0]}, "add": {added, addTwo(vectors)}, "add and keep": {both, added}, "add and send": {sent, added},
				} {
					if err := sameBits(pair[0], pair[1]); err != nil {
						t.Errorf("%s: %v", what, err)
					}
				}
			}
		}
	}
}

func addTwo[E element](v [][]E) []E {
	out := make([]E, len(v[0]))
	for i := range out {
		out[i] = v[0][i] + v[1][i]
	}
	return out
}

// What the seal costs a message: once when it is sent, once when it arrives.
func BenchmarkSeal(b *testing.B) {
	h, frame := sampleFrame()
	b.Run("seal", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			h.seal(frame, &sampleKey)
		}
	})
	b.Run("check", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := parseHeader(frame[:headerBytes], &sampleKey); err != nil {
				b.Fatal(err)
			}
		}
	})
}

package allreduce

import (
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"testing"
)

// sampleFrame is a message with a different value in each field.
func sampleFrame() (header, []byte) {
	h := header{
		Kind: kindData, Wire: WireFloat32, Phase: AllGather, Flags: 3, Run: 0x0102030405060708, Generation: 9, Op: 10, Seq: 11,
		From: 12, World: 13, Total: 14, Segment: 15, Chunk: 16, Count: 2,
	}
	frame := append(make([]byte, headerBytes), 0, 0, 0x80, 0x3f, 0, 0, 0, 0x40) // 1, 2
	h.seal(frame)
	return h, frame
}

// sampleCRC was computed bit by bit from the polynomial 0x82f63b78.
const sampleCRC = "b2019d6a"

// The format is a contract between ranks that may be built apart.
func TestFrameFormatIsStable(t *testing.T) {
	const want = "524d5201" + "01010203" + "0807060504030201" + "0900000000000000" + "0a00000000000000" + "0b00000000000000" +
		"0c000000" + "0d000000" + "0e00000000000000" + "0f000000" + "10000000" + "02000000" + "CRC" + "0000803f00000040"
	_, frame := sampleFrame()
	got := hex.EncodeToString(frame[:crcOffset]) + "CRC" + hex.EncodeToString(frame[headerBytes:])
	if got != want {
		t.Errorf("frame is\n%s, want\n%s", got, want)
	}
	if got := hex.EncodeToString(frame[crcOffset:headerBytes]); got != sampleCRC {
		t.Errorf("checksum bytes are %s, want %s", got, sampleCRC)
	}
}

func TestAnyFlippedBitIsSeen(t *testing.T) {
	_, frame := sampleFrame()
	for bit := range len(frame) * 8 {
		frame[bit/8] ^= 1 << (bit % 8)
		if _, _, err := parseFrame(frame, 1000); !errors.Is(err, ErrCorrupt) {
			t.Errorf("bit %d flipped: error %v", bit, err)
		}
		frame[bit/8] ^= 1 << (bit % 8)
	}
}

func FuzzParseFrame(f *testing.F) {
	_, frame := sampleFrame()
	f.Add(frame)
	f.Add(frame[:headerBytes])
	f.Add(frame[:headerBytes-1])
	f.Add([]byte{})
	hello := make([]byte, headerBytes+helloBytes)
	(&header{Kind: kindHello, World: 2}).seal(hello)
	f.Add(hello)
	unknown := make([]byte, headerBytes)
	(&header{Kind: kindEnd}).seal(unknown)
	f.Add(unknown)
	f.Fuzz(func(t *testing.T, data []byte) {
		const limit = 4096
		h, payload, err := parseFrame(data, limit)
		if err != nil {
			if !errors.Is(err, ErrCorrupt) {
				t.Fatalf("error is not ErrCorrupt: %v", err)
			}
			return
		}
		if len(data) > limit || len(payload) != len(data)-headerBytes || h.Kind == 0 || h.Kind >= kindEnd {
			t.Fatalf("accepted %d bytes as %+v", len(data), h)
		}
		again := append([]byte(nil), data...)
		h.seal(again)
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
		r := &Ring{options: o, run: runHash(o.Run), transport: NewMemory(2)[0], out: NewMessage(o.ChunkBytes)}
		r.peers = [2]*neighbour{{rank: 1}, {rank: 1}}
		h, _, err := parseFrame(sealed(data), o.ChunkBytes)
		if err != nil {
			return
		}
		h.Run, h.Generation, h.From, h.World, h.Op = r.run, o.Generation, 1, 2, h.Op%3
		frame := append([]byte(nil), data...)
		h.seal(frame)
		side := Left
		if fromRight {
			side = Right
		}
		if err := r.take(t.Context(), Packet{From: side, Frame: frame}, r.moved); err == nil && len(r.queue) > 1 {
			t.Fatal("one message, two chunks")
		}
	})
}

// sealed gives data a right magic and checksum.
func sealed(data []byte) []byte {
	frame := append([]byte(nil), data...)
	h := header{Kind: kind(frame[4]%8 + 1)}
	h.seal(frame)
	return frame
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
				buffer := make([]byte, offset+length*w.Width())[offset:]
				w.Encode(buffer, vectors[0], nil)
				added, copied := append([]E{}, vectors[1]...), make([]E, length)
				w.Add(added, buffer)
				w.Copy(copied, buffer)
				littleEndian = was
				if err := sameBits(copied, vectors[0]); err != nil {
					t.Errorf("copy: %v", err)
				}
				if err := sameBits(added, addTwo(vectors)); err != nil {
					t.Errorf("add: %v", err)
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
